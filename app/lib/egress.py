"""Which addresses the outbound door may reach.

Judged are resolved addresses at the moment of connecting, so neither a spelling of the address nor a name server that
changes its answer gets around it. Model servers live on private networks, so these are open by default; what hands out
credentials to whoever asks (metadata services) and this installation itself are closed whatever the settings say.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from app.lib.egress_entries import BadPolicy, Entry, read_entries
from app.lib.egress_own import is_own
from app.lib.networks import IP, Kind, embedded, kind_of, leads_to
from app.lib.urls import Address

__all__ = ["IP", "Admission", "BadPolicy", "Entry", "Policy", "Refusal"]

_ADMITTABLE = frozenset({Kind.LOOPBACK, Kind.SHARED, Kind.PROTOCOL, Kind.BENCHMARK, Kind.NAT64, Kind.PRIVATE})
_NEAR = frozenset({Kind.LOOPBACK, Kind.SHARED, Kind.PROTOCOL, Kind.BENCHMARK, Kind.PRIVATE})
# In the local-use NAT64 prefix only one of several readings is the true one; noise of the others must not refuse.
_ALWAYS_MEANT = frozenset({Kind.METADATA, Kind.LOOPBACK})

_SENTENCES = {
    "metadata": "This is the address of a cloud's metadata service, which hands out credentials. It is never called.",
    "own_address": "This is an address of this installation itself. It is never called.",
    "denied": "The setting EGRESS_DENY lists this address.",
    "loopback": "The address leads back to the machine that this service runs on.",
    "private": "The address is in a private network, and the settings do not admit it.",
    "shared": "The address is in the shared range 100.64.0.0/10, where providers and container networks live.",
    "protocol": "The address is in 192.0.0.0/24, a range for network protocols.",
    "benchmark": "The address is in 198.18.0.0/15, a range for laboratory networks.",
    "nat64": "The address goes through a translation from IPv6 to IPv4.",
    "link_local": "The address is only valid on one network link.",
    "multicast": "The address stands for a group of machines, not for one server.",
    "unspecified": "The address stands for no machine.",
    "documentation": "The address is in a range for examples in documentation.",
    "reserved": "The address is in a reserved range, where no server can be.",
    "plain_key": "A key would go over http:// to a public address, readable on the way. Use https://.",
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an address is not called.

    `rule` is a stable slug: metadata, own_address, denied, loopback, private, shared, protocol, benchmark, nat64,
    link_local, multicast, unspecified, documentation, reserved, plain_key. `setting` is the line that would admit the
    address ("EGRESS_ALLOW=host:port"), None where no setting does.
    """

    rule: str
    sentence: str
    setting: str | None

    @property
    def cure(self) -> str:
        """What would admit the address, in a sentence."""
        if self.rule == "denied":
            return "Without that entry it is judged by the other rules."
        return f"{self.setting} would admit it." if self.setting else "No setting admits it."


@dataclass(frozen=True, slots=True)
class Admission:
    """Why an address may be called: `rule` is public, unknown, private, listed or evaluation.

    `setting` is the line that admits it, None where it needs none.
    """

    rule: str
    sentence: str
    setting: str | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """The operator's rules; `loopback_open` (evaluation) admits loopback except the own ports.

    `prefix` is put before the setting names that refusals mention.
    """

    allow_private: bool = True
    allow: tuple[Entry, ...] = ()
    deny: tuple[Entry, ...] = ()
    own: tuple[Entry, ...] = ()
    loopback_open: bool = False
    prefix: str = ""

    @classmethod
    def from_text(
        cls,
        allow_private: bool = True,
        allow: str | Iterable[str] = (),
        deny: str | Iterable[str] = (),
        own: str | Iterable[str] = (),
        loopback_open: bool = False,
        prefix: str = "",
    ) -> "Policy":
        """Lists are text with commas, semicolons or lines, or split already; raises BadPolicy naming the bad entry.

        `own` holds host:port of what this installation listens on and keeps its data in.
        """
        return cls(
            allow_private,
            read_entries("allow", allow),
            read_entries("deny", deny),
            read_entries("own", own),
            loopback_open,
            prefix,
        )

    def judge(self, ip: IP | None, port: int, host: str) -> Refusal | None:
        """Whether a connection to this resolved address, asked for under the name `host`, is refused, and why.

        Without an address (only the operator's proxy knows the name) the lists of names decide.
        """
        if ip is None:
            return self._refusal("denied") if any(entry.is_host(host, port) for entry in self.deny) else None
        inside = embedded(ip)
        for each in (*inside, ip):
            if is_own(self.own, each, port, host):
                return self._refusal("own_address")
            if kind_of(each) is Kind.METADATA:
                return self._refusal("metadata")
            if any(entry.names(each, port, host) for entry in self.deny):
                return self._refusal("denied")
        certain = len(inside) == 1
        for each in (*inside, ip):
            kind = kind_of(each)
            if (certain or each == ip or kind in _ALWAYS_MEANT) and not self._admits(kind, each, port, host):
                return self._refusal(kind, host, port)
        return None

    def admission(self, ip: IP | None, port: int, host: str) -> Admission:
        """What lets an address through that `judge` does not refuse."""
        if ip is None:
            return Admission("unknown", "Only the proxy can look this name up; no entry forbids it.")
        each_way = (*embedded(ip), ip)
        kinds = {kind_of(each) for each in each_way} - {Kind.PUBLIC}
        if not kinds:
            return Admission("public", "It is a public address, and no entry forbids it.")
        if kinds <= {Kind.PRIVATE} and self.allow_private:
            sentence = "Private networks may be called, and no entry forbids it."
            return Admission("private", sentence, f"{self.prefix}EGRESS_ALLOW_PRIVATE")
        entry = next((entry for entry in self.allow if any(entry.names(each, port, host) for each in each_way)), None)
        if entry:
            return Admission("listed", "An entry of the settings admits it.", f"{self.prefix}EGRESS_ALLOW={entry}")
        return Admission("evaluation", "In an evaluation, servers on this machine may be called.")

    def forbidding(self, host: str, port: int) -> str:
        """The line of the settings that forbids this host and port, whatever they admit."""
        return f"{self.prefix}EGRESS_DENY={_shown(host, port)}"

    def may_carry_key(self, address: Address, ip: IP | None) -> Refusal | None:
        """A key goes over http:// to addresses of the own networks only."""
        if address.scheme == "https" or (ip is not None and kind_of(leads_to(ip)) in _NEAR):
            return None
        return self._refusal("plain_key")

    def is_public(self, ip: IP) -> bool:
        """Whether the address lies outside, where an operator's proxy leads."""
        return kind_of(leads_to(ip)) is Kind.PUBLIC

    def _admits(self, kind: Kind, ip: IP, port: int, host: str) -> bool:
        if kind is Kind.PUBLIC or (kind is Kind.PRIVATE and self.allow_private):
            return True
        if kind is Kind.LOOPBACK and self.loopback_open:
            return True
        # A network never opens loopback: what runs beside this service is opened one host:port at a time.
        entries = (entry for entry in self.allow if entry.network is None or kind is not Kind.LOOPBACK)
        return kind in _ADMITTABLE and any(entry.names(ip, port, host) for entry in entries)

    def _refusal(self, rule: str, host: str = "", port: int = 0) -> Refusal:
        sentence = _SENTENCES[rule].replace("EGRESS_DENY", f"{self.prefix}EGRESS_DENY")
        if rule not in _ADMITTABLE or not host:
            return Refusal(str(rule), sentence, None)
        return Refusal(str(rule), sentence, f"{self.prefix}EGRESS_ALLOW={_shown(host, port)}")


def _shown(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
