"""Opaque random identifiers that are safe in a URL, a file name and an HTML id."""

import secrets
import string

_FIRST = string.ascii_letters + string.digits
_REST = _FIRST + "-_"


def new_id() -> str:
    """16 URL-safe characters (95 bits), the first a letter or digit so that it never reads as an option."""
    return secrets.choice(_FIRST) + "".join(secrets.choice(_REST) for _ in range(15))


def base62(length: int) -> str:
    """So many random letters and digits, 5.95 bits each."""
    return "".join(secrets.choice(_FIRST) for _ in range(length))
