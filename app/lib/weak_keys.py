"""Which keys must not be used: apart from the sealing, so that settings are read before its library is imported."""

import re

MIN_KEY_BYTES = 32
MIN_DISTINCT_CHARACTERS = 8
_EXAMPLE = re.compile(
    r"change.?me|example|default|password|insecure|placeholder|replace|secret.?key|your.?key|develop", re.IGNORECASE
)


def weakness(key: str) -> str | None:
    """Why a key must not be used, as the end of a sentence ("is missing"); None when it may."""
    if not key.strip():
        return "is missing"
    if len(key.encode()) < MIN_KEY_BYTES:
        return f"is shorter than {MIN_KEY_BYTES} bytes"
    if len(set(key)) < MIN_DISTINCT_CHARACTERS:
        return "repeats a few characters"
    if key in (key + key)[1:-1]:
        return "repeats one pattern"
    if _EXAMPLE.search(key):
        return "is an example or default, not a random value"
    return None
