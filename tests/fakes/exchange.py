"""One request at the fake: what came in, what is sent back byte by byte, and who closed the socket when."""

import json
import select
import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from io import BufferedIOBase
from typing import Any
from urllib.parse import parse_qs

from tests.fakes.refusals import Style

TICK = 0.02


class ClientGoneError(Exception):
    """The client closed the socket while we were answering."""


class Connection:
    """One socket as the server saw it; times are `time.monotonic()`."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.opened_at = time.monotonic()
        self.closed_at: float | None = None
        self.bytes_sent = 0
        self.tls_error: str | None = None
        self._closed = threading.Event()

    def closed_by_client(self) -> None:
        """Note the moment, once."""
        if self.closed_at is None:
            self.closed_at = time.monotonic()
            self._closed.set()

    def wait_until_closed(self, seconds: float) -> bool:
        """Whether the client closes the socket within this many seconds from now."""
        return self._closed.wait(seconds)


@dataclass(frozen=True)
class Request:
    """One request as it came in; header names are in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    connection: Connection = field(repr=False)
    received_at: float = field(default_factory=time.monotonic)

    @property
    def json(self) -> dict[str, Any]:
        """The body as an object; {} when it is none."""
        with suppress(ValueError):
            value = json.loads(self.body)
            if isinstance(value, dict):
                return value
        return {}

    @property
    def model(self) -> str:
        """The model asked for, "" when none."""
        return str(self.json.get("model") or "")

    @property
    def key(self) -> str:
        """The key sent, whichever header carries it."""
        return self.key_in("authorization") or self.key_in("api-key")

    def key_in(self, header: str) -> str:
        """The key in this header, "" where it holds none."""
        held = self.headers.get(header, "")
        if header != "authorization":
            return held
        return held[7:] if held.lower().startswith("bearer ") else ""


def parse(method: str, target: str, headers: Mapping[str, str], body: bytes, connection: Connection) -> Request:
    """Build the record of a request."""
    path, _, query = target.partition("?")
    plain = {name: values[-1] for name, values in parse_qs(query).items()}
    return Request(method, path, plain, {name.lower(): value for name, value in headers.items()}, body, connection)


@dataclass(frozen=True, slots=True)
class Manner:
    """How a healthy server of this kind behaves."""

    models: tuple[str, ...]
    style: Style
    redirect_to: str
    software: str = "fake"


@dataclass
class Exchange:
    """The answering side of one request."""

    request: Request
    manner: Manner
    sock: socket.socket
    out: BufferedIOBase
    stopping: Callable[[], bool]
    keep_alive: bool = True

    def json(self, status: int, body: object, headers: Mapping[str, str] | None = None) -> None:
        """A whole JSON answer."""
        self.answer(status, "application/json", json.dumps(body).encode(), headers)

    def answer(self, status: int, kind: str, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        """A whole answer of any kind."""
        self.head(status, {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})})
        self.write(body)

    def head(self, status: int, headers: Mapping[str, str]) -> None:
        """Status line and headers."""
        lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", f"Server: {self.manner.software}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.write("\r\n".join([*lines, "", ""]).encode("latin-1"))

    def begin_stream(self) -> None:
        """Headers of a chunked event stream."""
        self.head(200, {"Content-Type": "text/event-stream; charset=utf-8", "Transfer-Encoding": "chunked"})

    def chunk(self, data: bytes) -> None:
        """One chunk of a chunked body."""
        self.write(b"%x\r\n%s\r\n" % (len(data), data))

    def end_stream(self) -> None:
        """The last, empty chunk."""
        self.write(b"0\r\n\r\n")

    def write(self, data: bytes) -> None:
        """Send bytes; raises ClientGoneError when the client has closed."""
        if not data:
            return  # what could be read now may be the client's next request
        if self.client_is_gone():
            raise ClientGoneError
        try:
            self.out.write(data)
            self.out.flush()
        except (OSError, ValueError) as error:
            self.request.connection.closed_by_client()
            raise ClientGoneError from error
        self.request.connection.bytes_sent += len(data)

    def pause(self, seconds: float) -> None:
        """Wait, but notice a client that leaves. Raises ClientGoneError."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self.stopping():
            if self.client_is_gone():
                raise ClientGoneError
            time.sleep(min(TICK, max(0.0, until - time.monotonic())))

    def hang(self) -> None:
        """Say nothing more until the client closes or the server is stopped."""
        self.pause(3600)
        self.drop()

    def drop(self) -> None:
        """Close our side after this exchange."""
        self.keep_alive = False

    def client_is_gone(self) -> bool:
        """Whether the client's end of the socket is closed; notes the moment."""
        readable, _, _ = select.select([self.sock], [], [], 0)
        if not readable:
            return False
        try:
            # One request at a time is in flight, so whatever can be read now is the end.
            gone = self.sock.recv(1) == b""
        except OSError:
            gone = True
        if gone:
            self.request.connection.closed_by_client()
        return gone
