"""The rules of an endpoint's TLS fields: authorities to trust, a client's certificate with its key, a server name."""

from collections.abc import Iterator
from typing import Protocol

from app.lib.tls import BadCertificate, check_pem

PEM_MAX = 65_536


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


def tls_faults(draft: TlsFields) -> Iterator[tuple[str, str]]:
    """Field and sentence for everything wrong."""
    texts = {"ca_pem": draft.ca_pem, "client_certificate": draft.client_certificate, "client_key": draft.client_key}
    for name, text in texts.items():
        if len(text or "") > PEM_MAX:
            yield name, f"Use {PEM_MAX} characters at most; these are {len(text or '')}."
            return
    if draft.ca_pem.strip():
        try:
            check_pem(draft.ca_pem)
        except BadCertificate as error:
            yield "ca_pem", str(error)
