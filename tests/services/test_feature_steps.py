"""How each feature stands in GitLab, as the pages tell it."""

from dataclasses import replace

from app.domain.instance import Step, Way
from app.queries.feature_steps import FeatureStep, feature_steps
from app.services import instance_choices, instance_reads
from app.services.assignments import State
from tests.fakes.gitlab.faults import Kind
from tests.fakes.gitlab.server import GitLabServer
from tests.fixtures.instance import Sync, change_endpoint, give, in_step, only_19
from tests.fixtures.statements import statements
from tests.fixtures.stock import add_endpoint, assign

pytestmark = only_19
FEATURE = "code_completions"


def steps(sync: Sync) -> dict[str, FeatureStep]:
    ports = sync.ports
    return feature_steps(ports.store, ports.facts, instance_reads.url_of(ports), ports.origin, ports.clock())


def test_without_an_instance_there_is_nothing_to_tell(sync: Sync) -> None:
    assign(sync.ports, sync.actor, FEATURE, add_endpoint(sync.ports, sync.actor))
    assert steps(replace(sync, ports=replace(sync.ports, instance=None))) == {}


def test_before_the_first_reading_nobody_knows(sync: Sync) -> None:
    assign(sync.ports, sync.actor, FEATURE, add_endpoint(sync.ports, sync.actor))
    assert steps(sync) == {FEATURE: FeatureStep(Step.UNKNOWN, Way.DIRECT, "GitLab was not read yet.")}


def test_after_an_application_it_is_in_step_and_only_what_somebody_touched_is_told(sync: Sync) -> None:
    in_step(sync)
    assert steps(sync) == {FEATURE: FeatureStep(Step.IN_STEP, Way.DIRECT)}
    instance_choices.set_way(sync.ports, sync.actor, FEATURE, "through")
    assert steps(sync)[FEATURE].step is Step.DIFFERS
    sync.apply()
    assert steps(sync) == {FEATURE: FeatureStep(Step.IN_STEP, Way.THROUGH)}


def test_a_setting_that_differs_says_in_what(sync: Sync) -> None:
    in_step(sync)
    give(sync, FEATURE, State.DISABLED)
    found = steps(sync)[FEATURE]
    assert (found.step, found.words) == (Step.DIFFERS, "In GitLab: Mistral. Here: Disabled.")
    assert not found.changed_there


def test_a_setting_that_was_changed_there_says_by_whom(sync: Sync, gitlab: GitLabServer) -> None:
    in_step(sync)
    gitlab.state.assign(FEATURE, "disabled", author="Olga")
    sync.read()
    found = steps(sync)[FEATURE]
    assert (found.step, found.changed_there, found.changed_by) == (Step.DIFFERS, True, "Olga")
    assert found.changed_at is not None


def test_a_model_that_differs_makes_its_features_differ(sync: Sync) -> None:
    change_endpoint(sync, in_step(sync), identifier="served-2")
    found = steps(sync)[FEATURE]
    assert (found.step, found.changed_there) == (Step.DIFFERS, False)
    assert "Identifier: custom_openai/served in GitLab, custom_openai/served-2 here" in found.words


def test_a_model_that_gitlab_cannot_be_given_is_not_in_step(sync: Sync) -> None:
    change_endpoint(sync, in_step(sync), base_url=f"https://models.example.com/{'x' * 260}/v1")
    sync.read()
    assert sync.plan().is_empty
    found = steps(sync)[FEATURE]
    assert found.step is Step.DIFFERS
    assert "refuses more than 255" in found.words


def test_a_feature_that_gitlab_does_not_show_says_why(sync: Sync, gitlab: GitLabServer) -> None:
    in_step(sync)
    give(sync, "summarize_review", State.DISABLED)
    gitlab.state.beta = False
    sync.read()
    found = steps(sync)["summarize_review"]
    assert (found.step, "beta features are switched off" in found.words) == (Step.DIFFERS, True)


def test_after_a_failed_reading_nobody_knows_and_is_told_why(sync: Sync, gitlab: GitLabServer) -> None:
    in_step(sync)
    gitlab.faults.add(Kind.UNAVAILABLE, "aiFeatureSettings", 1, None)
    sync.read()
    found = steps(sync)[FEATURE]
    assert found.step is Step.UNKNOWN
    assert found.words.startswith("GitLab is not available at the moment")
    assert found.words.endswith("What is known is older.")


def test_it_costs_the_same_statements_whatever_there_is(sync: Sync, gitlab: GitLabServer) -> None:
    endpoint_id = in_step(sync)
    with statements(sync.ports.store) as few:
        steps(sync)
    for number in range(30):
        gitlab.state.add_model(f"Foreign {number}")
        add_endpoint(sync.ports, sync.actor, f"Endpoint {number}")
    for name in ("duo_chat", "code_generations", "review_merge_request"):
        assign(sync.ports, sync.actor, name, endpoint_id)
    sync.read()
    with statements(sync.ports.store) as many:
        steps(sync)
    assert len(many) == len(few) <= 10
