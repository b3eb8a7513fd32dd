"""TLS contexts, shared by their options, and what a failed verification really means."""

import ssl
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class TlsOptions:
    """What one target needs beyond the system's roots; `ca_pem` is PEM text of one or more certificates."""

    ca_pem: str | None = None


@dataclass(frozen=True, slots=True)
class PeerCertificate:
    """`subject` and `issuer` as RFC 4514 text, `names` the DNS names and IP addresses it is valid for."""

    subject: str
    issuer: str
    not_before: datetime
    not_after: datetime
    names: tuple[str, ...]


class BadCertificate(ValueError):
    """PEM text without a usable certificate."""


class Contexts:
    """Builds each context once: the system's roots, the operator's CA file and the target's own CA."""

    def __init__(self, ca_file: str | None = None) -> None: ...

    def for_options(self, options: TlsOptions) -> ssl.SSLContext:
        """TLS 1.2 or later, names and chain verified; raises BadCertificate."""
        raise NotImplementedError


def check_pem(text: str) -> tuple[PeerCertificate, ...]:
    """The certificates in a pasted PEM text; raises BadCertificate (no certificate, a private key, damaged)."""
    raise NotImplementedError
