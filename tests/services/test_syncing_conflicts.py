"""Somebody changes GitLab meanwhile: between the plan and its application, and between the reading and a step."""

from collections.abc import Callable

import pytest

from app.services import endpoints
from app.services.assignments import State
from app.services.syncing import Asked
from tests.fakes.gitlab.server import GitLabServer
from tests.fixtures.instance import Sync, change_endpoint, give, in_step, links_of, mutations_of, only_19, step_of
from tests.fixtures.stock import add_endpoint, audit_rows

pytestmark = [only_19, pytest.mark.one_database]
CREATE, UPDATE, SET = "aiSelfHostedModelCreate", "aiSelfHostedModelUpdate", "aiFeatureSettingUpdate"
Meanwhile = Callable[[GitLabServer], object]


def once(gitlab: GitLabServer, operation: str, act: Meanwhile) -> None:
    """Let somebody act when the first request of this kind has come, before anything is done about it."""
    waiting = [act]

    def hook(name: str, _number: int) -> None:
        if name == operation and waiting:
            waiting.pop()(gitlab)

    gitlab.before = hook


@pytest.mark.parametrize(
    "meanwhile",
    [
        lambda gitlab: gitlab.state.rename(gitlab.state.model("Mistral"), "Somebody's"),
        lambda gitlab: gitlab.state.remove(gitlab.state.model("Mistral")),
        lambda gitlab: gitlab.state.assign("code_completions", "vendored"),
    ],
)
def test_a_plan_that_is_another_one_by_now_is_not_applied(
    sync: Sync, gitlab: GitLabServer, meanwhile: Meanwhile
) -> None:
    endpoint_id = in_step(sync)
    change_endpoint(sync, endpoint_id, family="other")
    sync.read()
    shown = sync.plan().digest
    meanwhile(gitlab)
    before = len(gitlab.state.mutations)
    run = sync.apply(Asked(digest=shown))
    assert (run.state, run.total, len(gitlab.state.mutations)) == ("changed", 0, before)
    assert sync.plan().digest != shown, "the reading that found it out is the one that is shown next"
    assert sync.apply(Asked(digest=sync.plan().digest)).state == "done"
    assert sync.plan().is_empty


def test_a_plan_that_somebody_changed_here_is_not_applied(sync: Sync, gitlab: GitLabServer) -> None:
    in_step(sync)
    add_endpoint(sync.ports, sync.actor, "One")
    shown = sync.plan().digest
    add_endpoint(sync.ports, sync.actor, "Two")
    assert sync.apply(Asked(digest=shown)).state == "changed"
    assert len(gitlab.state.models) == 1


def test_what_the_plan_does_not_touch_may_change(sync: Sync, gitlab: GitLabServer) -> None:
    endpoint_id = in_step(sync)
    change_endpoint(sync, endpoint_id, family="other")
    shown = sync.plan().digest
    gitlab.state.add_model("Somebody's", author="Olga")
    assert sync.apply(Asked(digest=shown)).state == "done"


def test_a_model_that_was_changed_after_the_reading_is_left_and_shown(sync: Sync, gitlab: GitLabServer) -> None:
    endpoint_id = in_step(sync)
    change_endpoint(sync, endpoint_id, family="other")
    add_endpoint(sync.ports, sync.actor, "Other")
    give(sync, "duo_chat", State.DISABLED)
    theirs = "http://elsewhere.example/v1"
    once(gitlab, "duoSettings", lambda it: it.state.change(it.state.model("Mistral"), endpoint=theirs))
    run = sync.apply()
    step = step_of(run, "Mistral")
    assert (run.state, step.outcome, step.code) == ("failed", "conflict", "moved")
    assert "Endpoint: https://models.example.com/v1 → http://elsewhere.example/v1" in step.words
    assert [each.outcome for each in run.steps] == ["conflict", "done", "done"]
    model = gitlab.state.model("Mistral")
    assert (model.endpoint, model.family) == (theirs, "mistral")
    assert [row.object_name for row in audit_rows(sync.ports.store, "instance:update")] == []
    plan = sync.plan()
    sync.read()
    assert sync.plan().actions[0].changed_there or plan.actions[0].changed_there


def test_another_spelling_of_the_same_address_is_no_conflict(sync: Sync, gitlab: GitLabServer) -> None:
    endpoint_id = in_step(sync)
    change_endpoint(sync, endpoint_id, family="other")
    add_endpoint(sync.ports, sync.actor, "Other")
    again = "https://models.example.com/v1/"
    once(gitlab, "duoSettings", lambda it: it.state.change(it.state.model("Mistral"), endpoint=again))
    assert sync.apply().state == "done"
    assert gitlab.state.model("Mistral").family == "general"


def test_a_model_that_was_deleted_after_the_reading_is_told_as_gone(sync: Sync, gitlab: GitLabServer) -> None:
    endpoint_id = in_step(sync)
    change_endpoint(sync, endpoint_id, family="other")
    add_endpoint(sync.ports, sync.actor, "Other")
    once(gitlab, "duoSettings", lambda it: it.state.remove(it.state.model("Mistral")))
    run = sync.apply()
    assert (step_of(run, "Mistral").outcome, step_of(run, "Mistral").code) == ("conflict", "gone")
    assert sync.apply().state == "done"
    assert gitlab.state.model("Mistral").family == "general"


def test_who_did_the_same_in_gitlab_is_not_told_as_us(sync: Sync, gitlab: GitLabServer) -> None:
    endpoint_id = in_step(sync)
    change_endpoint(sync, endpoint_id, family="other")
    add_endpoint(sync.ports, sync.actor, "Other")
    once(gitlab, "duoSettings", lambda it: it.state.change(it.state.model("Mistral"), family="general"))
    before = len(gitlab.state.mutations)
    run = sync.apply()
    assert (run.state, step_of(run, "Mistral").outcome) == ("done", "already")
    assert [name for name, _ in gitlab.state.mutations[before:]] == [CREATE]
    assert audit_rows(sync.ports.store, "instance:update") == []


def test_a_feature_that_was_given_something_else_after_the_reading_is_left_and_shown(
    sync: Sync, gitlab: GitLabServer
) -> None:
    in_step(sync)
    theirs = gitlab.state.add_model("Somebody's")
    other = add_endpoint(sync.ports, sync.actor, "Other")
    give(sync, "code_completions", State.ENDPOINT, other)
    give(sync, "duo_chat", State.ENDPOINT, other)
    once(gitlab, CREATE, lambda it: it.state.assign("code_completions", "self_hosted", theirs))
    run = sync.apply()
    step = step_of(run, "feature:code_completions")
    assert (step.outcome, step.code) == ("conflict", "moved")
    assert "given to Somebody's meanwhile" in step.words
    assert step_of(run, "feature:duo_chat").outcome == "done"
    assert gitlab.state.settings["code_completions"].model == theirs.number
    sync.read()
    action = sync.plan().action_for("feature:code_completions")
    assert action is not None
    assert action.changed_there


def test_a_setting_that_is_hidden_after_the_reading_is_told_as_gone(sync: Sync, gitlab: GitLabServer) -> None:
    other = add_endpoint(sync.ports, sync.actor, "Other")
    give(sync, "summarize_review", State.ENDPOINT, other)
    once(gitlab, CREATE, lambda it: setattr(it.state, "beta", False))
    step = step_of(sync.apply(), "feature:summarize_review")
    assert (step.outcome, step.code) == ("conflict", "gone")


def test_a_change_that_was_made_there_is_told_as_theirs_before_it_is_undone(sync: Sync, gitlab: GitLabServer) -> None:
    in_step(sync)
    gitlab.state.rename(gitlab.state.model("Mistral"), "Somebody's", author="Olga")
    gitlab.state.assign("code_completions", "disabled", author="Olga")
    sync.read()
    plan = sync.plan()
    assert [each.changed_there for each in plan.actions] == [True, True]
    assert mutations_of(gitlab, sync.apply) == [UPDATE, SET]
    assert gitlab.state.model("Mistral")


def test_a_change_that_was_made_here_is_not_told_as_theirs(sync: Sync) -> None:
    endpoint_id = in_step(sync)
    change_endpoint(sync, endpoint_id, name="Renamed")
    give(sync, "code_completions", State.DISABLED)
    sync.read()
    assert [each.changed_there for each in sync.plan().actions] == [False, False]


@pytest.mark.parametrize("at", ["the look before", "its own request"])
def test_an_endpoint_that_somebody_deletes_here_meanwhile_stops_its_own_step_alone(
    sync: Sync, gitlab: GitLabServer, at: str
) -> None:
    first, gone, last = (add_endpoint(sync.ports, sync.actor, name) for name in ("A", "B", "C"))
    number = 1 if at == "the look before" else 2

    def hook(operation: str, _number: int) -> None:
        if operation == CREATE and len(gitlab.state.asked(CREATE)) == number:
            endpoints.delete(sync.ports, sync.actor, gone, None)

    gitlab.before = hook
    run = sync.apply()
    assert [each.outcome for each in run.steps] == ["done", "conflict", "done"]
    assert (run.state, run.steps[1].code) == ("failed", "gone_here")
    assert links_of(sync.ports.store).keys() == {f"endpoint:{first}", f"endpoint:{last}"}
    sync.read()
    assert [each.values.name for each in sync.plan().foreign] == (["B"] if number == 2 else [])
