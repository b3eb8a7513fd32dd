"""Reads for monitoring: what was counted since the beginning, and which endpoints rest."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import and_, func, select

from app.domain.breaker import BreakerState
from app.models.endpoint import Endpoint
from app.models.store import Store
from app.models.traffic import Breaker
from app.models.usage import UsageTotal


@dataclass(frozen=True, slots=True)
class Total:
    """All calls of one operation, feature, endpoint (its slug) and error; times in milliseconds, buckets as counts."""

    operation: str
    feature: str
    endpoint: str
    error: str
    platform: str
    served_name: str
    requests: int
    prompt_tokens: int
    completion_tokens: int
    first_token_ms: float
    duration_ms: float
    first_token_buckets: Sequence[int]
    duration_buckets: Sequence[int]
    prompt_buckets: Sequence[int]
    completion_buckets: Sequence[int]


@dataclass(frozen=True, slots=True)
class Totals:
    """Totals of the pairs of feature and endpoint with the most calls; `left_out` says how many pairs are not here."""

    rows: tuple[Total, ...]
    left_out: int


_COLUMNS = tuple(getattr(UsageTotal, name) for name in Total.__dataclass_fields__)
_PAIR = (UsageTotal.operation, UsageTotal.feature, UsageTotal.endpoint)


def busiest(store: Store, most: int) -> Totals:
    """With all its errors each pair of a feature (in one operation) and an endpoint, at most so many pairs."""
    calls = func.sum(UsageTotal.requests).desc()
    chosen = select(*_PAIR).group_by(*_PAIR).order_by(calls, *_PAIR).limit(most).subquery()
    same = and_(*(column == chosen.c[column.key] for column in _PAIR))
    rows = select(*_COLUMNS).join(chosen, same).order_by(*_PAIR, UsageTotal.error)
    pairs = select(func.count()).select_from(select(*_PAIR).distinct().subquery())
    with store.read() as session:
        found = tuple(Total(*row) for row in session.execute(rows))
        return Totals(found, max(0, (session.scalar(pairs) or 0) - most))


def resting(store: Store, most: int) -> tuple[tuple[str, bool], ...]:
    """Slugs of endpoints with whether each is left alone after too many failures, those that are first."""
    rests = func.coalesce(Breaker.state, BreakerState.CLOSED.value) != BreakerState.CLOSED.value
    wanted = select(Endpoint.slug, rests).outerjoin(Breaker, Breaker.endpoint_id == Endpoint.id)
    with store.read() as session:
        found = session.execute(wanted.order_by(rests.desc(), Endpoint.slug).limit(most))
        return tuple((slug, bool(each)) for slug, each in found)
