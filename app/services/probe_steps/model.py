"""The step `model`: the served name is one that the server serves."""

from dataclasses import replace
from hashlib import sha256

from app.clients.dialect import Ask, ChatAnswer, FoundModel
from app.domain.platforms import OPENAI_COMPATIBLE
from app.domain.steps import Outcome, StepName, StepResult
from app.services.probe_run import NOT_JUDGED, Run
from app.services.probe_steps import addresses, names
from app.services.probe_steps.question import QUIRK_OF, USER_TEXT

_UNKNOWN_NAME = frozenset({"deployment_missing", "model_not_served"})
# What a server without a list answers at its place; whatever else comes there is a fault of the server.
_NO_LIST = addresses.LOST | {"bad_request", "key_forbidden"}
# Complaints that show a model behind the name.
_OF_A_MODEL = QUIRK_OF.keys() | {"reasoning_only"}


def model(run: Run) -> StepResult:
    """Look for the name in the list; a name that is not there is asked for, since gateways serve some unlisted."""
    if not run.found or not run.dialect.lists_models:
        return _without_list(run)
    name = run.target.served_name
    for each in run.found:
        if each.name == name:
            return _listed(run, each, run.found)
    return _unlisted(run, run.found)


def _without_list(run: Run) -> StepResult:
    checked, unlisted = run.checked, run.unlisted
    if checked and checked.status == 404 and checked.code in _UNKNOWN_NAME:
        return run.troubled(StepName.MODEL, checked)
    if not run.dialect.lists_models:
        return run.result(StepName.MODEL, Outcome.SKIPPED, "Not listed on this platform; the next step decides")
    if unlisted is None:
        return run.result(StepName.MODEL, Outcome.SKIPPED, "The server's list is empty; the next step decides")
    if unlisted.code in NOT_JUDGED or unlisted.code == "model_list_malformed":
        return run.troubled(StepName.MODEL, unlisted)
    code = "model_list_missing" if unlisted.code in _NO_LIST else "model_list_unread"
    return run.explained(StepName.MODEL, code, words=unlisted.words)


def _listed(run: Run, each: FoundModel, found: tuple[FoundModel, ...]) -> StepResult:
    target = run.target
    if target.platform == OPENAI_COMPATIBLE and target.address.path == "":
        longer = replace(target, address=target.address.join("v1"))
        if addresses.lists(run, longer):
            return run.explained(StepName.MODEL, "v1_recommended", addresses.address_fix(longer.address))
    figures: dict[str, float | int | str] = {"context": each.context} if each.context else {}
    if each.traits:
        figures["traits"] = sha256(each.traits.encode()).hexdigest()[:16]
    return run.result(StepName.MODEL, Outcome.PASSED, f"The server lists it, one of {len(found)}", **figures)


def _unlisted(run: Run, found: tuple[FoundModel, ...]) -> StepResult:
    answer = run.send(run.dialect.chat_call(run.target, Ask(USER_TEXT, max_tokens=1, temperature=None)))
    trouble = run.trouble(answer)
    if trouble and trouble.code not in _OF_A_MODEL:
        if trouble.code in ("wrong_path", "bad_request"):
            trouble = replace(trouble, code="model_not_served")
        return names.not_served(run, StepName.MODEL, trouble)
    said = ChatAnswer("") if trouble else run.dialect.read_chat(run.target, answer)
    if said.model != run.target.served_name and said.model in {each.name for each in found}:
        fix = names.name_fix(run, [said.model])
        return run.explained(StepName.MODEL, "other_model_answers", fix, answered=said.model)
    return run.explained(StepName.MODEL, "model_unlisted")
