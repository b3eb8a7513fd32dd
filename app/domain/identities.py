"""What a person is called, from claims that anybody may have written into their profile."""

import unicodedata
from collections.abc import Mapping
from typing import Any

LONGEST_NAME = 255
LONGEST_EMAIL = 320
# What the protocol adds for itself; it says nothing about the person.
_PLUMBING = frozenset({"nonce", "at_hash", "c_hash", "s_hash", "jti", "azp", "nbf"})
_LONGEST_VALUE = 500
_MOST_CLAIMS = 60
_MOST_ITEMS = 50


def display_name(*sources: Mapping[str, Any]) -> str:
    """`name`, else `preferred_username`, else the subject; invisible characters are left out."""
    for claim in ("name", "preferred_username", "sub"):
        for claims in sources:
            if name := _visible(claims.get(claim)):
                return name
    return "unnamed"


def verified_email(*sources: Mapping[str, Any]) -> str:
    """The address where the provider says in JSON's own `true` that it is verified, else nothing."""
    for claims in sources:
        if claims.get("email_verified") is True and (email := _visible(claims.get("email"))):
            return email[:LONGEST_EMAIL]
    return ""


def claims_to_show(*sources: Mapping[str, Any]) -> dict[str, Any]:
    """The claims of all sources, the first one's value first, shortened to what a page can show."""
    merged: dict[str, Any] = {}
    for claims in sources:
        for name, value in claims.items():
            if name not in _PLUMBING and name not in merged and len(merged) < _MOST_CLAIMS:
                merged[name[:LONGEST_NAME]] = _short(value)
    return merged


def _visible(value: Any) -> str:
    # Control and direction characters could make one person's line read as another's.
    if not isinstance(value, str):
        return ""
    return "".join(each for each in value if unicodedata.category(each)[0] != "C").strip()[:LONGEST_NAME]


def _short(value: Any) -> Any:
    if isinstance(value, str):
        return value[:_LONGEST_VALUE]
    if isinstance(value, list):
        return [_short(each) for each in value[:_MOST_ITEMS]]
    if isinstance(value, dict):
        return {str(name)[:LONGEST_NAME]: _short(each) for name, each in list(value.items())[:_MOST_ITEMS]}
    return value
