"""Kept connections: each lane is a client of one connection, and a free-list of lanes is kept for each origin.

A new client for each call costs 33 ms of CPU (its TLS context), and one big pool gets slower with every connection that
is open, because each request walks over all of them. A lane's pool holds one connection, so there is nothing to walk.
"""

import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

from app.lib.budget import Budget
from app.lib.dial import Dial
from app.lib.http_errors import Code, OutboundError
from app.lib.streams import SocketStream
from app.lib.tls import BadCertificate, Contexts, TlsOptions
from app.lib.urls import Address
from app.lib.wire import httpcore, httpx

# Less than the 5 s after which uvicorn and others close an idle connection, so that none is lost under a request.
KEEP_SECONDS = 4.0
MAX_IDLE = 64
_HTTP = b"HTTP/"


@dataclass(frozen=True, slots=True)
class LaneKey:
    """What calls have in common to share a connection; `secret`, since a key's way is judged when connecting."""

    origin: Address
    tls: TlsOptions
    secret: bool


class _Backend(httpcore.NetworkBackend):
    """Connects for one lane, under the budget of the call that is using it."""

    def __init__(self, dial: Dial, origin: Address) -> None:
        self._dial = dial
        self._origin = origin
        self.budget: Budget | None = None
        self.stream: SocketStream | None = None

    def connect_tcp(self, *args: object, **kwargs: object) -> SocketStream:  # noqa: ARG002
        """To the lane's own origin, whatever is passed; raises OutboundError."""
        assert self.budget is not None
        route = self._dial.find(self._origin, self.budget)
        self.stream = self._dial.reach(route, self.budget)
        self.budget.await_answer()
        return self.stream


class _Body(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        yield from self._response.iter_stream()

    def close(self) -> None:
        self._response.close()


class Lane(httpx.BaseTransport):
    """One connection to one origin, for one call at a time."""

    def __init__(self, key: LaneKey, dial: Dial, context: ssl.SSLContext | None) -> None:
        self.key = key
        self.free_since = 0.0
        self._kept: SocketStream | None = None
        self._backend = _Backend(dial, key.origin)
        self._pool = httpcore.ConnectionPool(
            ssl_context=context,
            max_connections=1,
            max_keepalive_connections=1,
            keepalive_expiry=KEEP_SECONDS,
            http1=True,
            http2=False,
            network_backend=self._backend,
        )

    def board(self, budget: Budget) -> None:
        """Puts the lane under a call's budget."""
        self._backend.budget = budget
        budget.await_answer()
        self._kept = self._backend.stream
        if self._backend.stream is not None:
            self._backend.stream.told = False
            self._backend.stream.budget = budget
            budget.hold(self._backend.stream.sock)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Sends and reads as far as the headers; raises OutboundError."""
        origin = self.key.origin
        url = httpcore.URL(scheme=origin.scheme, host=origin.host, port=origin.port, target=request.url.raw_path)
        assert isinstance(request.stream, httpx.SyncByteStream)
        # What httpcore takes for the name to send is also the one that `start_tls` lets the context verify.
        extensions = {"sni_hostname": self.key.tls.server_name} if self.key.tls.server_name else {}
        headers, content = request.headers.raw, request.stream
        try:
            response = self._pool.handle_request(
                httpcore.Request(request.method, url, headers=headers, content=content, extensions=extensions)
            )
        except (httpcore.ProtocolError, httpcore.NetworkError) as error:
            raise self.explain(error) from error
        return httpx.Response(response.status, headers=response.headers, stream=_Body(response), request=request)

    def explain(self, error: Exception) -> OutboundError:
        """What a failure of the HTTP library means, seen together with what came over the socket."""
        stream = self._backend.stream
        if isinstance(error, OutboundError):
            return error
        if isinstance(error, httpcore.LocalProtocolError):
            return OutboundError(Code.BAD_HEADER)
        if self.key.origin.scheme == "http" and stream is not None and stream.speaks_tls:
            return OutboundError(Code.HTTPS_ON_HTTP)
        if isinstance(error, httpcore.NetworkError) or (stream is not None and stream.ended):
            return OutboundError(Code.BROKEN)
        return OutboundError(Code.BAD_HTTP)

    def may_resend(self) -> bool:
        """Whether a kept connection closed under this call without a byte: its server took it for idle. True once."""
        kept, self._kept = self._kept, None
        return kept is not None and kept is self._backend.stream and not kept.told

    @property
    def heard(self) -> bool:
        """Whether the peer has said anything on this connection."""
        return self._backend.stream is not None and self._backend.stream.first_byte is not None

    @property
    def speaks_otherwise(self) -> bool:
        """Whether what the peer said first cannot begin an answer in HTTP, over a line that is not encrypted."""
        stream = self._backend.stream
        if stream is None or self.key.origin.scheme != "http":
            return False
        return stream.first_byte not in (None, _HTTP[0])

    @property
    def reusable(self) -> bool:
        """Whether a connection is open and free."""
        return any(connection.is_idle() for connection in self._pool.connections)

    def close(self) -> None:
        """The peer sees it at once."""
        self._pool.close()


class Lanes:
    """The free lists; taking and giving back may happen in any thread."""

    def __init__(self, dial: Dial, contexts: Contexts) -> None:
        self._dial = dial
        self._contexts = contexts
        self._lock = threading.Lock()
        self._free: dict[LaneKey, list[Lane]] = {}
        self._swept = time.monotonic()

    def take(self, key: LaneKey) -> Lane:
        """The lane that was used last, or a new one; raises OutboundError for an unreadable certificate."""
        with self._lock:
            free = self._free.get(key)
            if free:
                return free.pop()
        return Lane(key, self._dial, self._context(key))

    def _context(self, key: LaneKey) -> ssl.SSLContext | None:
        if key.origin.scheme == "http":
            return None
        try:
            return self._contexts.for_options(key.tls)
        except BadCertificate as error:
            raise OutboundError(Code.BAD_CERTIFICATE) from error

    def give_back(self, lane: Lane) -> None:
        """Keeps a lane whose connection is in order and closes the others."""
        leaving = [] if lane.reusable else [lane]
        lane.free_since = time.monotonic()
        with self._lock:
            free = self._free.setdefault(lane.key, [])
            if not leaving:
                free.append(lane)
            leaving += free[:-MAX_IDLE]
            del free[:-MAX_IDLE]
            leaving += self._expired()
        for each in leaving:
            each.close()

    def _expired(self) -> list[Lane]:
        now = time.monotonic()
        if now - self._swept < KEEP_SECONDS:
            return []
        self._swept = now
        expired = []
        for key, lanes in list(self._free.items()):
            expired += [lane for lane in lanes if now - lane.free_since >= KEEP_SECONDS]
            lanes[:] = [lane for lane in lanes if now - lane.free_since < KEEP_SECONDS]
            if not lanes:
                del self._free[key]
        return expired

    def close(self) -> None:
        """Closes what is idle."""
        with self._lock:
            lanes = [lane for free in self._free.values() for lane in free]
            self._free.clear()
        for lane in lanes:
            lane.close()
