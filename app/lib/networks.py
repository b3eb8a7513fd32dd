"""What an IP address is for, by our own table.

The flags of `ipaddress` (is_private, is_global and so on) are not used: they call NAT64 forms of a metadata address
global, know nothing of cloud metadata outside 169.254/16 and differ between Python versions. Sources of the table:
IANA special-purpose registries (RFC 6890 and its updates) and the clouds' documentation of their metadata addresses.
"""

import ipaddress
from collections.abc import Iterator
from enum import StrEnum

IP = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Kind(StrEnum):
    """What a range is for; `public` is everything that no rule names."""

    METADATA = "metadata"
    UNSPECIFIED = "unspecified"
    LOOPBACK = "loopback"
    LINK_LOCAL = "link_local"
    SHARED = "shared"
    PROTOCOL = "protocol"
    BENCHMARK = "benchmark"
    DOCUMENTATION = "documentation"
    MULTICAST = "multicast"
    NAT64 = "nat64"
    RESERVED = "reserved"
    PRIVATE = "private"
    PUBLIC = "public"


# Read from the top: the first range that holds an address decides.
_RANGES: tuple[tuple[Kind, tuple[str, ...]], ...] = (
    (Kind.METADATA, ("169.254.0.0/16", "100.100.100.200/32", "168.63.129.16/32", "192.0.0.192/32")),
    (Kind.METADATA, ("fd00:ec2::/32", "fd20:ce::/32")),
    (Kind.UNSPECIFIED, ("0.0.0.0/8", "::/128")),
    (Kind.LOOPBACK, ("127.0.0.0/8", "::1/128")),
    (Kind.LINK_LOCAL, ("fe80::/10",)),
    (Kind.SHARED, ("100.64.0.0/10",)),
    (Kind.PROTOCOL, ("192.0.0.0/24",)),
    (Kind.BENCHMARK, ("198.18.0.0/15",)),
    (Kind.DOCUMENTATION, ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20")),
    (Kind.MULTICAST, ("224.0.0.0/4", "ff00::/8")),
    (Kind.NAT64, ("64:ff9b::/96", "64:ff9b:1::/48")),
    (Kind.RESERVED, ("192.88.99.0/24", "240.0.0.0/4")),
    (Kind.RESERVED, ("::/96", "::ffff:0:0:0/96", "100::/64", "2001::/23", "5f00::/16", "fec0::/10")),
    (Kind.PRIVATE, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")),
)
_TABLE: tuple[tuple[Network, Kind], ...] = tuple(
    (ipaddress.ip_network(text), kind) for kind, texts in _RANGES for text in texts
)
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_NAT64_LOCAL = ipaddress.IPv6Network("64:ff9b:1::/48")
_SIX_TO_FOUR = ipaddress.IPv6Network("2002::/16")
_GLOBAL = ipaddress.IPv6Network("2000::/3")
# The 32 bits in front of the IPv4 address in an ISATAP interface identifier (RFC 5214 6.1), both values of the u bit.
_ISATAP = frozenset({0x00005EFE, 0x02005EFE})


def kind_of(ip: IP) -> Kind:
    """The kind of the range that holds the address; what is inside it (see `embedded`) has to be judged, too."""
    for network, kind in _TABLE:
        if ip.version == network.version and ip in network:
            return kind
    if isinstance(ip, ipaddress.IPv6Address) and ip not in _GLOBAL and ip not in _MAPPED:
        return Kind.RESERVED
    return Kind.PUBLIC


def embedded(ip: IP) -> tuple[ipaddress.IPv4Address, ...]:
    """The IPv4 addresses that an IPv6 address leads to: mapped, NAT64, 6to4, ISATAP; none for the others.

    In the local-use NAT64 prefix (RFC 8215) the place of the IPv4 address depends on the prefix length that an operator
    chose (RFC 6052 2.2), so every place is returned.
    """
    if isinstance(ip, ipaddress.IPv4Address):
        return ()
    return tuple(dict.fromkeys(_found_inside(ip)))


def leads_to(ip: IP) -> IP:
    """The address that packets end at: the IPv4 address inside a mapped or NAT64 form, else the address itself."""
    return ipaddress.IPv4Address(ip.packed[12:]) if ip in _MAPPED or ip in _NAT64 else ip


def as_ip(host: str) -> IP | None:
    """The host as an address where it is written as one."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _found_inside(ip: ipaddress.IPv6Address) -> Iterator[ipaddress.IPv4Address]:
    raw = ip.packed
    if ip in _MAPPED or ip in _NAT64:
        yield ipaddress.IPv4Address(raw[12:])
    elif ip in _SIX_TO_FOUR:
        yield ipaddress.IPv4Address(raw[2:6])
    elif ip in _NAT64_LOCAL:
        yield ipaddress.IPv4Address(raw[12:])
        yield ipaddress.IPv4Address(raw[6:8] + raw[9:11])
        yield ipaddress.IPv4Address(raw[7:8] + raw[9:12])
        yield ipaddress.IPv4Address(raw[9:13])
    if int.from_bytes(raw[8:12], "big") in _ISATAP:
        yield ipaddress.IPv4Address(raw[12:])
