"""Spans of time, their steps, and what sums say."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from app.domain.usage import Sums
from app.domain.usage_periods import DAY, HOUR, Period, Span, duration, first_token, span_of
from tests.domain.test_usage import call, summed

NOW = datetime(2026, 11, 27, 12, 34, 56, tzinfo=UTC)
NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.mark.parametrize(("period", "count"), [("24h", 24), ("7d", 7), ("30d", 30), ("90d", 90)])
def test_a_period_has_as_many_steps_as_its_name_says_and_the_last_is_now(period: str, count: int) -> None:
    span = span_of(Period(period), NOW)
    places = list(span.places())
    assert len(places) == count
    assert places[-1] <= NOW < span.end == places[-1] + span.step
    assert span.is_hourly is (period == "24h")
    assert [each.begin for each in span.steps()] == places


def test_days_are_those_of_utc() -> None:
    east = timezone(timedelta(hours=9))
    span = span_of(Period.WEEK, datetime(2026, 11, 28, 3, tzinfo=east))
    assert (span.begin, span.end) == (datetime(2026, 11, 21, tzinfo=UTC), datetime(2026, 11, 28, tzinfo=UTC))


@pytest.mark.parametrize(("step", "place"), [(HOUR, NOON), (DAY, datetime(2026, 11, 27, tzinfo=UTC))])
def test_a_moment_falls_into_one_step(step: timedelta, place: datetime) -> None:
    begin = datetime(2026, 11, 20, tzinfo=UTC)
    assert Span(begin, begin + 10 * DAY, step).place_of(NOW) == place


def test_the_span_before_is_as_long_and_ends_where_this_one_begins() -> None:
    span = span_of(Period.MONTH, NOW)
    assert span.before() == Span(span.begin - 30 * DAY, span.begin, DAY)


def test_times_are_read_from_buckets_and_nothing_from_none() -> None:
    sums = summed(*(call(first_token_ms=30.0, duration_ms=900.0) for _ in range(10)))
    assert first_token(sums, 0.5) == pytest.approx(30)
    assert duration(sums, 0.95) == pytest.approx(1248)
    assert (first_token(Sums(), 0.5), duration(Sums(), 0.5)) == (None, None)
