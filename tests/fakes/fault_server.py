"""A scripted model server on loopback that speaks OpenAI's wire format and misbehaves on demand.

with FaultServer(Fault.HANG, at=Place.CHAT) as server:
    ...
    assert server.connections[-1].wait_until_closed(2)
"""

import re
import socket
import ssl
import threading
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from types import TracebackType
from typing import Any, Self

from tests.fakes import behaviour, refusals
from tests.fakes.certificates import Certificate
from tests.fakes.exchange import ClientGoneError, Connection, Exchange, Manner, Request, parse
from tests.fakes.faults import CONTENT, Fault, Place
from tests.fakes.refusals import Style

OPERATIONS = "models|chat/completions|completions|embeddings"
PLAIN_PATH = re.compile(rf"/v1/({OPERATIONS})")
AZURE_V1 = re.compile(rf"/openai/v1/({OPERATIONS})")
AZURE_DATED = re.compile(rf"/openai/(?:deployments/([^/]+)/({OPERATIONS})|(models))")


class FaultServer:
    """Starts at once on a free port; `behave` switches the fault while it runs.

    With `style=Style.AZURE` the addresses are Azure's: the dated ones, which want api-version, and /openai/v1.
    `latency` seconds pass before each answer. A key is taken from any header, or from `key_header` alone.
    """

    def __init__(
        self,
        fault: Fault = Fault.NONE,
        at: Place = Place.ANYWHERE,
        *,
        models: tuple[str, ...] = ("alpha", "beta"),
        api_key: str | None = None,
        style: Style = Style.VLLM,
        certificate: Certificate | None = None,
        latency: float = 0.0,
        redirect_to: str = "",
        key_header: str = "",
        software: str = "fake",
    ) -> None:
        self.api_key, self.latency, self.certificate, self.key_header = api_key, latency, certificate, key_header
        self.requests: list[Request] = []
        self.connections: list[Connection] = []
        self._faults: dict[Place, Fault | refusals.Refusal] = {at: fault}
        self._news = threading.Condition()
        self._stopping = threading.Event()
        self._tls = certificate.server_context() if certificate else None
        self._server = _Server(("127.0.0.1", 0), self)
        self.port: int = self._server.server_address[1]
        self.manner = Manner(models, style, redirect_to or f"{self.origin}/elsewhere/v1/models", software)
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def origin(self) -> str:
        """Scheme, host and port. A certificate for localhost is reached by that name."""
        return f"https://localhost:{self.port}" if self._tls else f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """The base URL that a person would type."""
        return self.origin if self.manner.style is Style.AZURE else f"{self.origin}/v1"

    def behave(self, fault: Fault | refusals.Refusal, at: Place = Place.ANYWHERE) -> None:
        """From now on show this fault, or give this answer, and no other."""
        self._faults = {at: fault}

    def present(self, certificate: Certificate) -> None:
        """Go on with another certificate, as after a restart."""
        self._tls = certificate.server_context()

    def also(self, fault: Fault | refusals.Refusal, at: Place) -> None:
        """Show this fault too, at a place of its own."""
        self._faults[at] = fault

    def wait_for(self, count: int, seconds: float = 5.0) -> list[Request]:
        """Wait until so many requests have come in; raises AssertionError when they do not."""
        with self._news:
            came = self._news.wait_for(lambda: len(self.requests) >= count, seconds)
        if not came:
            raise AssertionError(f"{len(self.requests)} of {count} requests came within {seconds:g} s")
        return self.requests

    def stop(self) -> None:
        """Stop listening and let every thread end."""
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _where: TracebackType | None
    ) -> None:
        self.stop()

    def serve(self, sock: socket.socket) -> None:
        """Work one connection off; called in a thread of its own."""
        connection = Connection(len(self.connections))
        self.connections.append(connection)
        if self._faults.get(Place.ANYWHERE) is Fault.CLOSE_AT_ONCE:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
            sock.close()
            return
        try:
            if self._tls:
                sock = self._tls.wrap_socket(sock, server_side=True)
            _Handler(sock, self, connection)
        except ssl.SSLError as error:
            connection.tls_error = error.reason or str(error)
            connection.closed_by_client()
        except (OSError, ClientGoneError):
            connection.closed_by_client()
        finally:
            sock.close()

    def answer(self, exchange: Exchange) -> None:
        """Note the request and answer it."""
        request = exchange.request
        with self._news:
            self.requests.append(request)
            self._news.notify_all()
        exchange.pause(self.latency)
        kind = self._kind(request)
        place = self._place(request, kind)
        refusal = self._refusal(request, kind)
        for where in (place, Place.CHAT if place is Place.STREAM else place, Place.ANYWHERE):
            fault = self._faults.get(where, Fault.NONE)
            if isinstance(fault, refusals.Refusal):
                behaviour.refuse(exchange, fault)
                return
            if refusal and fault in CONTENT:
                continue  # a server looks at key, path and name before it looks at parameters
            if fault is not Fault.NONE and behaviour.misbehave(exchange, fault, place):
                return
        if refusal is not None:
            behaviour.refuse(exchange, refusal)
        else:
            behaviour.healthy(exchange, place, kind or "")

    def _kind(self, request: Request) -> str | None:
        """The operation that the path names, None for an unknown path."""
        if self.manner.style is not Style.AZURE:
            found = PLAIN_PATH.fullmatch(request.path)
            return found[1] if found else None
        if found := AZURE_V1.fullmatch(request.path):
            return found[1]
        found = AZURE_DATED.fullmatch(request.path)
        dated = re.fullmatch(r"\d{4}-\d{2}-\d{2}(-preview)?", request.query.get("api-version", ""))
        return (found[2] or found[3]) if found and dated else None

    def _place(self, request: Request, kind: str | None) -> Place:
        if kind == "models" or (kind is None and request.method == "GET"):
            return Place.MODELS
        return Place.STREAM if request.json.get("stream") else Place.CHAT

    def _refusal(self, request: Request, kind: str | None) -> refusals.Refusal | None:
        style = self.manner.style
        key = request.key_in(self.key_header) if self.key_header else request.key
        if self.api_key is not None and key != self.api_key:
            return refusals.bad_key(style, key)
        if kind is None or request.method != ("GET" if kind == "models" else "POST"):
            return refusals.no_path(style, request.method, request.path)
        deployment = AZURE_DATED.fullmatch(request.path)
        model = deployment[1] if deployment and deployment[1] else request.model
        if kind != "models" and model not in self.manner.models:
            return refusals.no_model(style, model)
        return None

    @property
    def stopping(self) -> bool:
        """Whether `stop` was called."""
        return self._stopping.is_set()


class _Server(ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 512

    def __init__(self, address: tuple[str, int], owner: FaultServer) -> None:
        self.owner = owner
        super().__init__(address, BaseHTTPRequestHandler)

    def finish_request(self, request: Any, *_: Any) -> None:
        """Hand the socket over; the standard handler class is made by the owner."""
        self.owner.serve(request)

    def handle_error(self, *_: Any) -> None:
        """Errors of a fake belong to its tests, which see the missing answer."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    raw_requestline = b""
    disable_nagle_algorithm = True

    def __init__(self, sock: socket.socket, owner: FaultServer, connection: Connection) -> None:
        self.owner, self.record = owner, connection
        super().__init__(sock, ("127.0.0.1", 0), owner)  # type: ignore[arg-type]

    def handle(self) -> None:
        """Serve requests until one side closes."""
        super().handle()
        if not self.raw_requestline:
            self.record.closed_by_client()

    def do_GET(self) -> None:
        """Read the request, let the owner answer it."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = parse(self.command, self.path, dict(self.headers.items()), body, self.record)
        exchange = Exchange(request, self.owner.manner, self.connection, self.wfile, lambda: self.owner.stopping)
        self.owner.answer(exchange)
        self.close_connection = self.close_connection or not exchange.keep_alive or self.owner.stopping

    def do_POST(self) -> None:
        """As GET; which one was used is in the record."""
        self.do_GET()

    def log_message(self, format: str, *args: Any) -> None:
        """Tests read `requests` instead."""
