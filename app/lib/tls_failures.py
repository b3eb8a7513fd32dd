"""What OpenSSL's reasons mean to someone who runs the server or the endpoint."""

import ssl

from app.lib.http_errors import Code

_VERIFY_CODES = {
    2: Code.TLS_UNKNOWN_CA,
    9: Code.TLS_NOT_YET_VALID,
    10: Code.TLS_EXPIRED,
    18: Code.TLS_UNKNOWN_CA,
    19: Code.TLS_UNKNOWN_CA,
    20: Code.TLS_UNKNOWN_CA,
    21: Code.TLS_MISSING_INTERMEDIATE,
    62: Code.TLS_NAME_MISMATCH,
    64: Code.TLS_NAME_MISMATCH,
}
# Alerts by OpenSSL's names. From a server whose own certificate has arrived they speak of ours: of one that is missing
# (bad_certificate by Go in TLS 1.2, handshake_failure by OpenSSL there) or of one that does not please.
_OF_CLIENT = frozenset(
    {
        "TLSV13_ALERT_CERTIFICATE_REQUIRED",
        "SSLV3_ALERT_HANDSHAKE_FAILURE",
        "SSLV3_ALERT_NO_CERTIFICATE",
        "SSLV3_ALERT_BAD_CERTIFICATE",
        "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
        "SSLV3_ALERT_CERTIFICATE_REVOKED",
        "SSLV3_ALERT_CERTIFICATE_EXPIRED",
        "SSLV3_ALERT_CERTIFICATE_UNKNOWN",
        "TLSV1_ALERT_UNKNOWN_CA",
        "TLSV1_ALERT_ACCESS_DENIED",
    }
)


def of_verification(error: ssl.SSLCertVerificationError) -> Code:
    """Why the server's chain was not accepted here."""
    return _VERIFY_CODES.get(error.verify_code, Code.TLS_HANDSHAKE)


def blames_client(error: ssl.SSLError) -> bool:
    """Whether the server gives up for want of a client certificate it accepts; its own must have been seen before.

    Without that the same alerts mean no common cipher, or come from something in between. A server that hangs up
    without an alert, as some do, cannot be told from one that broke down.
    """
    return error.reason in _OF_CLIENT
