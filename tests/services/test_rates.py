"""Limits by the minute: one number for all workers, handed out in portions, that opens for nobody."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import psycopg
import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from app.domain.errors import Busy, Unavailable
from app.domain.rates import Rate
from app.lib.portions import Portions
from app.models.traffic import RateUse
from app.services import rates
from app.services.ports import Ports
from tests.fakes.still_clock import StillClock
from tests.fixtures.statements import statements

RATE = Rate("test", 40, "{most} are the most. Wait {wait} s.")


CLOCK = StillClock()


def workers(ports: Ports, count: int) -> list[Ports]:
    """Processes that share the database and nothing else."""
    return [replace(ports, portions=Portions(), clock=CLOCK) for _ in range(count)]


def let_through(ports: Ports, subject: str, tries: int) -> int:
    passed = 0
    for _ in range(tries):
        try:
            rates.admit(ports, RATE, subject)
            passed += 1
        except Busy:
            pass
    return passed


def test_workers_let_no_more_through_together_than_the_limit(ports: Ports) -> None:
    with ThreadPoolExecutor(4) as pool:
        passed = sum(pool.map(lambda each: let_through(each, "ada", 30), workers(ports, 4)))
    # Each of the others may hold the rest of a portion of two.
    assert 40 - 3 <= passed <= 40


def test_whoever_is_past_the_limit_is_told_when_to_come_back_and_costs_nothing(ports: Ports) -> None:
    [worker] = workers(ports, 1)
    assert let_through(worker, "ada", 41) == 40
    with statements(ports.store) as sent, pytest.raises(Busy) as refused:
        rates.admit(worker, RATE, "ada")
    assert sent == []
    assert refused.value.message == f"40 are the most. Wait {refused.value.retry_after} s."
    assert let_through(worker, "ed", 1) == 1
    CLOCK.move(refused.value.retry_after)
    assert let_through(worker, "ada", 1) == 1


def test_minutes_that_are_over_are_cleared_away(ports: Ports) -> None:
    [worker] = workers(ports, 1)
    let_through(worker, "ada", 1)
    CLOCK.move(3600)
    let_through(worker, "ada", 1)
    with ports.store.read() as session:
        assert session.scalar(select(func.count()).select_from(RateUse)) == 1


def test_without_the_database_nobody_is_let_through(ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> None:
        raise OperationalError("", {}, psycopg.OperationalError("the connection is lost"))

    [worker] = workers(ports, 1)
    monkeypatch.setattr(rates, "_raised", gone)
    with pytest.raises(Unavailable):
        rates.admit(worker, RATE, "ada")
