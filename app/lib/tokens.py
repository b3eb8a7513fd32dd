"""Opaque random identifiers that are safe in a URL, a file name and an HTML id."""

import random
import secrets
import string

_LETTERS = string.ascii_letters + string.digits
_BYTES = 12
_LABEL_BITS = 64


def new_id() -> str:
    """16 URL-safe characters (95 bits), the first a letter or digit so that it never reads as an option."""
    while (drawn := secrets.token_urlsafe(_BYTES))[0] in "-_":
        pass
    return drawn


def new_label() -> str:
    """Like `new_id`, from a generator that can be foreseen: for what only tells one thing from another in a log."""
    return f"{random.getrandbits(_LABEL_BITS):016x}"


def base62(length: int) -> str:
    """So many random letters and digits, 5.95 bits each."""
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def new_number() -> int:
    """A random number of 62 bits, for what has to be numbered where no database counts."""
    return secrets.randbits(62)
