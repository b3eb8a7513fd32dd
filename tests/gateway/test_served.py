"""Feature calls to a portal that is served in two workers, as in production."""

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import product

import httpx
import pytest
from sqlalchemy import select

from app.config import Settings
from app.domain.roles import Actor
from app.models.token import Token
from app.models.usage import UsageTotal
from app.services import api_tokens
from app.services.ports import Ports
from tests.fakes.upstream import ENDING, EVENTS, HEAD, Exchange, Upstream, talks
from tests.fixtures.stock import assign
from tests.fixtures.together import together
from tests.gateway.conftest import CallerOf, endpoint_at
from tests.gateway.processes import Served, served

Manner = Callable[[Exchange, list[float | None]], None]
BODY = {"model": "duo_chat", "messages": [{"role": "user", "content": "Hi"}]}


@pytest.fixture
def upstream(ports: Ports, ada: Actor) -> Iterator[Upstream]:
    """A model server that General Chat is given."""
    with Upstream() as server:
        assign(ports, ada, "duo_chat", endpoint_at(ports, ada, server.url))
        yield server


@pytest.fixture
def other() -> Iterator[Upstream]:
    """A model server that no feature is given."""
    with Upstream() as server:
        yield server


@pytest.fixture
def portal(caller_of: CallerOf, settings: Settings, upstream: Upstream, other: Upstream) -> Iterator[Served]:
    """Served in two workers, to somebody who may call everything."""
    with served(settings, caller_of("editor").token, upstream.url, other.url) as portal:
        yield portal


def everywhere(portal: Served) -> list[httpx.Response]:
    """The answers to so many calls at once, over connections of their own, that each worker surely has some."""
    with ExitStack() as stack:
        clients = [stack.enter_context(portal.client()) for _ in range(12)]
        with ThreadPoolExecutor(len(clients)) as pool:
            return list(pool.map(lambda client: client.post("/chat/completions", json=BODY), clients))


def status(portal: Served) -> int:
    """How a call over a new connection ends."""
    with portal.client() as client:
        return client.post("/chat/completions", json=BODY).status_code


@pytest.mark.every_database
def test_a_change_and_a_revoked_token_are_in_effect_everywhere_within_a_second(
    portal: Served, other: Upstream, ports: Ports, ada: Actor
) -> None:
    assert {each.headers["X-Modelport-Endpoint"] for each in everywhere(portal)} == {"here"}
    assign(ports, ada, "duo_chat", endpoint_at(ports, ada, other.url, "Elsewhere"), version=1)
    time.sleep(1)
    assert {each.headers["X-Modelport-Endpoint"] for each in everywhere(portal)} == {"elsewhere"}
    with ports.store.read() as session:
        (token_id,) = session.scalars(select(Token.id))
    api_tokens.revoke(ports, ada, token_id)
    time.sleep(1)
    assert {each.status_code for each in everywhere(portal)} == {401}


def endless(exchange: Exchange, gone: list[float | None]) -> None:
    exchange.say(HEAD)
    exchange.part(EVENTS[0])
    gone.append(exchange.gone_after(10))


def silent(exchange: Exchange, gone: list[float | None]) -> None:
    gone.append(exchange.gone_after(10))


@together(("manner", "stream"), product((endless, silent), (True, False)))
def test_who_leaves_closes_the_upstream_within_two_seconds(
    portal: Served, upstream: Upstream, manner: Manner, stream: bool
) -> None:
    gone: list[float | None] = []
    upstream.bodies.clear()
    upstream.script = lambda exchange: manner(exchange, gone)
    with socket.create_connection(("127.0.0.1", int(portal.url.rpartition(":")[2]))) as sock:
        sock.sendall(request(portal, {**BODY, "stream": stream}))
        until(lambda: upstream.bodies)
        time.sleep(0.3)
    until(lambda: gone)
    assert gone[0] is not None
    assert gone[0] < 2.5


def request(portal: Served, body: object) -> bytes:
    data = json.dumps(body).encode()
    head = (
        f"POST /v1/chat/completions HTTP/1.1\r\nHost: {portal.url.removeprefix('http://')}\r\n"
        f"Authorization: Bearer {portal.token}\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
    )
    return head.encode() + data


def until(happens: Callable[[], object], most: float = 12.0) -> None:
    end = time.monotonic() + most
    while not happens():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def test_who_reads_slowly_holds_nobody_up(portal: Served, upstream: Upstream) -> None:
    def long(exchange: Exchange) -> None:
        exchange.stream([EVENTS[0] * 200] * 200)

    upstream.script = long
    with ExitStack() as stack:
        slow = []
        for _ in range(40):
            sock = stack.enter_context(socket.create_connection(("127.0.0.1", int(portal.url.rpartition(":")[2]))))
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            sock.sendall(request(portal, {**BODY, "stream": True}))
            slow.append(sock)
        time.sleep(0.5)
        for sock in slow:
            assert sock.recv(1)
        upstream.script = talks
        started = time.monotonic()
        assert status(portal) == 200
        assert time.monotonic() - started < 1


@pytest.mark.every_database
def test_what_was_counted_survives_a_stop(portal: Served, ports: Ports) -> None:
    with portal.client() as client:
        for _ in range(7):
            client.post("/chat/completions", json=BODY)
    portal.stop()
    assert counted(ports) == 7


@pytest.mark.every_database
def test_a_kill_loses_the_last_second_at_most(portal: Served, ports: Ports) -> None:
    with portal.client() as client:
        for _ in range(5):
            client.post("/chat/completions", json=BODY)
        until(lambda: counted(ports) == 5, most=3)
        client.post("/chat/completions", json=BODY)
        portal.kill()
    assert counted(ports) in (5, 6)


def counted(ports: Ports) -> int:
    with ports.store.read() as session:
        return sum(row.requests for row in session.query(UsageTotal))


def test_streams_run_beside_each_other(portal: Served, upstream: Upstream) -> None:
    def slow(exchange: Exchange) -> None:
        exchange.say(HEAD)
        for _ in range(10):
            exchange.part(EVENTS[0])
            time.sleep(0.1)
        for each in ENDING:
            exchange.part(each)
        exchange.say(b"0\r\n\r\n")

    upstream.script = slow
    ended: list[str] = []

    def read() -> None:
        with portal.client() as client:
            ended.append(client.post("/chat/completions", json={**BODY, "stream": True}).text)

    threads = [threading.Thread(target=read) for _ in range(30)]
    started = time.monotonic()
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert [each.endswith("data: [DONE]\n\n") for each in ended] == [True] * 30
    assert time.monotonic() - started < 6
