"""Which addresses the outbound door may reach; judged on resolved addresses, so that no spelling of a name gets around it."""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

from app.lib.urls import Address

IP = ipaddress.IPv4Address | ipaddress.IPv6Address


class BadPolicy(ValueError):
    """A policy entry that cannot be read; `entry` is the text as given, `setting` is allow, deny, own or allow_private."""

    def __init__(self, setting: str, entry: str, message: str) -> None:
        super().__init__(message)
        self.setting = setting
        self.entry = entry
        self.message = message


@dataclass(frozen=True, slots=True)
class Refusal:
    """`rule`: metadata, own_address, denied, loopback, shared, benchmark, protocol, nat64, private, link_local, multicast,
    unspecified, documentation, reserved, plain_key. `setting`: the line that would admit it ("EGRESS_ALLOW=host:port"), or None."""

    rule: str
    sentence: str
    setting: str | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a list: a network, or a host (name or IP literal) with a port (None = every port)."""

    network: ipaddress.IPv4Network | ipaddress.IPv6Network | None = None
    host: str | None = None
    port: int | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """The operator's rules; `loopback_open` (evaluation mode) admits loopback except the own ports."""

    allow_private: bool = True
    allow: tuple[Entry, ...] = ()
    deny: tuple[Entry, ...] = ()
    own: tuple[Entry, ...] = ()
    loopback_open: bool = False

    @classmethod
    def from_text(
        cls,
        allow_private: bool = True,
        allow: str | Iterable[str] = (),
        deny: str | Iterable[str] = (),
        own: str | Iterable[str] = (),
        loopback_open: bool = False,
    ) -> "Policy":
        """Lists are comma, semicolon or space separated text, or already split; raises BadPolicy naming the bad entry."""
        raise NotImplementedError

    def judge(self, ip: IP, port: int, host: str) -> Refusal | None:
        """Whether a connection to this resolved address, asked for under the name `host`, is refused."""
        raise NotImplementedError

    def may_carry_key(self, address: Address, ip: IP) -> Refusal | None:
        """A key goes over http:// to addresses of the own network only."""
        raise NotImplementedError
