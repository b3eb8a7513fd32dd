"""Whoever stops a test, and wherever it is, it ends at once and the server sees its socket closed."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from app.jobs.runner import Rhythm
from app.services import probes
from tests.fakes.fault_server import FaultServer
from tests.fakes.faults import Fault, Place
from tests.fakes.lab import SOON, Lab, hold_on

every_database = pytest.mark.every_database


@pytest.mark.parametrize(
    ("fault", "place", "exchange"),
    [
        (Fault.HANG, Place.MODELS, 1),
        (Fault.HANG_MID_BODY, Place.MODELS, 1),
        (Fault.DRIP, Place.MODELS, 1),
        (Fault.HANG, Place.CHAT, 2),
        (Fault.HANG, Place.STREAM, 4),
        (Fault.HANG_MID_STREAM, Place.STREAM, 4),
        (Fault.ENDLESS_STREAM, Place.STREAM, 4),
    ],
)
def test_stop_closes_the_socket_that_the_server_holds(lab: Lab, fault: Fault, place: Place, exchange: int) -> None:
    with FaultServer(fault, at=place) as server:
        probe_id = lab.try_out(server.url)
        hold_on(server, exchange)
        lab.runner.stop(probe_id)
        assert server.connections[-1].wait_until_closed(SOON)
        found = lab.ended(probe_id, SOON)
    assert (found.verdict, found.steps[-1].code) == ("unknown", "stopped")


@every_database
def test_another_process_stops_it_through_the_row(lab: Lab) -> None:
    with FaultServer(Fault.HANG) as server:
        [probe_id] = lab.test(lab.save(server.url))
        hold_on(server)
        probes.ask_stop(lab.ports, lab.person, probe_id)
        assert server.connections[-1].wait_until_closed(SOON)
        assert lab.ended(probe_id, SOON).steps[-1].code == "stopped"


def test_a_test_that_waits_for_its_turn_stops_at_once(lab: Lab) -> None:
    with FaultServer(Fault.HANG) as server:
        probe_ids = lab.test(*(lab.save(server.url) for _ in range(5)))
        hold_on(server, 4)
        [last] = [each for each in probe_ids if not lab.record(each).steps]
        probes.ask_stop(lab.ports, lab.person, last)
        found = lab.ended(last, SOON)
        assert [(each.name, each.code) for each in found.steps] == [("address", "stopped")]


def test_stopping_too_late_changes_nothing(lab: Lab) -> None:
    with FaultServer() as server:
        probe_id = lab.try_out(server.url)
        lab.ended(probe_id)
        lab.runner.stop(probe_id)
        lab.runner.stop("no such test")
    assert lab.record(probe_id).verdict == "passed"


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], str]]:
    """The base URL of something that keeps a test waiting in this step."""
    release = threading.Event()
    with ExitStack() as open_sockets:

        def make(step: str) -> str:
            if step == "dns":
                monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: release.wait(10) and [])
                return "http://slow.example/v1"
            listening = open_sockets.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
            port = listening.getsockname()[1]
            if step == "connect":
                for _ in range(3):  # its queue is full then, and the next connection is left without an answer
                    sock = open_sockets.enter_context(socket.socket())
                    sock.setblocking(False)
                    sock.connect_ex(("127.0.0.1", port))
            return f"{'https' if step == 'tls' else 'http'}://127.0.0.1:{port}/v1"

        yield make
        release.set()


@pytest.mark.parametrize("step", ["dns", "connect", "tls"])
def test_stop_works_before_anything_is_sent(lab: Lab, silent: Callable[[str], str], step: str) -> None:
    probe_id = lab.try_out(silent(step))
    time.sleep(0.3)
    assert lab.record(probe_id).running
    lab.runner.stop(probe_id)
    found = lab.ended(probe_id, SOON)
    assert (found.steps[-1].name, found.steps[-1].code) == (step, "stopped")


def test_an_unsaved_test_ends_when_nobody_asks_for_it(lab: Lab) -> None:
    with FaultServer(Fault.HANG) as server:
        probe_id = lab.try_out(server.url)
        hold_on(server)
        lab.clock.shows(seconds=9)
        probes.seen(lab.ports, probe_id, lab.record(probe_id).seen_at)
        lab.clock.shows(seconds=18)
        time.sleep(0.4)
        assert lab.record(probe_id).running
        lab.clock.shows(seconds=20)
        assert server.connections[-1].wait_until_closed(SOON)
        assert lab.ended(probe_id).steps[-1].code == "stopped"


def test_a_saved_test_runs_on_without_anybody_looking(lab: Lab) -> None:
    lab.tuned(Rhythm(renew=0.05))
    with FaultServer(latency=0.15) as server:
        [probe_id] = lab.test(lab.save(server.url))
        lab.clock.shows(minutes=5)
        assert lab.ended(probe_id).verdict == "passed"


def test_closing_ends_what_runs_and_what_waits_as_interrupted(lab: Lab) -> None:
    with FaultServer(Fault.HANG) as server:
        probe_ids = lab.test(*(lab.save(server.url) for _ in range(6)))
        hold_on(server, 4)
        before = time.monotonic()
        lab.runner.close()
        assert time.monotonic() - before < SOON
        assert all(each.wait_until_closed(SOON) for each in server.connections)
    assert {lab.record(each).steps[-1].code for each in probe_ids} == {"interrupted"}


def test_nothing_starts_any_more_once_it_is_closed(lab: Lab) -> None:
    lab.runner.close()
    with FaultServer() as server:
        lab.try_out(server.url)
        time.sleep(0.2)
        assert server.requests == []
