"""Reads of breakers: which endpoints rest, why and until when, and what changed lately."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from app.domain.breaker import BreakerState
from app.models.endpoint import Endpoint
from app.models.store import Store
from app.models.traffic import Breaker, BreakerChange
from app.queries.served import names, served

_CLOSED = BreakerState.CLOSED.value


@dataclass(frozen=True, slots=True)
class BreakerRecord:
    """How an endpoint's breaker stands; while it is closed, there is nothing more to say.

    `reason` is a code, `retry_at` the end of the rest, from which on one call tries the endpoint.
    """

    state: BreakerState = BreakerState.CLOSED
    since: datetime | None = None
    reason: str = ""
    retry_at: datetime | None = None

    @property
    def rests(self) -> bool:
        """Whether calls leave the endpoint alone."""
        return self.state is not BreakerState.CLOSED


@dataclass(frozen=True, slots=True)
class Resting:
    """An endpoint that calls leave alone; `features` are those it serves, first or as a fallback, in no order."""

    endpoint_id: str
    endpoint_name: str
    breaker: BreakerRecord
    features: frozenset[str]


@dataclass(frozen=True, slots=True)
class BreakerNews:
    """An endpoint's newest change of breaker; `times` counts how often it opened in the period."""

    endpoint_id: str
    endpoint_name: str
    after: BreakerState
    at: datetime
    reason: str
    times: int
    features: frozenset[str]


CLOSED = BreakerRecord()
_COLUMNS = (Breaker.endpoint_id, Breaker.state, Breaker.changed_at, Breaker.reason, Breaker.retry_at)


def breakers(store: Store, endpoint_ids: Collection[str]) -> dict[str, BreakerRecord]:
    """The breakers of endpoints by their ids, in one statement; those that are closed are left out."""
    wanted = select(*_COLUMNS).where(Breaker.endpoint_id.in_(endpoint_ids), Breaker.state != _CLOSED)
    with store.read() as session:
        return {row.endpoint_id: _record(row) for row in session.execute(wanted)}


def breaker(store: Store, endpoint_id: str) -> BreakerRecord:
    """One endpoint's breaker."""
    return breakers(store, [endpoint_id]).get(endpoint_id, CLOSED)


def resting(store: Store, most: int) -> tuple[Resting, ...]:
    """Endpoints that are switched on and rest, the newest first."""
    wanted = (
        select(*_COLUMNS, Endpoint.name, served().label("features"))
        .join(Endpoint, Endpoint.id == Breaker.endpoint_id)
        .where(Endpoint.enabled, Breaker.state != _CLOSED)
        .order_by(Breaker.changed_at.desc(), Endpoint.name_key)
        .limit(most)
    )
    with store.read() as session:
        rows = session.execute(wanted)
        return tuple(Resting(row.endpoint_id, row.name, _record(row), names(row.features)) for row in rows)


def breaker_news(store: Store, since: datetime, most: int) -> tuple[BreakerNews, ...]:
    """The newest change of each endpoint that is switched on, the newest first."""
    opened = func.count().filter(BreakerChange.after == BreakerState.OPEN.value)
    period = (
        select(func.max(BreakerChange.id).label("newest"), opened.label("times"))
        .where(BreakerChange.at >= since)
        .group_by(BreakerChange.endpoint_id)
        .subquery()
    )
    endpoint = (Endpoint.id.label("endpoint_id"), Endpoint.name.label("endpoint_name"))
    change = (BreakerChange.after, BreakerChange.at, BreakerChange.reason)
    wanted = (
        select(*endpoint, *change, period.c.times, served().label("features"))
        .join_from(period, BreakerChange, BreakerChange.id == period.c.newest)
        .join(Endpoint, Endpoint.id == BreakerChange.endpoint_id)
        .where(Endpoint.enabled)
        .order_by(BreakerChange.at.desc(), BreakerChange.id.desc())
        .limit(most)
    )
    with store.read() as session:
        return tuple(_news(row) for row in session.execute(wanted))


def _news(row: Any) -> BreakerNews:
    made = {"after": BreakerState(row.after), "features": names(row.features)}
    return BreakerNews(**{**row._mapping, **made})


def _record(row: Any) -> BreakerRecord:
    return BreakerRecord(BreakerState(row.state), row.changed_at, row.reason, row.retry_at)
