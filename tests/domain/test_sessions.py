"""When a session ends by itself, and whom the sign-in limit counts together."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.sessions import SessionLimits, digest, network_of

BEGAN = datetime(2026, 11, 22, 9, tzinfo=UTC)
LIMITS = SessionLimits(idle=timedelta(minutes=30), longest=timedelta(hours=12))


@pytest.mark.parametrize(
    ("seen_after", "asked_after", "over"),
    [
        (timedelta(0), timedelta(minutes=29, seconds=59), False),
        (timedelta(0), timedelta(minutes=30), True),
        (timedelta(hours=11, minutes=50), timedelta(hours=11, minutes=59), False),
        (timedelta(hours=11, minutes=59), timedelta(hours=12), True),
    ],
)
def test_a_session_ends_when_idle_or_at_its_longest(seen_after: timedelta, asked_after: timedelta, over: bool) -> None:
    assert LIMITS.over(BEGAN, BEGAN + seen_after, BEGAN + asked_after) is over


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("nonsense" * 20, ("nonsense" * 20)[:64]),
    ],
)
def test_an_ipv6_network_counts_as_one(address: str, network: str) -> None:
    assert network_of(address) == network


def test_the_database_keeps_nothing_that_opens_a_session() -> None:
    assert digest("secret") != "secret"
    assert len(digest("secret")) == 64
