"""The queries, and the schema with everything that answers it."""

from collections.abc import Callable
from functools import cache
from typing import Any

from graphql import GraphQLError, GraphQLObjectType, GraphQLResolveInfo, GraphQLSchema

from tests.fakes.gitlab import mutations
from tests.fakes.gitlab.access import NOT_YOURS, Visit
from tests.fakes.gitlab.catalogue import FAMILIES, MANAGED
from tests.fakes.gitlab.ids import number_of
from tests.fakes.gitlab.paging import page
from tests.fakes.gitlab.records import CrashError, Model, Setting
from tests.fakes.gitlab.schema import schema
from tests.fakes.gitlab.state import State

Resolver = Callable[..., Any]


@cache
def answering(shape: str) -> GraphQLSchema:
    """The schema of a shape with resolvers, which find the memory in the context of each request."""
    built = schema(shape)
    for type_name, resolvers in RESOLVERS.items():
        kind = built.type_map.get(type_name)
        assert isinstance(kind, GraphQLObjectType)
        for name, resolver in resolvers.items():
            if name in kind.fields:
                kind.fields[name].resolve = resolver
    assert built.mutation_type
    for name, field in built.mutation_type.fields.items():
        field.resolve = mutations.mutation(name, mutations.ACTS.get(name, mutations.not_played))
    return built


def _guarded(read: Callable[..., Any]) -> Resolver:
    """Show nothing to who may not see it: in silence as GitLab does, or with an error where that is scripted."""

    def resolve(_root: object, info: GraphQLResolveInfo[Visit], **asked: Any) -> Any:
        visit: Visit = info.context
        if not visit.may_read and visit.state.loud:
            raise GraphQLError(NOT_YOURS)
        with visit.state.lock:
            return read(visit.state, **asked) if visit.may_read else None

    return resolve


def _models(state: State, **asked: Any) -> Any:
    if asked.get("id"):
        model = state.find(asked["id"])
        if model is None:
            raise CrashError(f"Couldn't find Ai::SelfHostedModel with 'id'={number_of(asked['id'])}")
        return _page_of_models(state, [model], asked)
    return _page_of_models(state, state.listed_models(), asked)


def _page_of_models(state: State, models: list[Model], asked: dict[str, Any]) -> dict[str, Any]:
    return page(models, lambda model: -model.number, asked, state.page_size)


def _features(state: State, **asked: Any) -> Any:
    if asked.get("selfHostedModelId"):
        return _page_of_settings(state, state.uses(number_of(asked["selfHostedModelId"])), asked)
    return _page_of_settings(state, [state.settings[each.key] for each in state.listed_features()], asked)


def _page_of_settings(state: State, settings: list[Setting], asked: dict[str, Any]) -> dict[str, Any]:
    order = list(state.features)
    return page(settings, lambda setting: order.index(setting.feature) + 1, asked, state.page_size)


def _health(state: State) -> Any:
    return {"probeResults": state.health, "success": all(each["success"] for each in state.health)}


def _duo(_root: object, info: GraphQLResolveInfo[Visit]) -> Any:
    return info.context.state.duo


def _of_model(read: Callable[[State, Model], Any]) -> Resolver:
    return lambda model, info: read(info.context.state, model)


def _token(state: State, model: Model) -> str:
    state.token_reads.append(model.gid)
    return model.token


def _uses(model: Model, info: GraphQLResolveInfo[Visit], **asked: Any) -> Any:
    state = info.context.state
    return _page_of_settings(state, state.uses(model.number), asked)


def _of_setting(read: Callable[[State, Setting], Any]) -> Resolver:
    return lambda setting, info: read(info.context.state, setting)


def _valid_models(setting: Setting, info: GraphQLResolveInfo[Visit], **asked: Any) -> Any:
    state: State = info.context.state
    families = state.features[setting.feature].families
    fitting = [each for each in state.listed_models() if families is None or each.family in families]
    return _page_of_models(state, fitting, asked)


def _managed(_setting: Setting, _info: GraphQLResolveInfo[Visit], **asked: Any) -> Any:
    return page(MANAGED, lambda model: MANAGED.index(model) + 1, asked)


def _chosen(setting: Setting) -> Any:
    chosen = setting.managed or MANAGED[0]["ref"]
    return next(each for each in MANAGED if each["ref"] == chosen) if setting.provider == "vendored" else None


RESOLVERS: dict[str, dict[str, Resolver]] = {
    "Query": {
        "aiSelfHostedModels": _guarded(_models),
        "aiFeatureSettings": _guarded(_features),
        "cloudConnectorStatus": _guarded(_health),
        "duoSettings": _duo,
    },
    "AiSelfHostedModel": {
        "apiToken": _of_model(_token),
        "createdAt": _of_model(lambda _, model: model.created.isoformat()),
        "featureSettings": _uses,
        "hasApiToken": _of_model(lambda _, model: bool(model.token)),
        "id": _of_model(lambda _, model: model.gid),
        "model": _of_model(lambda _, model: model.family),
        "modelDisplayName": _of_model(lambda _, model: FAMILIES[model.family][0]),
        "releaseState": _of_model(lambda _, model: FAMILIES[model.family][1]),
        "updatedAt": _of_model(lambda _, model: model.updated.isoformat()),
    },
    "AiFeatureSetting": {
        "allowList": _of_setting(lambda *_: None),
        "compatibleLlms": _of_setting(lambda state, setting: state.features[setting.feature].families),
        "defaultGitlabModel": _of_setting(lambda *_: MANAGED[0]),
        "gitlabModel": _of_setting(lambda _, setting: _chosen(setting)),
        "mainFeature": _of_setting(lambda state, setting: state.features[setting.feature].section),
        "releaseState": _of_setting(lambda state, setting: state.features[setting.feature].state),
        "selfHostedModel": _of_setting(lambda state, setting: state.models.get(setting.model or -1)),
        "title": _of_setting(lambda state, setting: state.features[setting.feature].title),
        "validGitlabModels": _managed,
        "validModels": _valid_models,
    },
}
