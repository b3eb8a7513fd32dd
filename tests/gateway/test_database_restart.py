"""PostgreSQL is restarted under a portal that serves: told as what it is meanwhile, and nothing is lost for good."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest

from app.config import Settings
from app.domain.roles import Actor
from app.services.ports import Ports
from tests.fakes.upstream import Exchange, Upstream, talks
from tests.fixtures.databases import Database, PostgresServer
from tests.fixtures.stock import assign
from tests.gateway.conftest import CallerOf, endpoint_at
from tests.gateway.processes import Served, served

BODY = {"model": "duo_chat", "messages": [{"role": "user", "content": "Hi"}]}


@pytest.fixture
def database_kind() -> str:
    return "postgresql"


def slowly(exchange: Exchange) -> None:
    time.sleep(0.7)
    talks(exchange)


@contextmanager
def away(server: PostgresServer) -> Iterator[None]:
    server.stop()
    try:
        yield
    finally:
        server.start()


def until(happens: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not happens():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.1)


def test_a_restart_of_the_database_is_survived(
    caller_of: CallerOf,
    settings: Settings,
    ports: Ports,
    ada: Actor,
    database: Database,
    postgres_server: PostgresServer,
) -> None:
    assert database.kind == "postgresql"
    with Upstream(slowly) as upstream:
        endpoint = endpoint_at(ports, ada, upstream.url)
        assign(ports, ada, "duo_chat", endpoint)
        with served(settings, caller_of("editor").token, upstream.url, workers=1) as portal:
            _survive(portal, endpoint, postgres_server)


def _survive(portal: Served, endpoint: str, server: PostgresServer) -> None:
    with httpx.Client(base_url=portal.url, headers={"Authorization": f"Bearer {portal.token}"}, timeout=30) as client:
        probes = f"/api/v1/endpoints/{endpoint}/probes"
        running = client.post(probes, json={}).json()["id"]
        assert client.post("/v1/chat/completions", json=BODY).status_code == 200
        with away(server):
            _told_as_what_it_is(client)
        until(lambda: client.get("/readyz").status_code == 200)
        assert client.get("/api/v1/endpoints").status_code == 200
        assert client.post("/v1/chat/completions", json=BODY).status_code == 200
        # The test that was under way went on, and its result was written once that was possible.
        until(lambda: client.get(f"{probes}/{running}").json()["verdict"] != "running")
        assert client.post(probes, json={}).status_code == 202


def _told_as_what_it_is(client: httpx.Client) -> None:
    ready = client.get("/readyz")
    assert (ready.status_code, ready.json()) == (503, {"status": "unready", "problems": ["database"]})
    assert client.get("/livez").status_code == 200
    for address in ("/api/v1/endpoints", "/metrics", "/auth/login?go=1", "/"):
        answer = client.get(address, headers={"Cookie": "modelport=a-session-of-somebody"})
        assert answer.status_code in (302, 503), f"{address}: {answer.status_code}"
    told = client.get("/api/v1/endpoints")
    assert (told.status_code, told.json()["code"]) == (503, "database_unavailable")
    assert told.json()["detail"].startswith("The database does not answer")
    assert int(told.headers["Retry-After"]) > 0
    # Feature calls need the database for nothing but counting.
    assert client.post("/v1/chat/completions", json=BODY).status_code == 200
