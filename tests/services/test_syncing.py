"""Keeping an instance in step: read, plan, apply, against a GitLab that refuses what its schema does not allow."""

from collections.abc import Callable

import pytest

from app.domain.plans import Kind
from app.services import endpoints
from app.services.assignments import State
from app.services.syncing import Asked
from tests.fakes.gitlab.server import GitLabServer
from tests.fixtures.instance import KEY, Sync, change_endpoint, give, in_step, mutations_of, only_19, requests_of
from tests.fixtures.stock import add_endpoint, assign

UPDATE, SET = "aiSelfHostedModelUpdate", "aiFeatureSettingUpdate"


def test_what_is_held_here_is_made_there_and_a_second_time_nothing_is_done(sync: Sync, gitlab: GitLabServer) -> None:
    chosen = add_endpoint(sync.ports, sync.actor, api_key="sk-a-key-of-ours")
    assign(sync.ports, sync.actor, "code_completions", chosen)
    assert sync.read().state == "done"
    plan = sync.plan()
    assert [each.kind for each in plan.actions] == [Kind.CREATE, Kind.ASSIGN]
    run = sync.apply()
    assert (run.state, dict(run.counts)) == ("done", {"done": 2}), run
    made = gitlab.state.model("Mistral")
    assert (made.identifier, made.endpoint) == ("custom_openai/served", "https://models.example.com/v1")
    assert gitlab.state.settings["code_completions"].provider == "self_hosted"
    before = len(gitlab.state.mutations)
    again = sync.apply()
    assert (again.state, again.total) == ("done", 0)
    assert len(gitlab.state.mutations) == before
    assert sync.plan().is_empty


def test_a_model_that_gitlab_hides_while_beta_is_off_is_not_made_twice(sync: Sync, gitlab: GitLabServer) -> None:
    chosen = add_endpoint(sync.ports, sync.actor, family="other", model="")
    assign(sync.ports, sync.actor, "code_completions", chosen)
    assert sync.apply().state == "done"
    gitlab.state.beta = False
    run = sync.apply()
    steps = [(step.kind, step.outcome, step.code) for step in run.steps]
    assert steps == [("create", "failed", "hidden"), ("assign", "skipped", "no_model")]
    assert len(gitlab.state.models) == 1
    gitlab.state.beta = True
    again = sync.apply()
    assert (again.state, again.total) == ("done", 0)


def test_a_model_that_was_given_to_a_feature_meanwhile_is_not_deleted(sync: Sync, gitlab: GitLabServer) -> None:
    theirs = gitlab.state.add_model("Theirs", identifier="custom_openai/theirs", endpoint="https://theirs.example/v1")
    gitlab.state.refuses_used = False
    gitlab.before = lambda operation, _number: (
        gitlab.state.assign("duo_chat", "self_hosted", theirs, author="root")
        if operation == "aiSelfHostedModels" and len(gitlab.state.asked("aiSelfHostedModels")) > 1
        else None
    )
    run = sync.apply(Asked(delete=True, many=True))
    assert [(step.kind, step.outcome, step.words) for step in run.steps] == [
        ("delete", "conflict", "GitLab uses it for duo_chat.")
    ]
    assert gitlab.state.model("Theirs")


CHANGES: dict[str, tuple[dict[str, str], dict[str, object]]] = {
    "renamed": ({"name": "Mistral of ours"}, {"name": "Mistral of ours"}),
    "moved": (
        {"base_url": "https://other.example.com/v1", "api_key": KEY},
        {"endpoint": "https://other.example.com/v1"},
    ),
    "of another family": ({"family": "other"}, {"model": "GENERAL"}),
    "served by another name": ({"identifier": "served-2"}, {"identifier": "custom_openai/served-2"}),
    "of another key": ({"api_key": "sk-another-0123456789"}, {"apiToken": "sk-another-0123456789"}),
    "without a key": ({"api_key": ""}, {"apiToken": ""}),
    "changed in all": (
        {"name": "New", "identifier": "served-2", "family": "other", "api_key": ""},
        {"name": "New", "identifier": "custom_openai/served-2", "model": "GENERAL", "apiToken": ""},
    ),
}


@only_19
@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_endpoint_is_one_mutation_and_two_requests(sync: Sync, gitlab: GitLabServer, change: str) -> None:
    typed, sent = CHANGES[change]
    endpoint_id = in_step(sync)
    change_endpoint(sync, endpoint_id, **typed)
    reading = requests_of(gitlab, sync.read)
    assert requests_of(gitlab, sync.apply) - reading == 2
    assert [name for name, _ in gitlab.state.mutations[2:]] == [UPDATE]
    given = gitlab.state.mutations[-1][1]
    assert {name: given[name] for name in sent} == sent
    assert ("apiToken" in given) == ("apiToken" in sent), "a key that stays is not sent again"
    assert mutations_of(gitlab, sync.apply) == []


@only_19
def test_a_key_that_was_removed_here_is_gone_there(sync: Sync, gitlab: GitLabServer) -> None:
    change_endpoint(sync, in_step(sync), api_key="")
    assert gitlab.state.model("Mistral").token == KEY
    sync.apply()
    assert gitlab.state.model("Mistral").token == ""


@only_19
def test_a_model_that_somebody_deleted_there_is_made_again(sync: Sync, gitlab: GitLabServer) -> None:
    in_step(sync)
    gitlab.state.remove(gitlab.state.model("Mistral"))
    assert mutations_of(gitlab, sync.apply) == ["aiSelfHostedModelCreate", SET]
    assert gitlab.state.model("Mistral").token == KEY
    assert mutations_of(gitlab, sync.apply) == []


@only_19
def test_an_endpoint_that_is_switched_off_stays_there_as_it_is(sync: Sync, gitlab: GitLabServer) -> None:
    in_step(sync)
    idle = add_endpoint(sync.ports, sync.actor, "Idle")
    sync.apply()
    endpoints.set_enabled(sync.ports, sync.actor, idle, None, False)
    change_endpoint(sync, idle, name="Idle and renamed")
    assert mutations_of(gitlab, sync.apply) == []
    assert gitlab.state.model("Idle")


Give = Callable[[Sync], None]


def to_another(sync: Sync) -> None:
    other = add_endpoint(sync.ports, sync.actor, "Other")
    sync.apply()
    give(sync, "code_completions", State.ENDPOINT, other)


@only_19
@pytest.mark.parametrize(
    ("act", "provider"),
    [
        (to_another, "self_hosted"),
        (lambda sync: give(sync, "code_completions", State.DISABLED), "disabled"),
        (lambda sync: give(sync, "code_completions", State.MANAGED), "vendored"),
        (lambda sync: give(sync, "code_completions", State.UNASSIGNED), "unassigned"),
    ],
)
def test_a_feature_that_is_given_something_else_is_one_mutation_and_two_requests(
    sync: Sync, gitlab: GitLabServer, act: Give, provider: str
) -> None:
    in_step(sync)
    act(sync)
    reading = requests_of(gitlab, sync.read)
    before = len(gitlab.state.mutations)
    assert requests_of(gitlab, sync.apply) - reading == 2
    assert [name for name, _ in gitlab.state.mutations[before:]] == [SET]
    setting = gitlab.state.settings["code_completions"]
    assert setting.provider == provider
    if provider == "self_hosted":
        assert setting.model == gitlab.state.model("Other").number
    assert mutations_of(gitlab, sync.apply) == []


def test_of_many_changes_each_object_is_changed_once(sync: Sync, gitlab: GitLabServer) -> None:
    endpoint_id = in_step(sync)
    change_endpoint(sync, endpoint_id, name="Renamed", family="other")
    other = add_endpoint(sync.ports, sync.actor, "Other")
    give(sync, "code_completions", State.ENDPOINT, other)
    give(sync, "duo_chat", State.ENDPOINT, endpoint_id)
    give(sync, "review_merge_request", State.DISABLED)
    reading = requests_of(gitlab, sync.read)
    before = len(gitlab.state.mutations)
    assert requests_of(gitlab, sync.apply) - reading == 9
    assert [name for name, _ in gitlab.state.mutations[before:]] == [UPDATE, "aiSelfHostedModelCreate", SET, SET, SET]


@only_19
def test_two_endpoints_that_swap_names_are_left_for_a_person(sync: Sync, gitlab: GitLabServer) -> None:
    one, two = (add_endpoint(sync.ports, sync.actor, name) for name in ("One", "Two"))
    sync.apply()
    change_endpoint(sync, one, name="Between")
    change_endpoint(sync, two, name="One")
    change_endpoint(sync, one, name="Two")
    assert mutations_of(gitlab, sync.apply) == []
    assert {each.title for each in sync.plan().blocked} == {"One", "Two"}


@only_19
def test_who_takes_the_name_that_another_gives_up_comes_after_it(sync: Sync, gitlab: GitLabServer) -> None:
    one, two = (add_endpoint(sync.ports, sync.actor, name) for name in ("One", "Two"))
    sync.apply()
    change_endpoint(sync, one, name="Three")
    change_endpoint(sync, two, name="One")
    run = sync.apply()
    assert (run.state, dict(run.counts)) == ("done", {"done": 2})
    assert {each.name for each in gitlab.state.models.values()} == {"One", "Three"}
