"""When a measurement counts as old, and which of several findings counts."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.capabilities import Aged, Finding, Grade, is_old, newest, old_because
from app.domain.features import Ability

NOW = datetime(2026, 11, 25, tzinfo=UTC)


@pytest.mark.parametrize(
    ("days", "aged", "old"),
    [(0, None, False), (30, None, False), (31, None, True), (0, Aged.EDITED, True), (0, Aged.CHANGED, True)],
)
def test_a_measurement_grows_old_in_thirty_days_or_by_a_change(days: int, aged: Aged | None, old: bool) -> None:
    at = NOW - timedelta(days=days)
    assert is_old(at, aged, NOW) is old
    assert bool(old_because(at, aged, NOW)) is old


def test_what_was_never_measured_is_not_old() -> None:
    assert old_because(None, Aged.EDITED, NOW) == ""


def test_each_reason_has_its_own_sentence() -> None:
    told = {old_because(NOW - timedelta(days=40), aged, NOW) for aged in (None, *Aged)}
    assert len(told) == 3


def test_of_several_findings_about_one_ability_the_last_counts() -> None:
    cold, warm = Finding(Ability.QUICK, Grade.NO, 4000), Finding(Ability.QUICK, Grade.YES, 300)
    assert newest([cold, Finding(Ability.CHAT, Grade.YES), warm])[Ability.QUICK] is warm
