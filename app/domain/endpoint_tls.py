"""The rules of an endpoint's TLS fields: authorities to trust, a client's certificate with its key, a server name."""

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol

from app.lib.tls import BadCertificate, BadKey, check_client, check_pem, check_server_name

KEY_MISSING = "Paste the key that belongs to the client's certificate."


class TlsFields(Protocol):
    """The fields looked at here; `client_key` is None to keep the stored one."""

    @property
    def ca_pem(self) -> str: ...
    @property
    def client_certificate(self) -> str: ...
    @property
    def client_key(self) -> str | None: ...
    @property
    def tls_server_name(self) -> str: ...


def tls_faults(draft: TlsFields, now: datetime) -> Iterator[tuple[str, str]]:
    """Field and sentence for everything wrong; whether a kept key fits is for whoever can open it."""
    if draft.ca_pem.strip():
        try:
            check_pem(draft.ca_pem, now)
        except BadCertificate as error:
            yield "ca_pem", str(error)
    if draft.tls_server_name.strip():
        try:
            check_server_name(draft.tls_server_name.strip())
        except ValueError as error:
            yield "tls_server_name", str(error)
    if draft.client_key and not draft.client_certificate.strip():
        yield "client_certificate", "Paste the certificate that the key belongs to."
    elif draft.client_certificate.strip() and draft.client_key == "":
        yield "client_key", KEY_MISSING
    elif draft.client_key:
        yield from pair_faults(draft.client_certificate, draft.client_key, now)


def pair_faults(certificate: str, key: str, now: datetime) -> Iterator[tuple[str, str]]:
    """What is wrong with a client's certificate and key, at the field that it concerns."""
    try:
        check_client(certificate, key, now)
    except BadKey as error:
        yield "client_key", str(error)
    except BadCertificate as error:
        yield "client_certificate", str(error)
