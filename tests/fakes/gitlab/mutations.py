"""What the mutations do. Refusals of the business go into the payload's `errors`, as GitLab has them."""

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from graphql import GraphQLError, GraphQLResolveInfo

from tests.fakes.gitlab.access import NOT_YOURS, Visit
from tests.fakes.gitlab.ids import number_of
from tests.fakes.gitlab.records import CrashError, Model, RefusedError, Setting
from tests.fakes.gitlab.rules import check_model, check_setting, check_timeout
from tests.fakes.gitlab.state import State

Input = Mapping[str, Any]
Payload = dict[str, Any]
UNKNOWN = "Self-hosted model not found"
# What an update writes of a model; its number and the day of its making stay.
WRITTEN = ("name", "family", "provider", "endpoint", "identifier", "token")


def mutation(name: str, act: Callable[[Visit, Input], Payload]) -> Callable[..., Payload]:
    """The resolver of one mutation: rights, the record of it, then the act with the memory to itself."""

    def resolve(_root: object, info: GraphQLResolveInfo[Visit], **arguments: Any) -> Payload:
        visit: Visit = info.context
        given = arguments["input"]
        if not visit.may_change:
            raise GraphQLError(NOT_YOURS)
        with visit.state.lock:
            visit.state.mutations.append((name, dict(given)))
        # A scripted connection check may take its time; everything else changes the memory alone.
        with nullcontext() if act is check_connection else visit.state.lock:
            return {"errors": [], "clientMutationId": given.get("clientMutationId")} | act(visit, given)

    return resolve


def create_model(visit: Visit, given: Input) -> Payload:
    """Store a new model, or say what is wrong with it."""
    state, now = visit.state, datetime.now(UTC)
    model = _with(Model(0, "", "", "API", None, "", "", now, now), given)
    try:
        check_model(state, model)
    except RefusedError as refused:
        return {"errors": [str(refused)], "selfHostedModel": None}
    stored = state.add_model(
        model.name,
        family=model.family,
        provider=model.provider,
        endpoint=model.endpoint,
        identifier=model.identifier,
        token=model.token,
        author=visit.author,
    )
    return {"selfHostedModel": stored}


def update_model(visit: Visit, given: Input) -> Payload:
    """Change what is given: an argument that is left out leaves its value alone, "" clears it."""
    state = visit.state
    model = state.find(given["id"])
    if model is None:
        # Unlike the deletion, GitLab 18.9's update does not look whether it has found anything.
        raise CrashError("undefined method 'update' for nil")
    wanted = _with(model, given)
    try:
        check_model(state, wanted)
    except RefusedError as refused:
        return {"errors": [str(refused)], "selfHostedModel": None}
    state.change(model, author=visit.author, **{each: getattr(wanted, each) for each in WRITTEN})
    return {"selfHostedModel": model}


def delete_model(visit: Visit, given: Input) -> Payload:
    """Delete a model. What GitLab's database then does with its features is the state's to say."""
    state = visit.state
    model = state.find(given["id"])
    if model is None:
        return {"errors": [UNKNOWN]}
    if state.refuses_used and state.uses(model.number):
        return {"errors": ["Cannot delete record because dependent feature settings exist"]}
    state.remove(model, author=visit.author)
    return {}


def check_connection(visit: Visit, given: Input) -> Payload:
    """What the script says of a configuration; no stored token is looked at, and nothing is stored."""
    answer = visit.state.check_answer
    return {"result": answer(dict(given)) if callable(answer) else answer}


def update_features(visit: Visit, given: Input) -> Payload:
    """One feature after the other: what succeeded stays, whatever becomes of the rest."""
    if not given["features"]:
        return {"aiFeatureSettings": [], "errors": ["At least one feature is required"]}
    done, errors = [], []
    for name in given["features"]:
        try:
            done.append(_set_feature(visit, name.lower(), given))
        except RefusedError as refused:
            errors.append(str(refused))
    return {"aiFeatureSettings": done, "errors": errors}


def update_duo(visit: Visit, given: Input) -> Payload:
    """Change the Duo settings that are given."""
    duo = visit.state.duo
    changes = {name: value for name, value in given.items() if name != "clientMutationId"}
    try:
        if (seconds := changes.get("aiGatewayTimeoutSeconds")) is not None:
            check_timeout(seconds)
    except RefusedError as refused:
        return {"duoSettings": duo, "errors": [str(refused)]}
    for name in ("aiGatewayUrl", "duoAgentPlatformServiceUrl"):
        if name in changes:
            changes[name] = (changes[name] or "").removesuffix("/") or None
    duo.update(changes, updatedAt=datetime.now(UTC).isoformat())
    return {"duoSettings": duo}


def not_played(_visit: Visit, _given: Input) -> Payload:
    """Mutations on models that GitLab runs are in the schema, and no part of the stand-in."""
    raise CrashError("the stand-in does not play this mutation")


ACTS = {
    "aiSelfHostedModelCreate": create_model,
    "aiSelfHostedModelUpdate": update_model,
    "aiSelfHostedModelDelete": delete_model,
    "aiSelfHostedModelConnectionCheck": check_connection,
    "aiFeatureSettingUpdate": update_features,
    "duoSettingsUpdate": update_duo,
}


def _with(model: Model, given: Input) -> Model:
    changes: dict[str, Any] = {"name": given["name"], "family": given["model"].lower()}
    if "endpoint" in given:
        changes["endpoint"] = given["endpoint"]
    for argument, attribute in (("provider", "provider"), ("apiToken", "token"), ("identifier", "identifier")):
        if argument in given:
            changes[attribute] = given[argument] or ""
    return replace(model, **changes)


def _set_feature(visit: Visit, key: str, given: Input) -> Setting:
    state: State = visit.state
    setting = replace(state.settings[key], provider=given["provider"].lower())
    if "aiSelfHostedModelId" in given:
        setting.model = number_of(given["aiSelfHostedModelId"]) if given["aiSelfHostedModelId"] else None
    if setting.provider == "vendored":
        setting.model, setting.managed = None, given.get("offeredModelRef") or ""
    check_setting(state, state.features[key], setting)
    state.settings[key] = setting
    state.record_feature(visit.author, setting)
    return setting
