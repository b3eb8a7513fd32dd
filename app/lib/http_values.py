"""What goes through the outbound door and what comes back."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.lib.tls import SYSTEM_ROOTS, PeerCertificate, TlsOptions
from app.lib.urls import Address


class StageName(StrEnum):
    """The stages of opening a connection, in their order."""

    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"


@dataclass(frozen=True, slots=True)
class Stage:
    """`resolved`: how many addresses the name has (dns). `chain` and `tls_version` belong to tls.

    `chain`: the server's certificates as it sends them, its own first.
    """

    name: StageName
    milliseconds: int
    resolved: int | None = None
    chain: tuple[PeerCertificate, ...] = ()
    tls_version: str | None = None

    @property
    def certificate(self) -> PeerCertificate | None:
        """The server's own."""
        return self.chain[0] if self.chain else None


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds and bytes.

    `total` bounds all of it. `connect` bounds each of dns, connect and tls. `first_byte` is the wait from the request
    to the end of the response headers, `silence` each wait for the next bytes of a body (None: only `total` counts).
    `max_body` counts decompressed bytes (None: no cap) and does not apply to streams. `curious`: where a server hangs
    up without a word, a second is taken to find out whether it expects TLS. `resends`: a request that met the end of a
    kept connection goes out once more over a new one; not for what must never be done twice.
    """

    total: float = 45.0
    first_byte: float = 30.0
    connect: float = 3.0
    silence: float | None = None
    max_body: int | None = 1024 * 1024
    curious: bool = True
    resends: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """One request.

    `secret`: the headers carry a key, which then never goes over http:// to a public address. `json` is any JSON value
    (None: no body) or `content` raw bytes. `query` is percent-encoded on the way. `user-agent` may be set; what
    describes the connection (host, content-length, accept-encoding and so on) may not.
    """

    method: str
    address: Address
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    json: Any = field(default=None, repr=False)
    content: bytes | None = field(default=None, repr=False)
    tls: TlsOptions = SYSTEM_ROOTS
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer, a redirect like any other.

    `headers` has lower-case names; equal names are joined by ", ". Milliseconds count from the start of the call.
    `truncated`: an error body (status 400 and up) was longer than the cap.
    """

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    milliseconds: int
    first_byte_ms: int
    truncated: bool = False

    def json(self) -> Any:
        """The body as JSON; raises ValueError."""
        try:
            return json.loads(self.body)
        except RecursionError as error:
            raise ValueError("nested too deep") from error
