"""What a minute's limit comes to: portions, windows, waits."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.limits import LIMIT_MAX, Limits, fault, granted, is_low, minute_of, portion, seconds_to_wait

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("limit", "size"), [(None, 0), (1, 1), (3, 1), (39, 1), (40, 2), (50, 2), (6000, 300), (LIMIT_MAX, 50_000_000)]
)
def test_a_portion_is_a_twentieth_and_at_least_one(limit: int | None, size: int) -> None:
    assert portion(limit) == size


@pytest.mark.parametrize(
    ("left", "limit", "low"),
    [(0, 3, False), (0, 39, False), (0, 40, True), (1, 40, False), (149, 6000, True), (150, 6000, False)],
)
def test_a_portion_is_low_below_half_and_never_where_they_go_out_one_by_one(left: int, limit: int, low: bool) -> None:
    assert is_low(left, limit) is low
    assert not is_low(0, None)


@pytest.mark.parametrize(
    ("limit", "asked", "taken", "got"),
    [(50, 2, 2, 2), (50, 2, 50, 2), (45, 2, 46, 1), (45, 2, 47, 0), (3, 1, 900, 0), (None, 0, 0, 0)],
)
def test_what_was_asked_for_is_granted_as_far_as_the_limit_goes(
    limit: int | None, asked: int, taken: int, got: int
) -> None:
    assert granted(limit, asked, taken) == got


@pytest.mark.parametrize(
    ("seconds", "minutes", "wait"), [(0, 0, 60), (0.4, 0, 60), (1, 0, 59), (59.2, 0, 1), (60, 1, 60), (-0.001, -1, 1)]
)
def test_a_window_is_a_minute_of_the_clock(seconds: float, minutes: int, wait: int) -> None:
    moment = NOON + timedelta(seconds=seconds)
    assert (minute_of(moment) - minute_of(NOON), seconds_to_wait(moment)) == (minutes, wait)


@pytest.mark.parametrize(("limit", "wrong"), [(None, False), (1, False), (LIMIT_MAX, False), (0, True), (-1, True)])
def test_a_limit_is_none_or_from_one_to_the_most(limit: int | None, wrong: bool) -> None:
    assert bool(fault(limit)) is wrong
    assert fault(LIMIT_MAX + 1) == "Use 1 to 1,000,000,000, or leave it out for no limit."


def test_either_limit_alone_is_to_be_counted() -> None:
    assert not Limits().are_set
    assert Limits(requests_per_minute=1).are_set
    assert Limits(tokens_per_minute=1).are_set
