"""Counting feature calls: summed up in memory as they end, written each second, never written twice."""

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from threading import Lock

from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.usage import CallOutcome, Sums, hour_of, together
from app.models.token import Token
from app.models.usage import UsageHour, UsageTotal
from app.services.ports import Ports

log = logging.getLogger(__name__)

USE_NOTED = timedelta(minutes=1)
# Another worker may write the first row of an hour at the same moment.
_TRIES = 3

HourKey = tuple[datetime, str, str, str]
TotalKey = tuple[str, str, str, str]
_HOUR_NUMBERS = (
    "requests", "errors", "fallbacks", "estimated", "prompt_tokens", "completion_tokens", "first_token_ms",
    "duration_ms",
)  # fmt: skip
_HOUR_BUCKETS = ("first_token_buckets", "duration_buckets")
_TOTAL_NUMBERS = ("requests", "prompt_tokens", "completion_tokens", "first_token_ms", "duration_ms")
_TOTAL_BUCKETS = ("first_token_buckets", "duration_buckets", "prompt_buckets", "completion_buckets")


class _Counted:
    """What was counted since it was written last: sums of calls that are alike, and the latest of each."""

    def __init__(self) -> None:
        self._alike: dict[tuple[object, ...], tuple[Sums, CallOutcome]] = {}

    def add(self, call: CallOutcome) -> None:
        """On a call's path, so no more than it takes."""
        key = (
            hour_of(call.at), call.feature, call.endpoint_id, call.endpoint, call.token_id, call.operation, call.error
        )  # fmt: skip
        sums = known[0] if (known := self._alike.get(key)) else Sums()
        sums.add(call)
        self._alike[key] = (sums, call)

    def merge(self, later: "_Counted") -> None:
        for key, (sums, call) in later._alike.items():
            if known := self._alike.get(key):
                sums.merge(known[0])
            self._alike[key] = (sums, call)

    def __bool__(self) -> bool:
        return bool(self._alike)

    def hours(self) -> dict[HourKey, Sums]:
        """By the key of an hour."""
        found: dict[HourKey, Sums] = {}
        for sums, call in self._alike.values():
            key = (hour_of(call.at), call.feature, call.endpoint_id, call.token_id)
            found.setdefault(key, Sums()).merge(sums)
        return found

    def totals(self) -> dict[TotalKey, tuple[Sums, CallOutcome]]:
        """By the key of a total, with the latest call of each."""
        found: dict[TotalKey, tuple[Sums, CallOutcome]] = {}
        for sums, call in self._alike.values():
            key = (call.operation, call.feature, call.endpoint, call.error)
            known, last = found.get(key, (Sums(), call))
            known.merge(sums)
            found[key] = (known, max(last, call, key=lambda each: each.at))
        return found

    def used(self) -> dict[str, datetime]:
        """When each token was used last."""
        found: dict[str, datetime] = {}
        for _, call in self._alike.values():
            found[call.token_id] = max(call.at, found.get(call.token_id, call.at))
        return found


class Meter:
    """One per process, used by all its threads."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._lock = Lock()
        self._writing = Lock()
        self._counted = _Counted()

    def note(self, call: CallOutcome) -> None:
        """Count a call that has ended; nothing is written yet."""
        with self._lock:
            self._counted.add(call)

    def write(self) -> None:
        """Add what was counted to what is stored; raises the database's error, and then keeps it for the next time."""
        with self._writing:
            with self._lock:
                counted, self._counted = self._counted, _Counted()
            if not counted:
                return
            try:
                self._store(counted)
            except BaseException:
                with self._lock:
                    counted.merge(self._counted)
                    self._counted = counted
                raise

    def _store(self, counted: _Counted) -> None:
        for last in (*[False] * (_TRIES - 1), True):
            try:
                with self._ports.store.write() as session:
                    _add_hours(session, counted.hours())
                    _add_totals(session, counted.totals())
                    _note_uses(session, counted.used())
                return
            except IntegrityError:
                if last:
                    raise


def _add_hours(session: Session, hours: Mapping[HourKey, Sums]) -> None:
    # In one order everywhere: two workers that lock rows crosswise would wait for each other.
    for key in sorted(hours):
        names = ("hour", "feature", "endpoint_id", "token_id")
        row = session.get(UsageHour, dict(zip(names, key, strict=True)), with_for_update=True)
        if row is None:
            row = UsageHour(**dict(zip(names, key, strict=True)), **_nothing(_HOUR_NUMBERS, _HOUR_BUCKETS))
            session.add(row)
        _raise(row, hours[key], _HOUR_NUMBERS, _HOUR_BUCKETS)


def _add_totals(session: Session, totals: Mapping[TotalKey, tuple[Sums, CallOutcome]]) -> None:
    for key in sorted(totals):
        sums, last = totals[key]
        names = ("operation", "feature", "endpoint", "error")
        row = session.get(UsageTotal, dict(zip(names, key, strict=True)), with_for_update=True)
        if row is None:
            row = UsageTotal(**dict(zip(names, key, strict=True)), **_nothing(_TOTAL_NUMBERS, _TOTAL_BUCKETS))
            session.add(row)
        row.platform, row.served_name = last.platform, last.served_name
        _raise(row, sums, _TOTAL_NUMBERS, _TOTAL_BUCKETS)


def _nothing(numbers: tuple[str, ...], buckets: tuple[str, ...]) -> dict[str, object]:
    return {**dict.fromkeys(numbers, 0), **{name: [] for name in buckets}}


def _raise(row: UsageHour | UsageTotal, sums: Sums, numbers: tuple[str, ...], buckets: tuple[str, ...]) -> None:
    for name in numbers:
        setattr(row, name, getattr(row, name) + getattr(sums, name))
    for name in buckets:
        # A list of its own: SQLAlchemy does not see what changes inside one.
        setattr(row, name, together(getattr(row, name), getattr(sums, name)))


def _note_uses(session: Session, used: Mapping[str, datetime]) -> None:
    """To the minute, as other uses of a token are noted."""
    stale = session.scalars(
        select(Token.id).where(
            Token.id.in_(used),
            or_(Token.last_used_at.is_(None), Token.last_used_at <= min(used.values()) - USE_NOTED),
        )
    ).all()
    for token_id in stale:
        session.execute(
            update(Token)
            .where(Token.id == token_id)
            .values(last_used_at=used[token_id], updated_at=Token.updated_at)
            .execution_options(synchronize_session=False)
        )
