"""Values of settings that several of them share, checked: ValueError says what one should be."""

import re
from urllib.parse import SplitResult, urlsplit

from app.config_sources import PREFIX
from app.lib.networks import as_ip
from app.lib.urls import BadAddress, parse

PROXY_HINT = "should be http://host:port or http://user:password@host:port"
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_NAME = re.compile(r"([a-z0-9_-]+\.)*[a-z0-9_-]+")
_DEFAULT_PORTS = {"http": 80, "https": 443}


def is_host(name: str | None) -> bool:
    """Whether a browser could ask for this host, in lower case; a name outside ASCII is written as xn--…."""
    return name is not None and (_NAME.fullmatch(name) is not None or as_ip(name) is not None)


def origin(value: str, hint: str) -> str:
    """An origin as browsers write it: lower case, without the scheme's own port; empty stays empty."""
    if not value:
        return value
    try:
        parts = urlsplit(value)
        written = _as_browsers_write(parts)
    except ValueError as error:
        raise ValueError(hint) from error
    plain = parts.scheme in _DEFAULT_PORTS and is_host(parts.hostname) and "@" not in value
    if not plain or parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError(hint)
    if parts.scheme == "http" and parts.hostname not in LOOPBACK_NAMES:
        raise ValueError("should begin with https (http is for loopback only)")
    return written


def _as_browsers_write(parts: SplitResult) -> str:
    """Raises ValueError for a port that is none."""
    host, port = parts.hostname or "", parts.port
    if port == 0:
        raise ValueError
    shown = f"[{host}]" if ":" in host else host
    default = port in (None, _DEFAULT_PORTS.get(parts.scheme))
    return f"{parts.scheme}://{shown}" if default else f"{parts.scheme}://{shown}:{port}"


def issuer(value: str) -> str:
    """The issuer as its metadata spells it; empty stays empty."""
    parts = urlsplit(value)
    known = parts.scheme in _DEFAULT_PORTS and is_host(parts.hostname)
    if value and (not known or parts.query or parts.fragment):
        raise ValueError("should be the provider's issuer address, for example https://gitlab.example.com")
    if value and parts.scheme == "http" and parts.hostname not in LOOPBACK_NAMES:
        raise ValueError("should begin with https (http is for loopback only)")
    return value


def proxy(value: str) -> str:
    """The address of a forward proxy, as app/lib/dial.py reads it; empty stays empty."""
    parts = urlsplit(value)
    try:
        if value:
            parse(f"http://{parts.netloc.rpartition('@')[2]}")
    except BadAddress as error:
        raise ValueError(PROXY_HINT) from error
    if value and (parts.scheme != "http" or parts.path not in ("", "/") or parts.query or parts.fragment):
        raise ValueError(PROXY_HINT)
    return value


def exposure(hops: int, *, on_loopback: bool) -> str:
    """What to warn of where others reach the port and no reverse proxy is in front; else empty."""
    if on_loopback or hops:
        return ""
    return (
        f"No reverse proxy is in front ({PREFIX}PROXY_HOPS is 0): slow clients can take all connections. "
        "Put nginx in front, as deploy/nginx/modelport.conf shows."
    )
