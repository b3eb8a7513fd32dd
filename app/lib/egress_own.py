"""Whether an address is this installation itself: where it listens and where its data lives."""

import ipaddress
import socket
from collections.abc import Iterable

from app.lib.egress_entries import Entry
from app.lib.networks import IP, Kind, kind_of


def is_own(own: Iterable[Entry], ip: IP, port: int, host: str) -> bool:
    """Only a matching port costs more than a comparison, so ordinary calls pay nothing."""
    return any(
        entry.names(ip, port, host)
        or (entry.is_any and (kind_of(ip) in (Kind.LOOPBACK, Kind.UNSPECIFIED) or _is_here(ip)))
        or (entry.host is not None and ip in _addresses(entry.host))
        for entry in own
        if entry.port == port
    )


def _is_here(ip: IP) -> bool:
    """The kernel reaches a machine's own address from that very address; connecting a datagram socket sends nothing."""
    family = socket.AF_INET6 if ip.version == 6 else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            probe.connect((str(ip), 9))
            return ipaddress.ip_address(probe.getsockname()[0].partition("%")[0]) == ip
    except OSError:
        return False


def _addresses(name: str) -> set[IP]:
    if name == "*":
        return set()
    try:
        answers = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return set()
    return {ipaddress.ip_address(str(answer[4][0]).partition("%")[0]) for answer in answers}
