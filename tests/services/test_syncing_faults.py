"""What goes wrong in the middle of an application: the run says it, the other steps go on, nothing untrue is kept."""

from dataclasses import replace

import pytest

from app.domain.plans import Kind as Step
from app.lib.sealed import Sealer
from app.queries.instance_runs import Run
from tests.fakes.gitlab.faults import Kind
from tests.fakes.gitlab.server import GitLabServer
from tests.fixtures.instance import KEY, Sync, change_endpoint, in_step, links_of, mutations_of, only_19, step_of
from tests.fixtures.stock import add_endpoint, assign, audit_rows

pytestmark = [only_19, pytest.mark.one_database]
CREATE, UPDATE, SET = "aiSelfHostedModelCreate", "aiSelfHostedModelUpdate", "aiFeatureSettingUpdate"
CERTAIN = [
    (Kind.UNAVAILABLE, {}, "failed", "unavailable"),
    (Kind.RATE_LIMITED, {"retry_after": "600"}, "failed", "rate_limited"),
    (Kind.SIGN_IN_REDIRECT, {}, "failed", "sign_in_page"),
    (Kind.REDIRECT, {}, "failed", "redirected"),
    (Kind.ANSWER, {"status": 401, "body": '{"errors": [{"message": "Invalid token"}]}'}, "failed", "token_refused"),
    (Kind.ANSWER, {"status": 403, "body": '{"error": "insufficient_scope"}'}, "failed", "token_scope"),
]
OPEN = [
    (Kind.ANSWER_LOST, {}, "unclear", "unclear"),
    (Kind.CLOSED, {}, "unclear", "unclear"),
    (Kind.INVALID_JSON, {}, "unclear", "unclear"),
    (Kind.TRUNCATED, {}, "unclear", "unclear"),
    (Kind.INTERNAL, {}, "unclear", "unclear"),
    (Kind.PROXY_PAGE, {}, "unclear", "unclear"),
]
Trouble = tuple[Kind, dict[str, object], str, str]


def three(sync: Sync) -> None:
    """Three endpoints, of which the first and the last serve a feature."""
    for name, feature in (("A", "code_completions"), ("B", ""), ("C", "duo_chat")):
        endpoint_id = add_endpoint(sync.ports, sync.actor, name, api_key=f"{KEY}-{name}")
        if feature:
            assign(sync.ports, sync.actor, feature, endpoint_id)


def outcomes(run: Run) -> list[str]:
    return [each.outcome for each in run.steps]


@pytest.mark.parametrize("trouble", [*CERTAIN, *OPEN], ids=lambda trouble: f"{trouble[0]}-{trouble[3]}")
def test_a_model_that_could_not_be_made_leaves_the_others_alone(
    sync: Sync, gitlab: GitLabServer, trouble: Trouble
) -> None:
    kind, details, outcome, code = trouble
    three(sync)
    gitlab.faults.add(kind, CREATE, 1, 1, **details)
    run = sync.apply()
    made = kind in (Kind.ANSWER_LOST, Kind.INVALID_JSON, Kind.TRUNCATED)
    assert run.state == ("done" if made else "failed")
    assert outcomes(run) == (["done"] * 5 if made else [outcome, "done", "done", "skipped", "done"])
    if not made:
        assert (run.steps[0].code, step_of(run, "feature:code_completions").code) == (code, "no_model")
        assert len(gitlab.state.models) == 2
        assert len(audit_rows(sync.ports.store, "instance:create")) == 2
    assert mutations_of(gitlab, sync.apply) == ([] if made else [CREATE, SET])
    assert sync.plan().is_empty
    assert {each.name: each.token for each in gitlab.state.models.values()} == {each: f"{KEY}-{each}" for each in "ABC"}


@pytest.mark.parametrize("trouble", [*CERTAIN, *OPEN], ids=lambda trouble: f"{trouble[0]}-{trouble[3]}")
def test_a_change_that_failed_is_done_by_the_next_application(
    sync: Sync, gitlab: GitLabServer, trouble: Trouble
) -> None:
    kind, details, outcome, code = trouble
    endpoint_id = in_step(sync)
    change_endpoint(sync, endpoint_id, name="Renamed", api_key="sk-another-0123456789")
    add_endpoint(sync.ports, sync.actor, "Other")
    gitlab.faults.add(kind, UPDATE, 1, 1, **details)
    run = sync.apply()
    assert (run.state, outcomes(run)) == ("failed", [outcome, "done"])
    assert run.steps[0].code == code
    agreed = links_of(sync.ports.store)[f"endpoint:{endpoint_id}"].agreed
    assert agreed is not None
    assert agreed["name"] == "Mistral", "nobody has seen the new one there yet"
    assert sync.apply().state == "done"
    model = gitlab.state.model("Renamed")
    assert (model.token, len(gitlab.state.models)) == ("sk-another-0123456789", 2)
    assert sync.plan().is_empty


def test_a_change_whose_answer_was_lost_is_on_record_once_gitlab_shows_it(sync: Sync, gitlab: GitLabServer) -> None:
    change_endpoint(sync, in_step(sync), name="Renamed")
    gitlab.faults.add(Kind.ANSWER_LOST, UPDATE)
    run = sync.apply()
    assert (run.state, outcomes(run)) == ("done", ["done"])
    (row,) = audit_rows(sync.ports.store, "instance:update")
    assert row.changes["name"] == ["Mistral", "Renamed"]
    assert sync.plan().is_empty


@pytest.mark.parametrize("trouble", [*CERTAIN, *OPEN], ids=lambda trouble: f"{trouble[0]}-{trouble[3]}")
def test_an_assignment_that_failed_is_done_by_the_next_one(sync: Sync, gitlab: GitLabServer, trouble: Trouble) -> None:
    kind, details, outcome, code = trouble
    three(sync)
    gitlab.faults.add(kind, SET, 1, 1, **details)
    run = sync.apply()
    assert outcomes(run) == ["done", "done", "done", outcome, "done"]
    assert run.steps[3].code == code
    sync.apply()
    assert {each.provider for each in gitlab.state.settings.values() if each.model} == {"self_hosted"}
    assert sum(1 for each in gitlab.state.settings.values() if each.model) == 2
    assert sync.plan().is_empty


def test_a_short_wait_for_the_rate_limit_is_no_failure(sync: Sync, gitlab: GitLabServer) -> None:
    three(sync)
    gitlab.faults.add(Kind.RATE_LIMITED, CREATE, 2, retry_after="0")
    run = sync.apply()
    assert (run.state, len(gitlab.state.models)) == ("done", 3)


def test_whether_it_was_made_stays_open_while_gitlab_does_not_show_its_models(sync: Sync, gitlab: GitLabServer) -> None:
    add_endpoint(sync.ports, sync.actor, "A", api_key=KEY)
    gitlab.faults.add(Kind.ANSWER_LOST, CREATE)
    gitlab.faults.add(Kind.INTERNAL, "aiSelfHostedModels", 2, None)
    run = sync.apply()
    assert (run.state, run.steps[0].outcome, run.steps[0].code) == ("failed", "unclear", "unclear")
    gitlab.faults.clear()
    assert mutations_of(gitlab, sync.apply) == []
    assert sync.plan().is_empty
    assert next(iter(links_of(sync.ports.store).values())).model_id == gitlab.state.model("A").gid


def test_a_name_that_is_taken_by_a_model_that_the_list_hides_is_told(sync: Sync, gitlab: GitLabServer) -> None:
    gitlab.state.add_model("A", family="llama3")
    gitlab.state.beta = False
    three(sync)
    run = sync.apply()
    assert (run.state, outcomes(run)) == ("failed", ["failed", "done", "done", "skipped", "done"])
    assert "Name has already been taken" in run.steps[0].words
    assert "A" not in {each.agreed["name"] for each in links_of(sync.ports.store).values() if each.agreed}


def test_a_family_that_the_feature_does_not_take_is_said_before(sync: Sync, gitlab: GitLabServer) -> None:
    three(sync)
    feature = gitlab.state.features["duo_chat"]
    gitlab.state.features["duo_chat"] = replace(feature, families=("claude_3",))
    run = sync.apply()
    assert (run.state, run.total) == ("done", 4)
    blocked = sync.plan().blocked_for("feature:duo_chat")
    assert blocked is not None
    assert "takes no model of the family" in blocked.reason


def test_a_family_that_gitlab_refuses_after_all_is_told(sync: Sync, gitlab: GitLabServer) -> None:
    three(sync)

    def narrowed(operation: str, _number: int) -> None:
        if operation == CREATE:
            feature = gitlab.state.features["duo_chat"]
            gitlab.state.features["duo_chat"] = replace(feature, families=("claude_3",))

    gitlab.before = narrowed
    run = sync.apply()
    assert outcomes(run) == ["done"] * 4 + ["failed"]
    assert "Mistral is incompatible" in run.steps[4].words


def test_a_token_that_may_only_read_changes_nothing_and_links_nothing(sync: Sync, gitlab: GitLabServer) -> None:
    three(sync)
    gitlab.state.scopes = ("read_api",)
    assert sync.read().state == "done"
    run = sync.apply()
    assert (run.state, outcomes(run)) == ("failed", ["failed"] * 3 + ["skipped"] * 2)
    assert {each.code for each in run.steps[:3]} <= {"forbidden", "token_scope"}
    assert (gitlab.state.models, links_of(sync.ports.store)) == ({}, {})


def test_a_token_that_expires_in_the_middle_ends_in_failures_and_the_rest_is_done_later(
    sync: Sync, gitlab: GitLabServer
) -> None:
    three(sync)

    def expire(operation: str, _number: int) -> None:
        if operation == CREATE and len(gitlab.state.models) == 1:
            gitlab.state.token_active = False

    gitlab.before = expire
    run = sync.apply()
    assert outcomes(run) == ["done", "failed", "failed", "failed", "skipped"]
    gitlab.before, gitlab.state.token_active = None, True
    assert sync.apply().state == "done"
    assert (len(gitlab.state.models), sync.plan().is_empty) == (3, True)


def test_a_key_that_cannot_be_read_any_more_stops_its_own_step_alone(sync: Sync, gitlab: GitLabServer) -> None:
    three(sync)
    add_endpoint(sync.ports, sync.actor, "Keyless")
    other = replace(sync, ports=replace(sync.ports, sealer=Sealer(["another key of the tests, long enough too"])))
    run = other.apply()
    assert [(each.outcome, each.code) for each in run.steps if each.kind == Step.CREATE] == [
        *[("failed", "key_unreadable")] * 3,
        ("done", ""),
    ]
    assert "Type it again" in run.steps[0].words
    assert [each.name for each in gitlab.state.models.values()] == ["Keyless"]
    assert len(links_of(sync.ports.store)) == 1
