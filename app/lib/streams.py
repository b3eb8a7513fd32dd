"""The two layers under HTTP: a socket and TLS upon it, both waiting on the call's budget only.

TLS runs in memory, above a socket that never changes: a stop can shut that socket down from another thread at any
moment without meeting a half-wrapped one, and time is counted in one place, under gevent as well as under threads.
"""

import contextlib
import select
import socket
import ssl
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from app.lib.budget import READ, WRITE, Budget
from app.lib.cancel import shut
from app.lib.http_errors import Code, OutboundError
from app.lib.networks import IP
from app.lib.tls_failures import blames_client, of_verification
from app.lib.wire import httpcore

CHUNK = 64 * 1024
_TLS_RECORDS = frozenset({20, 21, 22, 23})

P = ParamSpec("P")
T = TypeVar("T")


class SocketStream(httpcore.NetworkStream):
    """A connected socket; `budget` is that of the call which uses it now."""

    def __init__(self, sock: socket.socket, ip: IP, budget: Budget) -> None:
        self.sock = sock
        self.ip = ip
        self.budget = budget
        self.first_byte: int | None = None
        self.ended = False
        # Whether anything that HTTP reads has come since this was set to False; what TLS says of itself is not.
        self.told = False
        self.secured = False

    @property
    def speaks_tls(self) -> bool:
        """Whether what came first was a TLS record."""
        return self.first_byte in _TLS_RECORDS

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 - the budget knows better
        """Up to `max_bytes`, b"" at the end; raises OutboundError."""
        data = self._patiently(READ, self.sock.recv, max_bytes)
        if not data:
            self.ended = True
            # A stop looks like an end of the stream; say which it was.
            self.budget.check()
        elif self.first_byte is None:
            self.first_byte = data[0]
        self.told = self.told or (bool(data) and not self.secured)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        """All of it. A peer that stopped reading is httpcore's WriteError: it may have answered already."""
        rest = memoryview(buffer)
        while rest:
            try:
                rest = rest[self._patiently(WRITE, self.sock.send, rest) :]
            except OutboundError as error:
                if error.code is Code.BROKEN:
                    raise httpcore.WriteError from error
                raise

    def _patiently(self, events: int, act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        while True:
            self.budget.check()
            try:
                return act(*args, **kwargs)
            except BlockingIOError:
                self.budget.wait(self.sock, events)
            except OSError as error:
                self.ended = True
                self.budget.check()
                raise OutboundError(Code.BROKEN) from error

    def close(self) -> None:
        """Both ends learn of it, also where another reference keeps the socket."""
        shut(self.sock)
        self.sock.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002
    ) -> "TlsStream":
        """TLS upon this socket; raises OutboundError."""
        self.budget.enter(Code.TLS_TIMEOUT, self.budget.connect)
        try:
            stream = TlsStream(self, ssl_context, server_hostname)
            stream.handshake()
        except BaseException:
            self.close()
            raise
        self.budget.await_answer()
        return stream

    def look_at_chain(self, ssl_context: ssl.SSLContext, server_hostname: str) -> list[bytes]:
        """`sent_chain` of a handshake, even of one that fails later on; empty when it does not get that far."""
        self.budget.enter(Code.TLS_TIMEOUT, self.budget.connect)
        stream = TlsStream(self, ssl_context, server_hostname)
        with contextlib.suppress(OutboundError):
            stream.handshake()
        return stream.sent_chain

    def get_extra_info(self, info: str) -> Any:
        """What httpcore asks: whether an idle connection has something to say, which then is its end."""
        return _is_readable(self.sock) if info == "is_readable" else None


class TlsStream(httpcore.NetworkStream):
    """TLS in memory, over a socket stream."""

    def __init__(self, below: SocketStream, context: ssl.SSLContext, server_hostname: str | None) -> None:
        self.below = below
        below.secured = True
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        try:
            self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=server_hostname)
        except ValueError as error:
            # A name that nobody checked when it was set.
            raise OutboundError(Code.BAD_CERTIFICATE) from error

    def handshake(self) -> None:
        """Raises OutboundError with the reason as far as it can be told."""
        try:
            self._run(self._tls.do_handshake)
        except ssl.SSLCertVerificationError as error:
            raise OutboundError(of_verification(error)) from error
        except ssl.SSLError as error:
            if self.sent_chain and blames_client(error):
                raise OutboundError(Code.TLS_CLIENT_CERTIFICATE) from error
            plain = self.below.first_byte is not None and not self.below.speaks_tls
            raise OutboundError(Code.PLAIN_HTTP_ON_HTTPS if plain else Code.TLS_HANDSHAKE) from error
        except (OutboundError, httpcore.WriteError) as error:
            if isinstance(error, OutboundError) and error.code is not Code.BROKEN:
                raise
            raise OutboundError(Code.TLS_HANDSHAKE) from error

    def await_verdict(self, seconds: float) -> None:
        """Gives the server time to refuse our certificate, or the want of one; raises OutboundError.

        In TLS 1.3 the handshake is over for a client before the server has looked at what it shows, so a refusal comes
        with the first thing read. A server that is content usually sends a session ticket then, which ends the wait; of
        one that keeps silent only the first request tells. Whatever the server said is used up.
        """
        if self.version != "TLSv1.3" or self._incoming.pending:
            return
        self.below.budget.enter(Code.TLS_TIMEOUT, seconds)
        try:
            self._fill()
            self._tls.read(1)
        except ssl.SSLError as error:
            if blames_client(error):
                raise OutboundError(Code.TLS_CLIENT_CERTIFICATE) from error
        except OutboundError as error:
            if error.code is Code.STOPPED:
                raise

    @property
    def version(self) -> str | None:
        """Such as TLSv1.3."""
        return self._tls.version()

    @property
    def sent_chain(self) -> list[bytes]:
        """The certificates that the server sent, its own first, DER, as soon as they are here, whatever follows.

        Empty where this Python does not tell (public since 3.13).
        """
        inner = self._tls if hasattr(self._tls, "get_unverified_chain") else getattr(self._tls, "_sslobj", None)
        chain: list[Any] = getattr(inner, "get_unverified_chain", list)() or []
        return [each if isinstance(each, bytes) else ssl.PEM_cert_to_DER_cert(each.public_bytes()) for each in chain]

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002
        """Up to `max_bytes`, b"" at the end; raises OutboundError."""
        try:
            data = self._run(self._tls.read, max_bytes)
            self.below.told = self.below.told or bool(data)
            return data
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
            # Many servers close without TLS's own farewell; HTTP's framing shows what is missing.
            return b""
        except ssl.SSLError as error:
            refused = blames_client(error)
            raise OutboundError(Code.TLS_CLIENT_CERTIFICATE if refused else Code.BROKEN) from error

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002
        """All of it; as below."""
        try:
            self._run(self._tls.write, buffer)
        except ssl.SSLError as error:
            raise httpcore.WriteError from error

    def _run(self, act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        while True:
            try:
                result = act(*args, **kwargs)
            except ssl.SSLWantReadError:
                self._flush()
                self._fill()
                continue
            except ssl.SSLError:
                with contextlib.suppress(OutboundError, httpcore.WriteError):
                    self._flush()
                raise
            self._flush()
            return result

    def _flush(self) -> None:
        if self._outgoing.pending:
            self.below.write(self._outgoing.read())

    def _fill(self) -> None:
        data = self.below.read(CHUNK)
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()

    def close(self) -> None:
        """Without TLS's farewell, for which a peer would have to be waited for."""
        self.below.close()

    def get_extra_info(self, info: str) -> Any:
        """As below."""
        return self.below.get_extra_info(info)


def _is_readable(sock: socket.socket) -> bool:
    if sock.fileno() < 0:
        return True
    poller = select.poll()
    poller.register(sock, READ)
    return bool(poller.poll(0))
