"""What keeps a process in step with the others."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select

from app.jobs.keeper import Keeper
from app.models.traffic import Breaker
from app.services import alerts, switchboard
from app.services.retention import Kept
from app.services.switchboard import Switchboard
from tests.fakes.lab import Lab
from tests.fixtures.stock import add_endpoint

pytestmark = pytest.mark.every_database
SOON = 20.0


@pytest.fixture
def board(lab: Lab) -> Switchboard:
    return switchboard.of(lab.ports)


@pytest.fixture
def keeper(board: Switchboard) -> Iterator[Keeper]:
    # Those of other tests in this process, which wait for something that never comes.
    others = set(threading.enumerate())
    keeper = Keeper(board, Kept(usage=400, probes=180), beat=0.02)
    yield keeper
    keeper.close()
    # Slow chores are not waited for by the portal; here their connections would outlive the database.
    for thread in threading.enumerate():
        if thread.name.startswith("keeper") and thread not in others:
            thread.join(SOON)


def until(holds: Callable[[], bool]) -> bool:
    """Whether it comes to hold soon."""
    ends = time.monotonic() + SOON
    while not holds() and time.monotonic() < ends:
        time.sleep(0.01)
    return holds()


def fail(board: Switchboard, endpoint: str) -> None:
    for _ in range(5):
        board.board.note(endpoint, ok=False, reason="broken")


def test_what_one_process_learns_the_others_know_soon(lab: Lab, board: Switchboard, keeper: Keeper) -> None:
    endpoint = add_endpoint(lab.ports, lab.person)
    other = switchboard.of(lab.ports)
    of_other = Keeper(other, Kept(usage=400, probes=180), beat=0.02)
    for each in (keeper, of_other):
        each.start()
    fail(board, endpoint)
    assert until(lambda: not other.board.may_call(endpoint))
    of_other.close()


def test_its_end_writes_what_was_counted(lab: Lab, board: Switchboard, keeper: Keeper) -> None:
    endpoint = add_endpoint(lab.ports, lab.person)
    fail(board, endpoint)
    keeper.close()
    with lab.ports.store.read() as session:
        assert session.scalar(select(Breaker.state)) == "open"


def test_what_one_chore_cannot_do_keeps_none_of_the_others_from_theirs(
    lab: Lab, board: Switchboard, keeper: Keeper, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    endpoint = add_endpoint(lab.ports, lab.person)
    fail(board, endpoint)
    monkeypatch.setattr("app.queries.routes.number", None)
    keeper.turn()
    assert "could not see to routes" in caplog.text
    with lab.ports.store.read() as session:
        assert session.scalar(select(Breaker.state)) == "open"


def test_a_receiver_that_is_slow_delays_no_other_chore(
    lab: Lab, board: Switchboard, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    began, ends = threading.Event(), threading.Event()

    def slowly(_ports: object) -> None:
        began.set()
        ends.wait(SOON * 2)

    monkeypatch.setattr(alerts, "send_due", slowly)
    keeper.start()
    assert began.wait(SOON)
    endpoint = add_endpoint(lab.ports, lab.person)
    fail(board, endpoint)
    with lab.ports.store.read() as session:
        assert session.scalar(select(Breaker.state)) is None

    def is_written() -> bool:
        with lab.ports.store.read() as session:
            return session.scalar(select(Breaker.state)) == "open"

    assert until(is_written)
    ends.set()
