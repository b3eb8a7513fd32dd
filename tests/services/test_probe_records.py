"""What a test's end says of its endpoint over time, and what is cleared away."""

import pytest
from sqlalchemy import select

from app.domain.roles import SYSTEM, Actor
from app.domain.steps import Outcome, StepName, StepResult
from app.models.endpoint import HealthChange
from app.models.traffic import Breaker
from app.services import probe_records, probes
from app.services.ports import Ports
from app.services.probe_records import Batch, Finished
from tests.fixtures.stock import add_endpoint, audit_rows, note_change, rest


def changes(ports: Ports) -> list[tuple[str, str, str]]:
    with ports.store.read() as session:
        rows = session.scalars(select(HealthChange).order_by(HealthChange.id))
        return [(row.before, row.after, row.summary) for row in rows]


@pytest.fixture
def endpoint_id(ports: Ports, ada: Actor) -> str:
    return add_endpoint(ports, ada)


def ends(ports: Ports, endpoint_id: str, outcome: Outcome) -> None:
    """A test of which one step is all there is."""
    (started,) = probes.start_saved(ports, SYSTEM, [endpoint_id])
    result = StepResult(StepName.CHAT, outcome, message=f"It {outcome}.")
    steps = [(started.probe_id, result), Finished(started.probe_id, (result,))]
    probe_records.record(ports, Batch.of(steps))


def test_a_first_verdict_is_no_change_and_neither_is_the_same_again(ports: Ports, endpoint_id: str) -> None:
    for outcome in (Outcome.PASSED, Outcome.PASSED):
        ends(ports, endpoint_id, outcome)
    assert changes(ports) == []


def test_a_busy_server_in_between_changes_nothing(ports: Ports, endpoint_id: str) -> None:
    for outcome in (Outcome.PASSED, Outcome.UNKNOWN, Outcome.PASSED, Outcome.UNKNOWN, Outcome.FAILED):
        ends(ports, endpoint_id, outcome)
    assert changes(ports) == [("passed", "failed", "It failed.")]


def test_there_and_back_are_two_changes(ports: Ports, endpoint_id: str) -> None:
    for outcome in (Outcome.FAILED, Outcome.PASSED, Outcome.FAILED):
        ends(ports, endpoint_id, outcome)
    assert [(before, after) for before, after, _ in changes(ports)] == [("failed", "passed"), ("passed", "failed")]


def test_changes_go_after_ninety_days(ports: Ports, endpoint_id: str) -> None:
    for days in (91, 89):
        note_change(ports, endpoint_id, "passed", "failed", days, f"{days} days ago")
    probe_records.reap(ports)
    assert [summary for *_, summary in changes(ports)] == ["89 days ago"]


@pytest.mark.parametrize(
    ("outcome", "state"),
    [(Outcome.PASSED, "closed"), (Outcome.WARNED, "closed"), (Outcome.FAILED, "open"), (Outcome.UNKNOWN, "open")],
)
def test_a_test_that_is_answered_ends_the_endpoints_rest(
    ports: Ports, endpoint_id: str, outcome: Outcome, state: str
) -> None:
    rest(ports, endpoint_id)
    ends(ports, endpoint_id, outcome)
    with ports.store.read() as session:
        assert session.scalar(select(Breaker.state)) == state
    assert [row.changes.get("reason") for row in audit_rows(ports.store, "endpoint:resume")] == (
        [[None, "tested"]] if state == "closed" else []
    )
