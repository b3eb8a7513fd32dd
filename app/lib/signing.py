"""Signatures of webhooks as the specification "Standard Webhooks" has them, which its libraries verify."""

import base64
import binascii
import hmac
from hashlib import sha256

SECRET_PREFIX = "whsec_"  # noqa: S105 (no secret, but how one begins)
LEAST_BYTES = 24


def signature(secret: str, message_id: str, seconds: int, content: bytes) -> str:
    """`v1,` and the HMAC-SHA256 over id, time (seconds since 1970) and body, in base 64."""
    signed = b".".join((message_id.encode(), str(seconds).encode(), content))
    return "v1," + base64.b64encode(hmac.digest(_key(secret), signed, sha256)).decode()


def as_secret(key: bytes) -> str:
    """A key in the way that receivers are given one."""
    return SECRET_PREFIX + base64.b64encode(key).decode()


def written(secret: str) -> str:
    """A secret as receivers take it, whichever way it was set."""
    return as_secret(_key(secret))


def fault_of_secret(secret: str) -> str:
    """What is wrong with a secret, empty for nothing."""
    try:
        key = _key(secret)
    except binascii.Error:
        return f"should be base 64 after {SECRET_PREFIX}"
    return "" if len(key) >= LEAST_BYTES else f"should be {LEAST_BYTES} bytes or longer"


def _key(secret: str) -> bytes:
    if secret.startswith(SECRET_PREFIX):
        return base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    return secret.encode()
