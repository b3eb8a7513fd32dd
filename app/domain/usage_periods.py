"""Over what time usage is looked at, by what it is summed up, and what is read from sums."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from app.domain.usage import DURATION_BOUNDS, FIRST_TOKEN_BOUNDS, Sums, hour_of, quantile

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
MEDIAN = 0.5
HIGH = 0.95


class Period(StrEnum):
    """How far back usage is looked at: in hours for a day, in days for more."""

    DAY = "24h"
    WEEK = "7d"
    MONTH = "30d"
    QUARTER = "90d"


class Grouping(StrEnum):
    """What usage is summed up by."""

    FEATURE = "feature"
    ENDPOINT = "endpoint"
    TOKEN = "token"  # noqa: S105 -- a word, no secret


_STEPS = {Period.DAY: (24, HOUR), Period.WEEK: (7, DAY), Period.MONTH: (30, DAY), Period.QUARTER: (90, DAY)}


@dataclass(frozen=True, slots=True)
class Span:
    """From `begin` to before `end`, in UTC, in whole steps of an hour or a day."""

    begin: datetime
    end: datetime
    step: timedelta

    @property
    def is_hourly(self) -> bool:
        """Whether its steps are hours."""
        return self.step == HOUR

    def places(self) -> Iterator[datetime]:
        """When its steps begin."""
        at = self.begin
        while at < self.end:
            yield at
            at += self.step

    def place_of(self, moment: datetime) -> datetime:
        """When the step begins that a moment falls into."""
        return self.begin + (moment - self.begin) // self.step * self.step

    def before(self) -> "Span":
        """As long a span, right before this one."""
        return Span(self.begin - (self.end - self.begin), self.begin, self.step)

    def steps(self) -> "Iterator[Span]":
        """Each of its steps by itself."""
        for at in self.places():
            yield Span(at, at + self.step, self.step)


def span_of(period: Period, now: datetime) -> Span:
    """The period that ends with the hour, or the day of UTC, that it is now."""
    count, step = _STEPS[period]
    present = hour_of(now) if step == HOUR else now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    end = present + step
    return Span(end - count * step, end, step)


def first_token(sums: Sums, share: float) -> float | None:
    """Milliseconds within which the first token came for this share of the streamed calls, as buckets tell it."""
    return quantile(sums.first_token_buckets, FIRST_TOKEN_BOUNDS, share)


def duration(sums: Sums, share: float) -> float | None:
    """Milliseconds within which this share of the calls ended, as buckets tell it."""
    return quantile(sums.duration_buckets, DURATION_BOUNDS, share)
