"""A stop in production: `/readyz` fails first, a stream ends whole, and only then the process leaves."""

import threading
import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from app.config import Settings
from app.domain.roles import Actor
from app.services.ports import Ports
from tests.fakes.upstream import ENDING, EVENTS, HEAD, Exchange, Upstream
from tests.fixtures.stock import assign
from tests.gateway.conftest import CallerOf, endpoint_at
from tests.gateway.processes import Served, served

BODY = {"model": "duo_chat", "messages": [{"role": "user", "content": "Hi"}], "stream": True}
NOTICE = 1.0


def lasting(exchange: Exchange) -> None:
    """A stream of three seconds."""
    exchange.say(HEAD)
    for _ in range(10):
        exchange.part(EVENTS[0])
        time.sleep(0.3)
    for each in ENDING:
        exchange.part(each)
    exchange.say(b"0\r\n\r\n")


@pytest.fixture
def portal(caller_of: CallerOf, settings: Settings, ports: Ports, ada: Actor) -> Iterator[Served]:
    with Upstream(lasting) as server:
        assign(ports, ada, "duo_chat", endpoint_at(ports, ada, server.url))
        noticing = settings.model_copy(update={"stop_notice_seconds": int(NOTICE)})
        with served(noticing, caller_of("editor").token, server.url, workers=1) as portal:
            yield portal


class Stream:
    """An answer that is read in the background; `text` is what has come so far."""

    def __init__(self, portal: Served) -> None:
        self.text = ""
        self.ended_at = 0.0
        self.begun = threading.Event()
        self._thread = threading.Thread(target=self._read, args=(portal,))
        self._thread.start()
        assert self.begun.wait(10)

    def _read(self, portal: Served) -> None:
        with portal.client() as client, client.stream("POST", "/chat/completions", json=BODY) as answer:
            for each in answer.iter_text():
                self.text += each
                self.begun.set()
        self.ended_at = time.monotonic()

    def end(self) -> str:
        self._thread.join(20)
        return self.text


def until(happens: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not happens():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


def test_a_stop_is_announced_first_and_lets_a_stream_end(portal: Served) -> None:
    stream = Stream(portal)
    portal.process.process.terminate()
    until(lambda: httpx.get(f"{portal.url}/readyz").status_code == 503)
    told = httpx.get(f"{portal.url}/readyz")
    assert (told.json(), told.headers["Connection"]) == ({"status": "unready", "problems": ["stopping"]}, "close")
    # Who did not notice yet is still served.
    assert httpx.get(f"{portal.url}/auth/login").status_code != 503
    until(lambda: httpx.get(f"{portal.url}/auth/login").status_code == 503)
    with portal.client() as client:
        refused = client.post("/chat/completions", json=BODY)
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
    assert refused.json()["error"]["code"] == "unavailable"
    problem = httpx.get(f"{portal.url}/api/v1/endpoints")
    assert (problem.status_code, problem.headers["Content-Type"]) == (503, "application/problem+json")
    assert httpx.get(f"{portal.url}/livez").status_code == 200
    assert stream.end().endswith("data: [DONE]\n\n")
    assert portal.process.process.wait(10) == 0
    assert time.monotonic() - stream.ended_at < 8
    assert "Traceback" not in portal.process.log.read_text()


def test_workers_that_are_replaced_fail_nobody(portal: Served) -> None:
    stream = Stream(portal)
    before = set(portal.workers)
    portal.process.process.send_signal(1)
    states = set()

    def replaced() -> bool:
        states.add(httpx.get(f"{portal.url}/readyz", timeout=30).status_code)
        return before.isdisjoint(portal.workers)

    end = time.monotonic() + 30
    while not replaced():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)
    assert states == {200}
    assert stream.end().endswith("data: [DONE]\n\n")
