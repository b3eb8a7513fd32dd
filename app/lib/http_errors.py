"""The one tree of outbound failures.

OutboundError
    code        what happened, one of Code
    sentence    safe to show: no address, no text of the remote or of an exception
    permanent   retrying without a change is pointless
"""

from enum import StrEnum

from app.lib.certificates import PeerCertificate
from app.lib.egress import Refusal


class Code(StrEnum):
    """What went wrong.

    `plain_http_on_https`: the address says https, the server answers without TLS. `https_on_http`: the other way round.
    `bad_certificate`: what is set for our side; `tls_client_certificate`: the server wants one, or another one.
    """

    REFUSED_BY_POLICY = "refused_by_policy"
    BAD_ADDRESS = "bad_address"
    BAD_HEADER = "bad_header"
    BAD_CERTIFICATE = "bad_certificate"
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
    TLS_CLIENT_CERTIFICATE = "tls_client_certificate"
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


_SENTENCES = {
    Code.REFUSED_BY_POLICY: "The rules for outbound calls refuse this address.",
    Code.BAD_ADDRESS: "The address cannot be used.",
    Code.BAD_HEADER: "A header or the key holds a character that HTTP does not allow there.",
    Code.BAD_CERTIFICATE: "The certificates, the key or the server name that are set for this address cannot be used.",
    Code.DNS_FAILED: "The host name has no address.",
    Code.DNS_TIMEOUT: "The name server did not answer in time.",
    Code.CONNECT_REFUSED: "The host is there, but nothing accepts connections on that port.",
    Code.CONNECT_TIMEOUT: "The host did not accept the connection in time.",
    Code.UNREACHABLE: "There is no way to the host from here.",
    Code.PROXY_FAILED: "The proxy did not open a way to the host.",
    Code.TLS_UNKNOWN_CA: "The certificate was issued by an authority that is not trusted here.",
    Code.TLS_MISSING_INTERMEDIATE: "The server does not send the certificate that connects its own to a trusted root.",
    Code.TLS_NAME_MISMATCH: "The certificate belongs to another host name.",
    Code.TLS_EXPIRED: "The server's certificate, or one that it builds on, has expired.",
    Code.TLS_NOT_YET_VALID: "The server's certificate, or one that it builds on, is not valid yet.",
    Code.TLS_CLIENT_CERTIFICATE: "The server asks for a client certificate and got none, or none that it accepts.",
    Code.TLS_HANDSHAKE: "The encrypted connection could not be agreed on.",
    Code.TLS_TIMEOUT: "The encrypted connection was not agreed on in time.",
    Code.PLAIN_HTTP_ON_HTTPS: "The server answers without encryption, but the address begins with https://.",
    Code.HTTPS_ON_HTTP: "The server expects an encrypted connection, but the address begins with http://.",
    Code.FIRST_BYTE_TIMEOUT: "The server took the request and did not begin to answer in time.",
    Code.SILENCE_TIMEOUT: "The server began to answer and then fell silent.",
    Code.TOTAL_TIMEOUT: "The answer was not complete in time.",
    Code.TOO_LARGE: "The answer is larger than what is read.",
    Code.BROKEN: "The server closed the connection before the answer was complete.",
    Code.BAD_HTTP: "The answer is not valid HTTP.",
    Code.STOPPED: "The call was stopped.",
}
_PERMANENT = frozenset(
    {
        Code.REFUSED_BY_POLICY,
        Code.BAD_ADDRESS,
        Code.BAD_HEADER,
        Code.BAD_CERTIFICATE,
        Code.TLS_UNKNOWN_CA,
        Code.TLS_MISSING_INTERMEDIATE,
        Code.TLS_NAME_MISMATCH,
        Code.TLS_EXPIRED,
        Code.TLS_NOT_YET_VALID,
        Code.TLS_CLIENT_CERTIFICATE,
        Code.PLAIN_HTTP_ON_HTTPS,
        Code.HTTPS_ON_HTTP,
        Code.TOO_LARGE,
        Code.STOPPED,
    }
)


class OutboundError(Exception):
    """`refusal` is set for refused_by_policy; `chain`, the server's own first, where `Door.stages` could read one."""

    def __init__(self, code: Code, refusal: Refusal | None = None) -> None:
        super().__init__(str(code))
        self.code = code
        self.refusal = refusal
        self.chain: tuple[PeerCertificate, ...] = ()

    @property
    def certificate(self) -> PeerCertificate | None:
        """The server's own."""
        return self.chain[0] if self.chain else None

    @property
    def sentence(self) -> str:
        """The refusing rule's own sentence, else that of the code."""
        return self.refusal.sentence if self.refusal else _SENTENCES[self.code]

    @property
    def permanent(self) -> bool:
        """Whether only a change of address, certificate, settings or server can help."""
        return self.code in _PERMANENT
