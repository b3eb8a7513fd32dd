"""The one outbound door: judged addresses, no redirects, no environment proxies, a deadline that holds, capped bodies."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.lib.cancel import Cancel, Deadline
from app.lib.egress import Policy
from app.lib.tls import PeerCertificate, TlsOptions
from app.lib.urls import Address


class StageName(StrEnum):
    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"


@dataclass(frozen=True, slots=True)
class Stage:
    """`resolved`: how many addresses the name has (dns). `certificate`, `tls_version`: of the tls stage."""

    name: StageName
    milliseconds: int
    resolved: int | None = None
    certificate: PeerCertificate | None = None
    tls_version: str | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds and bytes. `connect` bounds each of dns, connect and tls; `first_byte` the wait for complete response headers;
    `silence` each wait for the next bytes of a body (None: only `total` does). `max_body` is the decompressed size, None: no cap."""

    total: float = 45.0
    first_byte: float = 30.0
    connect: float = 3.0
    silence: float | None = None
    max_body: int | None = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `secret`: its headers carry a key, which then never goes over http:// to a public address.
    `json` is any JSON value (None: no body) or `content` raw bytes, not both. `query` pairs are percent-encoded here."""

    method: str
    address: Address
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: tuple[tuple[str, str], ...] = ()
    json: Any = field(default=None, repr=False)
    content: bytes | None = field(default=None, repr=False)
    tls: TlsOptions = TlsOptions()
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """`headers` with lower-case names (the last of equal names). A redirect is an Answer like any other.
    `truncated`: an error body (status >= 400) was longer than the cap; a longer body of another status raises too_large."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    milliseconds: int
    first_byte_ms: int
    truncated: bool = False

    def json(self) -> Any:
        """The body as JSON; raises ValueError."""
        raise NotImplementedError


class Streaming:
    """An open answer: `status`, `headers` and `first_byte_ms` are known, the body is read by iterating `chunks()`."""

    status: int
    headers: Mapping[str, str]
    first_byte_ms: int

    def chunks(self) -> Iterator[bytes]:
        """The body as it arrives, never re-chunked; raises OutboundError."""
        raise NotImplementedError


class Door:
    """Thread-safe; one per process."""

    def __init__(self, policy: Policy, ca_file: str | None = None, proxy: str | None = None) -> None:
        """`proxy` is http://[user:password@]host:port and used for public addresses only; raises BadAddress."""

    def stages(
        self, address: Address, tls: TlsOptions = TlsOptions(), deadline: Deadline | None = None,
        cancel: Cancel | None = None, connect: float = 3.0,
    ) -> Iterator[Stage]:
        """Yields dns, connect and (https) tls as each ends, then closes; raises OutboundError at the stage that failed."""
        raise NotImplementedError

    def send(self, call: Call, limits: Limits = Limits(), cancel: Cancel | None = None) -> Answer:
        """Sends and reads the whole answer; raises OutboundError."""
        raise NotImplementedError

    @contextmanager
    def stream(self, call: Call, limits: Limits = Limits(), cancel: Cancel | None = None) -> Iterator[Streaming]:
        """Opens an answer whose body is read as it arrives; leaving the block closes the connection unless all was read."""
        raise NotImplementedError
        yield

    def close(self) -> None:
        """Closes the idle connections."""
