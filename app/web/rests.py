"""What pages say of an endpoint that rests."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.breaker import why
from app.domain.remedies import Remedies
from app.queries.breakers import BreakerRecord, breaker
from app.web.context import ports
from app.web.filters import day


@dataclass(frozen=True, slots=True)
class Rest:
    """An endpoint's rest in words: `title` says until when, the others why and since when."""

    title: str
    why: str
    since: str


def rest_of(endpoint_id: str) -> Rest | None:
    """The rest of an endpoint, None where calls go to it."""
    found, now = breaker(ports().store, endpoint_id), ports().clock()
    if not found.rests:
        return None
    since, reason, _ = rest_told(found, now, ports().facts.remedies)
    if found.retry_at is None or found.retry_at <= now:
        return Rest("Resting until the next call", reason, since)
    return Rest(f"Resting until {clock_time(found.retry_at, now)}", reason, since)


def rest_told(found: BreakerRecord, now: datetime, remedies: Remedies) -> tuple[str, str, str]:
    """Since when calls leave an endpoint alone, why, and when it is tried again; a sentence each."""
    assert found.since is not None
    since = f"Calls have left it alone since {clock_time(found.since, now)}."
    return since, why(found.reason, remedies), _tried_again(found, now)


def _tried_again(found: BreakerRecord, now: datetime) -> str:
    if found.retry_at is None or found.retry_at <= now:
        return "The next call tries it again."
    return f"It is tried again at {clock_time(found.retry_at, now)}."


def clock_time(when: datetime, now: datetime) -> str:
    """``17:40:05 UTC``, with the day before it where that is another."""
    time = f"{when:%H:%M:%S} UTC"
    return time if when.date() == now.date() else f"{day(when)}, {time}"
