"""The one tree of outbound failures.

OutboundError
    code        what happened, one of Code
    sentence    safe to show: no address, no text of the remote or of an exception
    permanent   retrying without a change is pointless
"""

from enum import StrEnum

from app.lib.egress import Refusal
from app.lib.tls import PeerCertificate


class Code(StrEnum):
    """`plain_http_on_https`: the address says https, the server speaks plain HTTP. `https_on_http`: the other way round."""

    REFUSED_BY_POLICY = "refused_by_policy"
    BAD_ADDRESS = "bad_address"
    BAD_HEADER = "bad_header"
    DNS_FAILED = "dns_failed"
    DNS_TIMEOUT = "dns_timeout"
    CONNECT_REFUSED = "connect_refused"
    CONNECT_TIMEOUT = "connect_timeout"
    UNREACHABLE = "unreachable"
    PROXY_FAILED = "proxy_failed"
    TLS_UNKNOWN_CA = "tls_unknown_ca"
    TLS_MISSING_INTERMEDIATE = "tls_missing_intermediate"
    TLS_NAME_MISMATCH = "tls_name_mismatch"
    TLS_EXPIRED = "tls_expired"
    TLS_NOT_YET_VALID = "tls_not_yet_valid"
    TLS_HANDSHAKE = "tls_handshake"
    TLS_TIMEOUT = "tls_timeout"
    PLAIN_HTTP_ON_HTTPS = "plain_http_on_https"
    HTTPS_ON_HTTP = "https_on_http"
    FIRST_BYTE_TIMEOUT = "first_byte_timeout"
    SILENCE_TIMEOUT = "silence_timeout"
    TOTAL_TIMEOUT = "total_timeout"
    TOO_LARGE = "too_large"
    BROKEN = "broken"
    BAD_HTTP = "bad_http"
    STOPPED = "stopped"


class OutboundError(Exception):
    """`refusal` is set for refused_by_policy, `certificate` where a TLS failure could read the server's certificate."""

    def __init__(self, code: Code, refusal: Refusal | None = None, certificate: PeerCertificate | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.refusal = refusal
        self.certificate = certificate

    @property
    def sentence(self) -> str:
        raise NotImplementedError

    @property
    def permanent(self) -> bool:
        raise NotImplementedError
