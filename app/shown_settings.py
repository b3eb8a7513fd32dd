"""The settings as a page may show them: where each value came from, and of secrets only that they are set."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from app.config import PREFIX, Settings, sources

Shown = tuple[str, str, str, str]

SET, NOT_SET = "Set", "Not set"
# Addresses that may carry a password.
_ADDRESSES = frozenset({"database_url", "egress_proxy", "alert_webhook"})


def shown(settings: Settings, environment: Mapping[str, str]) -> Iterator[Shown]:
    """Each setting's name, its value in words, its source and its help."""
    found = sources(environment)
    for name, field in Settings.model_fields.items():
        value = getattr(settings, name)
        source = found.get(name, "default")
        if source == "default" and value != field.get_default(call_default_factory=True):
            source = "Modelport's own"
        yield PREFIX + name.upper(), _words(name, value), source, field.description or ""


def is_confidential(name: str, value: Any) -> bool:
    """Whether a setting's value is not for everybody: a secret, or an address that may carry one."""
    return _is_secret(value) or name in _ADDRESSES


def _words(name: str, value: Any) -> str:
    if _is_secret(value) or name == "secret_keys":
        return SET if value else NOT_SET
    if isinstance(value, tuple):
        return "; ".join(map(str, value)) or NOT_SET
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name in _ADDRESSES and value:
        return _without_credentials(value)
    return NOT_SET if value in ("", None) else str(value)


def _is_secret(value: Any) -> bool:
    return isinstance(value, SecretStr) or (isinstance(value, tuple) and any(map(_is_secret, value)))


def _without_credentials(address: str) -> str:
    """The address without name, password and query, any of which may be secret."""
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    hidden = "(hidden)@" if "@" in parts.netloc else ""
    return f"{parts.scheme}://{hidden}{host}{parts.path}{'?(hidden)' if parts.query else ''}"
