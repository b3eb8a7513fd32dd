"""Reads of usage: sums over a span by feature, endpoint or token, over time, and under what names.

The database adds up, buckets included: a quarter of a busy installation is a million rows.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ColumnElement, Select, func, select, type_coerce

from app.domain.usage import DURATION_BOUNDS, FIRST_TOKEN_BOUNDS, Sums
from app.domain.usage_periods import Grouping, Span
from app.models.audit import AuditRow
from app.models.endpoint import Endpoint
from app.models.store import Store
from app.models.token import Token
from app.models.usage import UsageHour

_NUMBERS = (
    "requests", "errors", "fallbacks", "estimated", "prompt_tokens", "completion_tokens", "first_token_ms",
    "duration_ms",
)  # fmt: skip
_WHOLE = frozenset(_NUMBERS) - {"first_token_ms", "duration_ms"}
_BUCKETS = {"first_token_buckets": len(FIRST_TOKEN_BOUNDS) + 1, "duration_buckets": len(DURATION_BOUNDS) + 1}
_COLUMNS = {
    Grouping.FEATURE: UsageHour.feature,
    Grouping.ENDPOINT: UsageHour.endpoint_id,
    Grouping.TOKEN: UsageHour.token_id,
}


@dataclass(frozen=True, slots=True)
class Used:
    """What was used by one feature, endpoint or token; `key` is its name or id."""

    key: str
    sums: Sums


@dataclass(frozen=True, slots=True)
class Point:
    """What was used in one step of a span."""

    at: datetime
    sums: Sums


@dataclass(frozen=True, slots=True)
class UsedName:
    """What an id is called; `gone` says that nothing has the id any more, and then it is the last name it had."""

    name: str
    gone: bool = False


def used_by(store: Store, span: Span, grouping: Grouping) -> tuple[Used, ...]:
    """Sums by feature, endpoint or token, the one with the most calls first."""
    column = _COLUMNS[grouping]
    wanted = _within(select(column, *_summed()), span).group_by(column)
    with store.read() as session:
        found = [Used(key, _sums(values)) for key, *values in session.execute(wanted)]
    return tuple(sorted(found, key=lambda each: (-each.sums.requests, each.key)))


def over_time(store: Store, span: Span) -> tuple[Point, ...]:
    """Sums of every step, those without a call included."""
    wanted = _within(select(UsageHour.hour, *_summed()), span).group_by(UsageHour.hour)
    points = {at: Sums() for at in span.places()}
    with store.read() as session:
        for hour, *values in session.execute(wanted):
            points[span.place_of(hour)].merge(_sums(values))
    return tuple(Point(at, sums) for at, sums in points.items())


def in_all(store: Store, span: Span) -> Sums:
    """Sums of everything but the buckets, which are what takes time to add up."""
    with store.read() as session:
        values = session.execute(_within(select(*_numbers()), span)).one()
    return _sums(values)


def has_any(store: Store) -> bool:
    """Whether any call was counted that is still kept."""
    with store.read() as session:
        return session.scalar(select(UsageHour.requests).limit(1)) is not None


def steps(store: Store, span: Span, grouping: Grouping) -> Iterator[tuple[datetime, tuple[Used, ...]]]:
    """Step by step what was used by each, the oldest first; each step is a short read, one without a call left out."""
    for each in span.steps():
        if found := used_by(store, each, grouping):
            yield each.begin, found


def names(store: Store, grouping: Grouping, keys: Collection[str]) -> dict[str, UsedName]:
    """What endpoints or tokens are called, or were; a feature's name is a fact that comes with Modelport."""
    if grouping is Grouping.FEATURE:
        return {}
    kind = Endpoint if grouping is Grouping.ENDPOINT else Token
    with store.read() as session:
        present = session.execute(select(kind.id, kind.name).where(kind.id.in_(keys))).all()
        known = {key: UsedName(name) for key, name in present}
        gone = [key for key in keys if key not in known]
        where = (AuditRow.object_type == grouping.value, AuditRow.object_id.in_(gone))
        newest = select(func.max(AuditRow.id)).where(*where).group_by(AuditRow.object_id)
        past = select(AuditRow.object_id, AuditRow.object_name).where(AuditRow.id.in_(newest))
        last = {key: UsedName(name, gone=True) for key, name in session.execute(past)} if gone else {}
    return known | last


def _within(wanted: Select[Any], span: Span) -> Select[Any]:
    return wanted.where(UsageHour.hour >= span.begin, UsageHour.hour < span.end)


def _numbers() -> Iterator[ColumnElement[Any]]:
    for name in _NUMBERS:
        yield func.coalesce(func.sum(getattr(UsageHour, name)), 0)


def _summed() -> Iterator[ColumnElement[Any]]:
    """Each number's sum, then each bucket's. A list that is older than a bound has nothing there."""
    yield from _numbers()
    for name, size in _BUCKETS.items():
        buckets = type_coerce(getattr(UsageHour, name), JSON)
        for at in range(size):
            yield func.coalesce(func.sum(buckets[at].as_integer()), 0)


def _sums(values: Any) -> Sums:
    """As _summed() orders them, or _numbers() alone."""
    ordered = iter(values)
    sums = Sums()
    for name in _NUMBERS:
        value = next(ordered)
        # PostgreSQL sums whole numbers as decimals.
        setattr(sums, name, int(value) if name in _WHOLE else float(value))
    for name, size in _BUCKETS.items():
        setattr(sums, name, [int(next(ordered, 0)) for _ in range(size)])
    return sums
