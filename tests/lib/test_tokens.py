"""Identifiers and the clock."""

import re
from datetime import UTC, datetime, timedelta

from app.lib.clock import now
from app.lib.tokens import new_id


def test_identifiers_differ_and_are_safe_in_a_url() -> None:
    made = {new_id() for _ in range(2000)}
    assert len(made) == 2000
    assert all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{15}", each) for each in made)


def test_the_clock_knows_its_zone() -> None:
    assert now().tzinfo is UTC
    assert abs(datetime.now(UTC) - now()) < timedelta(seconds=2)
