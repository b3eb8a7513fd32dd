"""What the first page says of the last days: verdicts that changed, and rests that began or ended."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from app.domain.breaker import BreakerState, why
from app.web.context import ports
from app.web.filters import figure
from app.web.overview_pages import MOST_CHANGED, Overview, joined, serves


@dataclass(frozen=True, slots=True)
class Change:
    """One endpoint's newest change: from one verdict to another, or of its breaker's state."""

    endpoint_id: str
    endpoint_name: str
    before: str
    after: str
    at: datetime
    text: str


def changes(seen: Overview) -> list[Change]:
    """What changed, newest first: verdicts of tests, and rests that began or ended."""
    return sorted((*_verdicts(seen), *_rests(seen)), key=lambda each: each.at, reverse=True)[:MOST_CHANGED]


def _verdicts(seen: Overview) -> Iterator[Change]:
    for each in seen.changed:
        told = [each.summary, serves(seen, each.features)]
        if each.times > 1:
            told.append(f"Changed {figure(each.times)} times.")
        yield Change(each.endpoint_id, each.endpoint_name, each.before, each.after, each.at, joined(told))


def _rests(seen: Overview) -> Iterator[Change]:
    for each in seen.breaker_news:
        reason = why(each.reason, ports().facts.remedies)
        told = [reason or "A call that tried it was answered.", serves(seen, each.features)]
        if each.times > 1:
            told.append(f"Rested {figure(each.times)} times.")
        before = BreakerState.CLOSED if each.after is BreakerState.OPEN else BreakerState.OPEN
        yield Change(each.endpoint_id, each.endpoint_name, before, each.after, each.at, joined(told))
