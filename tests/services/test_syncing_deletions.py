"""Removing what GitLab has and nothing here accounts for: only when it is asked for, and never much by accident."""

import pytest

from app.domain.plans import Kind
from app.services import endpoints
from app.services.assignments import State
from app.services.syncing import Asked
from tests.fakes.gitlab.server import GitLabServer
from tests.fixtures.instance import Sync, give, in_step, links_of, mutations_of, only_19, requests_of, step_of
from tests.fixtures.stock import add_endpoint, audit_rows

pytestmark = [only_19, pytest.mark.one_database]
DELETE = "aiSelfHostedModelDelete"
ASKED = Asked(delete=True)


def names(gitlab: GitLabServer) -> set[str]:
    return {each.name for each in gitlab.state.models.values()}


def stocked(sync: Sync, gitlab: GitLabServer, ours: int = 8, foreign: int = 1) -> None:
    """Models that are held here, and some that are not."""
    in_step(sync)
    for number in range(1, ours):
        add_endpoint(sync.ports, sync.actor, f"Ours {number}")
    for number in range(foreign):
        gitlab.state.add_model(f"Foreign {number}")
    sync.apply()


def test_nothing_is_deleted_that_was_not_asked_for(sync: Sync, gitlab: GitLabServer) -> None:
    stocked(sync, gitlab)
    endpoints.delete(sync.ports, sync.actor, add_and_apply(sync, "Gone"), None)
    assert mutations_of(gitlab, sync.apply) == []
    assert {"Foreign 0", "Gone"} <= names(gitlab)
    assert {each.values.name for each in sync.plan().foreign} == {"Foreign 0", "Gone"}


def add_and_apply(sync: Sync, name: str) -> str:
    endpoint_id = add_endpoint(sync.ports, sync.actor, name)
    sync.apply()
    return endpoint_id


def test_what_was_asked_for_goes_with_two_requests_each(sync: Sync, gitlab: GitLabServer) -> None:
    stocked(sync, gitlab, 8, 2)
    reading = requests_of(gitlab, sync.read)
    assert sync.plan(delete=True).of(Kind.DELETE)
    assert requests_of(gitlab, lambda: sync.apply(ASKED)) - reading == 4
    assert not {"Foreign 0", "Foreign 1"} & names(gitlab)
    assert len(gitlab.state.models) == 8
    assert len(audit_rows(sync.ports.store, "instance:delete")) == 2
    assert sync.plan(delete=True).is_empty


@pytest.mark.parametrize(("ours", "foreign", "held"), [(4, 1, 0), (3, 1, 1), (8, 2, 0), (8, 3, 3), (1, 4, 4)])
def test_above_a_fifth_the_brake_holds_all_of_them_back(
    sync: Sync, gitlab: GitLabServer, ours: int, foreign: int, held: int
) -> None:
    stocked(sync, gitlab, ours, foreign)
    plan = sync.plan(delete=True)
    assert (plan.braked, len(plan.of(Kind.DELETE))) == (held, foreign - held)
    sync.apply(ASKED)
    assert len(gitlab.state.models) == ours + held
    sync.apply(Asked(delete=True, many=True))
    assert len(gitlab.state.models) == ours


def test_what_a_feature_uses_stays_and_says_for_what(sync: Sync, gitlab: GitLabServer) -> None:
    stocked(sync, gitlab)
    gitlab.state.refuses_used = False
    gitlab.state.assign("duo_chat", "self_hosted", gitlab.state.model("Foreign 0"))
    assert mutations_of(gitlab, lambda: sync.apply(Asked(delete=True, many=True))) == []
    assert [each.reason for each in sync.plan(delete=True).blocked] == ["GitLab uses it for General Chat."]


def test_what_a_feature_gives_up_in_the_same_run_may_go(sync: Sync, gitlab: GitLabServer) -> None:
    stocked(sync, gitlab)
    gitlab.state.assign("duo_chat", "self_hosted", gitlab.state.model("Foreign 0"))
    give(sync, "duo_chat", State.MANAGED)
    assert mutations_of(gitlab, lambda: sync.apply(ASKED)) == ["aiFeatureSettingUpdate", DELETE]
    assert "Foreign 0" not in names(gitlab)


def test_what_a_disabled_feature_still_holds_is_left_to_gitlab(sync: Sync, gitlab: GitLabServer) -> None:
    stocked(sync, gitlab)
    gitlab.state.assign("duo_chat", "disabled", gitlab.state.model("Foreign 0"))
    run = sync.apply(ASKED)
    assert "Foreign 0" in names(gitlab)
    assert run.total == 0 or run.steps[0].outcome == "failed"


def test_one_that_was_changed_after_the_reading_stays(sync: Sync, gitlab: GitLabServer) -> None:
    stocked(sync, gitlab, 8, 2)

    def hook(operation: str, _number: int) -> None:
        if operation == DELETE and "Foreign 0" in names(gitlab) and "Foreign 1" in names(gitlab):
            gitlab.state.rename(gitlab.state.model("Foreign 1"), "In use now")
            gitlab.state.rename(gitlab.state.model("Foreign 0"), "In use too")

    gitlab.before = hook
    run = sync.apply(ASKED)
    assert [each.outcome for each in run.steps] == ["done", "conflict"]
    assert "Name: Foreign" in run.steps[1].words


def test_one_that_is_gone_already_is_no_failure(sync: Sync, gitlab: GitLabServer) -> None:
    stocked(sync, gitlab)
    other = add_endpoint(sync.ports, sync.actor, "Later")

    def hook(operation: str, _number: int) -> None:
        if operation == "aiSelfHostedModelCreate":
            gitlab.state.remove(gitlab.state.model("Foreign 0"))

    gitlab.before = hook
    run = sync.apply(ASKED)
    assert (run.state, step_of(run, "Foreign 0").outcome) == ("done", "already")
    assert f"endpoint:{other}" in links_of(sync.ports.store)


def test_an_endpoint_that_is_gone_here_leaves_no_link(sync: Sync, gitlab: GitLabServer) -> None:
    stocked(sync, gitlab)
    gone = add_and_apply(sync, "Gone")
    endpoints.delete(sync.ports, sync.actor, gone, None)
    sync.apply(ASKED)
    assert "Gone" not in names(gitlab)
    assert f"endpoint:{gone}" not in links_of(sync.ports.store)


def test_one_that_is_switched_off_here_is_no_stray(sync: Sync, gitlab: GitLabServer) -> None:
    stocked(sync, gitlab, 8, 0)
    idle = add_and_apply(sync, "Idle")
    endpoints.set_enabled(sync.ports, sync.actor, idle, None, False)
    sync.apply(Asked(delete=True, many=True))
    assert "Idle" in names(gitlab)
