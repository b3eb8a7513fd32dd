"""gunicorn as the portal sets it: fair between connections, deaf to proxies' headers, silent on its version."""

import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.cli.child import Child, run
from app.cli.console import ROOT
from app.cli.serving import FIELD_BYTES, FIELDS, LINE_BYTES
from tests.fixtures.servers import free_port

SERVE = """
import sys, time
from app.cli.child import end_with_parent
from app.cli.serving import Server, when_ready
from app.config import load_settings

def app(environ, start_response):
    until = time.perf_counter() + (0.01 if environ["PATH_INFO"] == "/busy" else 0)
    while time.perf_counter() < until:
        pass
    body = environ["wsgi.url_scheme"].encode()
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]

end_with_parent()
settings = load_settings(bind="127.0.0.1:" + sys.argv[1], stop_notice_seconds=0)
options = {"workers": 1, "accesslog": "-"} | when_ready(lambda: print("ready", flush=True))
Server(settings, options, lambda: app).run()
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Child]]:
    port = free_port()
    log = tmp_path_factory.mktemp("serving") / "server.log"
    child = run([sys.executable, "-c", SERVE, str(port)], log, {"PYTHONPATH": str(ROOT)})
    child.ready_line(30)
    yield port, child
    child.process.terminate()
    child.process.wait(15)
    child.stop()


def ask(port: int, path: str, *headers: str, count: int = 1) -> socket.socket:
    """A connection on which `count` requests were sent at once."""
    sock = socket.create_connection(("127.0.0.1", port), timeout=20)
    lines = "".join(f"{each}\r\n" for each in headers)
    sock.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n".encode() * count)
    return sock


def answer(port: int, path: str, *headers: str) -> str:
    with ask(port, path, *headers, "Connection: close") as sock:
        return b"".join(iter(lambda: sock.recv(4096), b"")).decode()


def test_the_server_header_tells_no_version(server: tuple[int, Child]):
    (line,) = (each for each in answer(server[0], "/").splitlines() if each.startswith("Server:"))
    assert line == "Server: gunicorn"


def test_headers_of_a_proxy_are_not_believed(server: tuple[int, Child]):
    assert answer(server[0], "/", "X-Forwarded-Proto: https", "X-Forwarded-Ssl: on").endswith("\r\n\r\nhttp")


def test_a_busy_connection_lets_others_on(server: tuple[int, Child]):
    with ask(server[0], "/busy", count=200) as busy:
        busy.recv(1)
        start = time.monotonic()
        answer(server[0], "/")
        assert time.monotonic() - start < 0.5


def test_the_access_log_leaves_the_query_out(server: tuple[int, Child]):
    answer(server[0], "/auth/callback?code=very-secret")
    written = Path(server[1].log).read_text()
    assert "gunicorn.access" in written
    assert "GET /auth/callback 200" in written
    assert "very-secret" not in written


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        (f"/{'a' * LINE_BYTES}", []),
        ("/", [f"X-Long: {'a' * FIELD_BYTES}"]),
        # Beside Host and Connection.
        ("/", [f"X-Many-{number}: 1" for number in range(FIELDS - 1)]),
    ],
    ids=["line", "field", "fields"],
)
def test_headers_past_the_limits_are_refused(server: tuple[int, Child], path: str, headers: list[str]):
    status = answer(server[0], path, *headers).split(" ")[1]
    assert status in ("400", "414", "431")
    assert answer(server[0], path[:1000], *headers[:-1]).split(" ")[1] == "200"
