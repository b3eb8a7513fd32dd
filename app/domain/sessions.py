"""How long a session, a sign-in and the proof of it last, and whom the sign-in limit counts together."""

import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta

# How long a finished sign-in waits for the frame that asked for it.
HANDOFF_WITHIN = timedelta(seconds=60)
SEEN_EVERY = timedelta(seconds=60)
SIGN_IN_WITHIN = timedelta(minutes=10)
ATTEMPTS_A_MINUTE = 60
# How long a sign-in is proof enough for what an open browser alone must not do.
PROVEN_FOR = timedelta(minutes=10)
# An ID token this new was made for this very sign-in.
NEW_TOKEN = timedelta(seconds=60)
# What a session keeps that began with an older one and without a time of the proof.
UNPROVEN = "unproven"
_CLOCKS_DIFFER_BY = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class SessionLimits:
    """`idle` without a request, or `longest` after its beginning, ends a session."""

    idle: timedelta = timedelta(minutes=30)
    longest: timedelta = timedelta(hours=12)

    def over(self, created: datetime, last_seen: datetime, now: datetime) -> bool:
        """Whether a session has ended by itself."""
        return now >= created + self.longest or now >= last_seen + self.idle


def proves(auth_time: datetime | None, issued_at: datetime | None, now: datetime) -> bool:
    """Whether an answer of the provider shows that the person proved who they are just now.

    `auth_time` says when that was. Several providers leave it out; then the ID token has to be a new one.
    """
    if auth_time is None:
        return issued_at is not None and now - issued_at <= NEW_TOKEN
    return _is_recent(auth_time, now)


def is_proven(auth_time: datetime | None, began: datetime, now: datetime) -> bool:
    """Whether a session's sign-in is proof enough; without `auth_time` it counts from when the session `began`."""
    return _is_recent(auth_time or began, now)


def _is_recent(moment: datetime, now: datetime) -> bool:
    return -_CLOCKS_DIFFER_BY <= now - moment <= PROVEN_FOR


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
