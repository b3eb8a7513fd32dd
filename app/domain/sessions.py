"""How long a session and a sign-in last, and whom the sign-in limit counts together."""

import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta

SEEN_EVERY = timedelta(seconds=60)
SIGN_IN_WITHIN = timedelta(minutes=10)
ATTEMPTS_A_MINUTE = 60


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """`idle` without a request, or `longest` after its beginning, ends a session."""

    idle: timedelta = timedelta(minutes=30)
    longest: timedelta = timedelta(hours=12)

    def over(self, created: datetime, last_seen: datetime, now: datetime) -> bool:
        """Whether a session has ended by itself."""
        return now >= created + self.longest or now >= last_seen + self.idle


def network_of(address: str) -> str:
    """The address that the limit counts: an IPv4 address, or an IPv6 /64, which one customer usually owns whole."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if parsed.version == 6:
        if parsed.ipv4_mapped:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


def digest(secret: str) -> str:
    """What the database keeps of a secret that only the browser holds: 64 hex characters of SHA-256."""
    return hashlib.sha256(secret.encode()).hexdigest()
