"""What a test leaves behind of an endpoint's abilities, and what makes it old."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from app.domain.capabilities import Aged, Finding, Grade
from app.domain.endpoints import EndpointDraft
from app.domain.features import Ability
from app.domain.roles import Actor
from app.domain.steps import Outcome, StepName, StepResult
from app.models.endpoint import Capability, HealthChange
from app.queries import endpoints as query
from app.services import capabilities, endpoints, probe_records, probes
from app.services.ports import Ports
from app.services.probe_records import Batch, Finished
from tests.fixtures.measured import YES, answered, conclude
from tests.fixtures.stock import add_endpoint


def failed(code: str = "connect_refused") -> tuple[StepResult, ...]:
    return (StepResult(StepName.CONNECT, Outcome.FAILED, code=code, message="Refused."),)


def known(ports: Ports, endpoint_id: str) -> dict[str, tuple[str, str]]:
    with ports.store.read() as session:
        found = capabilities.of(session, endpoint_id)
    return {str(each.ability): (str(each.grade), str(each.aged or "")) for each in found.values()}


@pytest.fixture
def endpoint_id(ports: Ports, ada: Actor) -> str:
    return add_endpoint(ports, ada)


def test_what_a_test_found_is_kept_with_when_and_by_what(ports: Ports, ada: Actor, endpoint_id: str) -> None:
    probe_id = conclude(ports, ada, endpoint_id, answered(YES))
    with ports.store.read() as session:
        row = session.scalars(select(Capability)).one()
    assert (row.ability, row.grade, row.probe_id, row.dialect_version) == ("chat", "yes", probe_id, 1)
    assert len(row.fingerprint) == 16
    assert (datetime.now(UTC) - row.measured_at).total_seconds() < 60


def test_a_later_test_replaces_what_it_looked_at_and_leaves_the_rest(
    ports: Ports, ada: Actor, endpoint_id: str
) -> None:
    conclude(ports, ada, endpoint_id, answered(YES, Finding(Ability.TOOLS, Grade.PARTLY, 2)))
    conclude(ports, ada, endpoint_id, answered(Finding(Ability.CHAT, Grade.NO)))
    assert known(ports, endpoint_id) == {"chat": ("no", ""), "tools": ("partly", "")}


def test_a_test_that_fails_measures_nothing_and_takes_nothing_away(ports: Ports, ada: Actor, endpoint_id: str) -> None:
    conclude(ports, ada, endpoint_id, answered(YES))
    conclude(ports, ada, endpoint_id, failed())
    assert known(ports, endpoint_id) == {"chat": ("yes", "")}


def test_a_server_that_shows_another_build_makes_the_rest_old(ports: Ports, ada: Actor, endpoint_id: str) -> None:
    conclude(ports, ada, endpoint_id, answered(YES, Finding(Ability.TOOLS, Grade.YES)))
    conclude(ports, ada, endpoint_id, answered(YES, build="b2"))
    assert known(ports, endpoint_id) == {"chat": ("yes", ""), "tools": ("yes", Aged.CHANGED.value)}


def test_an_edit_of_what_is_tested_makes_all_old_and_another_does_not(
    ports: Ports, ada: Actor, endpoint_id: str
) -> None:
    conclude(ports, ada, endpoint_id, answered(YES))
    draft = EndpointDraft(
        name="Mistral",
        server="vllm",
        base_url="https://models.example.com/v1",
        identifier="served",
        model="Mistral Small 24B Instruct 2506",
        family="mistral",
    )
    endpoints.update(ports, ada, endpoint_id, 1, replace(draft, owner="Team"))
    assert known(ports, endpoint_id) == {"chat": ("yes", "")}
    endpoints.update(ports, ada, endpoint_id, 2, replace(draft, owner="Team", identifier="another"))
    assert known(ports, endpoint_id) == {"chat": ("yes", Aged.EDITED.value)}
    assert query.standings(ports.store, endpoint_id)["duo_chat"].aged == Aged.EDITED.value


def test_a_test_of_values_that_changed_meanwhile_says_nothing(ports: Ports, ada: Actor, endpoint_id: str) -> None:
    (started,) = probes.start_saved(ports, ada, [endpoint_id])
    endpoints.set_enabled(ports, ada, endpoint_id, 1, enabled=False)
    probe_records.record(ports, Batch.of([Finished(started.probe_id, answered(YES))]))
    assert known(ports, endpoint_id) == {}


def test_readiness_follows_at_once(ports: Ports, ada: Actor, endpoint_id: str) -> None:
    assert query.standings(ports.store, endpoint_id)["generate_commit_message"].readiness == "unknown"
    findings = [YES, Finding(Ability.SYSTEM, Grade.YES), Finding(Ability.CONTEXT, Grade.YES, 32_000)]
    conclude(ports, ada, endpoint_id, answered(*findings))
    standing = query.standings(ports.store, endpoint_id)["generate_commit_message"]
    assert (standing.readiness, bool(standing.measured_at)) == ("works", True)


def test_what_the_server_states_of_its_context_is_kept(ports: Ports, ada: Actor, endpoint_id: str) -> None:
    conclude(ports, ada, endpoint_id, answered(YES, context=131_072))
    record = query.endpoint(ports.store, endpoint_id)
    assert record is not None
    assert record.stated_context == 131_072


def changes(ports: Ports) -> list[tuple[str, str]]:
    with ports.store.read() as session:
        return [(row.before, row.after) for row in session.scalars(select(HealthChange).order_by(HealthChange.id))]


def test_a_verdict_that_changes_is_noted_and_one_that_stays_is_not(ports: Ports, ada: Actor, endpoint_id: str) -> None:
    for results in (answered(YES), answered(YES), failed(), failed(), answered(YES)):
        conclude(ports, ada, endpoint_id, results)
    assert changes(ports) == [("passed", "failed"), ("failed", "passed")]


def test_a_busy_server_changes_nothing_about_what_is_known_of_it(ports: Ports, ada: Actor, endpoint_id: str) -> None:
    busy = (StepResult(StepName.AUTH, Outcome.UNKNOWN, code="busy", message="Busy."),)
    for results in (answered(YES), busy, answered(YES)):
        conclude(ports, ada, endpoint_id, results)
    assert changes(ports) == []
