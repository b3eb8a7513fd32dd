"""The entries of the egress settings: a network, or a host with a port."""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

from app.lib.networks import IP, Kind, Network, as_ip, kind_of
from app.lib.urls import BadAddress, checked_name

_HERE = "localhost"
# What EGRESS_ALLOW cannot open, beside the metadata services.
_NEVER = frozenset({Kind.UNSPECIFIED, Kind.LINK_LOCAL, Kind.DOCUMENTATION, Kind.MULTICAST, Kind.RESERVED})
_ANY = frozenset({"0.0.0.0", "::", "*"})  # noqa: S104 - recognised, never bound


class BadPolicy(ValueError):
    """An entry that cannot be read; `setting` is allow, deny or own, `entry` the text as it was given."""

    def __init__(self, setting: str, entry: str, message: str) -> None:
        super().__init__(f"{entry!r}: {message}")
        self.setting = setting
        self.entry = entry
        self.message = message


@dataclass(frozen=True, slots=True)
class Entry:
    """Either `network`, or `host` (a name, an address, "*" for any) with `port` (None: every port)."""

    network: Network | None = None
    host: str | None = None
    port: int | None = None

    def names(self, ip: IP, port: int, host: str) -> bool:
        """Whether the entry speaks of this address, asked for under the name `host`.

        The names and addresses of loopback are one, since "localhost" has an answer in IPv4 and one in IPv6.
        """
        if self.network is not None:
            return ip.version == self.network.version and ip in self.network
        if self.is_host(host, port) or self.is_host(str(ip), port):
            return True
        return kind_of(ip) is Kind.LOOPBACK and self.is_host(_HERE, port)

    def is_host(self, host: str, port: int) -> bool:
        """Whether the entry is this host, with this port or with none."""
        return self.host == host and self.port in (None, port)

    def __str__(self) -> str:
        if self.network is not None:
            return str(self.network)
        host = f"[{self.host}]" if ":" in (self.host or "") else self.host
        return f"{host}:{self.port}" if self.port is not None else f"{host}"

    @property
    def is_any(self) -> bool:
        """Whether it stands for every address of this machine."""
        return self.host == "*"


def read_entries(setting: str, given: str | Iterable[str]) -> tuple[Entry, ...]:
    """The entries of one setting, between commas, semicolons or lines; raises BadPolicy."""
    text = given if isinstance(given, str) else ";".join(given)
    entries = (entry.strip() for entry in re.split(r"[\n,;]", text))
    return tuple(_read(setting, entry) for entry in entries if entry)


def _read(setting: str, text: str) -> Entry:
    if any(each.isspace() for each in text):
        # Taken apart, the words of a name would be hosts that nobody meant.
        raise BadPolicy(setting, text, "there is a space in it; put a semicolon between two entries")
    network = _network(text)
    if network is not None and setting != "own":
        return _checked(setting, text, network)
    host, port = _split(setting, text)
    if port is None and setting != "deny":
        raise BadPolicy(setting, text, "name the port, as in host:port, or give a network, as in 10.0.0.0/8")
    return Entry(host=_host(setting, text, host), port=port)


def _network(text: str) -> Network | None:
    try:
        return ipaddress.ip_network(text.strip("[]"), strict=False)
    except ValueError:
        return None


def _checked(setting: str, text: str, network: Network) -> Entry:
    if getattr(network.network_address, "scope_id", None):
        raise BadPolicy(setting, text, "leave out the % and what follows; an address holds on every link")
    kind = kind_of(network.network_address)
    if setting == "allow" and kind is Kind.LOOPBACK:
        raise BadPolicy(setting, text, "open loopback one service at a time, as in 127.0.0.1:11434")
    if kind is kind_of(network.broadcast_address):
        _refuse_useless(setting, text, kind)
    return Entry(network=network)


def _refuse_useless(setting: str, text: str, kind: Kind) -> None:
    """An entry that would admit what no setting admits looks as if it helped."""
    if setting == "allow" and kind is Kind.METADATA:
        raise BadPolicy(setting, text, "metadata services are never called, whatever the settings say")
    if setting == "allow" and kind in _NEVER:
        raise BadPolicy(setting, text, "no server can be in that range, so it is never called; name a server's own")


def _split(setting: str, text: str) -> tuple[str, int | None]:
    host, colon, port = text.rpartition(":")
    if not colon or text.endswith("]"):
        return text, None
    # An own port of 0 means "any free one": nothing to compare with, and nothing wrong.
    least = 0 if setting == "own" else 1
    if not (port.isascii() and port.isdigit() and least <= int(port) <= 65535):
        raise BadPolicy(setting, text, "the port is a number between 1 and 65535")
    return host, int(port)


def _host(setting: str, text: str, host: str) -> str:
    bare = host.strip("[]")
    if setting == "own" and bare in _ANY:
        return "*"
    if ip := as_ip(bare):
        _refuse_useless(setting, text, kind_of(ip))
        return _HERE if kind_of(ip) is Kind.LOOPBACK else str(ip)
    if setting == "own" and bare:
        return bare.lower()
    try:
        return checked_name(host.lower())
    except BadAddress:
        raise BadPolicy(setting, text, "this is neither a network nor host:port") from None
