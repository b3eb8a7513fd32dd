"""A time of day that stands still until a test moves it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass
class StillClock:
    """`now` is what it shows."""

    now: datetime = datetime(2026, 11, 27, 12, 0, 18, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, seconds: float) -> None:
        """Let it show so much later."""
        self.now += timedelta(seconds=seconds)
