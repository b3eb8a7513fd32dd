"""The portal behind a real nginx with the sample from deploy/: pages, streams, headers that lie, slow clients."""

import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from app.config import Settings
from app.domain.roles import Actor
from app.services.ports import Ports
from tests.fakes.certificates import make_certificate
from tests.fakes.upstream import ENDING, EVENTS, HEAD, Exchange, Upstream
from tests.fixtures.servers import free_port
from tests.fixtures.stock import assign
from tests.gateway.conftest import endpoint_at
from tests.gateway.processes import served
from tests.peers import nginx
from tests.peers.conftest import TokenOf

BODY = {"model": "duo_chat", "messages": [{"role": "user", "content": "Hi"}], "stream": True}


@dataclass(frozen=True, slots=True)
class Front:
    """nginx's address with what its clients need; `behind` is the portal's own."""

    url: str
    behind: str
    tls: ssl.SSLContext
    token: str
    log: Path

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, verify=self.tls, timeout=20)

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


def paced(exchange: Exchange) -> None:
    """Two events a second apart."""
    exchange.say(HEAD)
    exchange.part(EVENTS[0])
    time.sleep(1)
    for each in (EVENTS[1], *ENDING):
        exchange.part(each)
    exchange.say(b"0\r\n\r\n")


@pytest.fixture
def front(settings: Settings, ports: Ports, ada: Actor, token_of: TokenOf, tmp_path: Path) -> Iterator[Front]:
    certificate = make_certificate(tmp_path / "tls")
    port, token = free_port(), token_of("editor")
    own = {"PUBLIC_URL": f"https://localhost:{port}", "PROXY_HOPS": "1"}
    (tmp_path / "nginx").mkdir()
    with ExitStack() as stack:
        server = stack.enter_context(Upstream(paced))
        assign(ports, ada, "duo_chat", endpoint_at(ports, ada, server.url))
        portal = stack.enter_context(served(settings, token, server.url, workers=1, **own))
        behind = int(portal.url.rpartition(":")[2])
        url = stack.enter_context(nginx.before(behind, port, certificate, tmp_path / "nginx"))
        yield Front(url, portal.url, ssl.create_default_context(cafile=str(certificate.ca)), token, portal.process.log)


def test_what_a_portal_behind_nginx_has_to_be(front: Front, soak: Callable[[int], int]) -> None:
    """One start of both serves all that is looked at here."""
    with front.client() as client:
        _pages(client, front)
        _streams(client, front)
        _lies(client)
    _slow_clients(front, soak(300))


def _pages(client: httpx.Client, front: Front) -> None:
    page = client.get("/auth/login")
    assert page.headers["Strict-Transport-Security"]
    assert page.headers["Server"] in ("nginx", "gunicorn")
    assert client.get("/static/app.css").status_code == 200
    # Who reaches the portal under another name is led to the one address.
    assert httpx.get(f"{front.behind}/", follow_redirects=False).headers["Location"] == f"{front.url}/"
    assert httpx.post(f"{front.behind}/endpoints").status_code == 421


def _streams(client: httpx.Client, front: Front) -> None:
    came = []
    with client.stream("POST", "/v1/chat/completions", json=BODY, headers=front.bearer) as answer:
        for _ in answer.iter_raw():
            came.append(time.monotonic())
    assert answer.status_code == 200
    assert came[-1] - came[0] > 0.7


def _lies(client: httpx.Client) -> None:
    """Each of these names another address, but all of them count for the one that nginx sees: 60 in a minute."""
    statuses = []
    # Twice as many and a few: wherever the turn of a minute lies, one of both sees too many.
    for last in range(125):
        lie = {"X-Forwarded-For": f"203.0.113.{last}", "Forwarded": f"for=203.0.113.{last}", "X-Real-IP": "203.0.113.1"}
        statuses.append(client.get("/api/v1/endpoints", headers=lie).status_code)
    assert set(statuses) == {401, 429}
    forged = {"X-Forwarded-Proto": "http", "X-Forwarded-Host": "evil.example"}
    answer = client.get("/", headers=forged, follow_redirects=False)
    assert answer.headers["Location"].startswith("/auth/login")


def _slow_clients(front: Front, count: int) -> None:
    """Legitimate requests are answered beside connections that never end their headers."""
    port = int(front.url.rpartition(":")[2])
    with ExitStack() as stack, front.client() as client:
        for _ in range(count):
            plain = socket.create_connection(("127.0.0.1", port), 5)
            sock = stack.enter_context(front.tls.wrap_socket(plain, server_hostname="localhost"))
            sock.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        started = time.monotonic()
        answers = [client.get("/static/app.css").status_code for _ in range(20)]
        assert answers == [200] * 20
        assert time.monotonic() - started < 10
        # nginx gives up on them by itself.
        sock.settimeout(15)
        assert sock.recv(1) in (b"", b"H")
