"""Reads of the audit log: a page of it, and all of it in chunks."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from app.models.audit import AuditRow
from app.models.endpoint import Endpoint
from app.models.store import Store

PAGE = 50
CHUNK = 500
MOST_WORDS = 100


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """One change; `changes` maps a field to [before, after]. `seq` is None for one from before the chain."""

    id: int
    seq: int | None
    at: datetime
    action: str
    object_type: str
    object_id: str
    object_name: str
    person: str
    person_name: str
    role: str
    session: str
    address: str
    request_id: str
    changes: Mapping[str, Any]
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Filter:
    """What is shown; an empty value does not narrow. `object` is an id or part of a name, days are UTC and included."""

    type: str = ""
    object: str = ""
    person: str = ""
    action: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page, newest first; `newer` and `older` are the ids to go on from, None at an end."""

    rows: tuple[AuditRecord, ...]
    newer: int | None
    older: int | None


@dataclass(frozen=True, slots=True)
class Words:
    """The actions and the types of objects that the log has, for its filter."""

    actions: tuple[str, ...]
    types: tuple[str, ...]


def page_of(store: Store, wanted: Filter, older: int | None = None, newer: int | None = None, size: int = PAGE) -> Page:
    """The newest page, the one before id `older`, or the one after id `newer`."""
    rows = select(*_COLUMNS).where(_where(wanted)).limit(size + 1)
    if newer is not None:
        rows = rows.where(AuditRow.id > newer).order_by(AuditRow.id)
    else:
        rows = rows.order_by(AuditRow.id.desc())
    if older is not None:
        rows = rows.where(AuditRow.id < older)
    with store.read() as session:
        found = [AuditRecord(*row) for row in session.execute(rows)]
    more, shown = len(found) > size, found[:size]
    if newer is not None:
        shown.reverse()
    before, after = (more, True) if newer is not None else (older is not None, more)
    return Page(tuple(shown), shown[0].id if shown and before else None, shown[-1].id if shown and after else None)


def chunks(store: Store, wanted: Filter, size: int = CHUNK) -> Iterator[tuple[AuditRecord, ...]]:
    """Everything that the filter shows, oldest first, up to the newest of this moment; each chunk is a short read."""
    with store.read() as session:
        top = session.scalar(select(func.max(AuditRow.id))) or 0
    last = 0
    while True:
        rows = select(*_COLUMNS).where(_where(wanted), AuditRow.id > last, AuditRow.id <= top)
        with store.read() as session:
            found = tuple(AuditRecord(*row) for row in session.execute(rows.order_by(AuditRow.id).limit(size)))
        if found:
            yield found
            last = found[-1].id
        if len(found) < size:
            return


def words(store: Store) -> Words:
    """What the filter offers."""
    with store.read() as session:
        actions, types = (
            tuple(session.scalars(select(column).distinct().order_by(column).limit(MOST_WORDS)))
            for column in (AuditRow.action, AuditRow.object_type)
        )
    return Words(actions, types)


def stored_endpoints(store: Store, ids: Collection[str]) -> frozenset[str]:
    """Those of the ids that an endpoint still has."""
    with store.read() as session:
        return frozenset(session.scalars(select(Endpoint.id).where(Endpoint.id.in_(ids))))


_COLUMNS = tuple(getattr(AuditRow, name) for name in AuditRecord.__dataclass_fields__)


def _where(wanted: Filter) -> ColumnElement[bool]:
    clauses: list[ColumnElement[bool]] = []
    if wanted.type:
        clauses.append(AuditRow.object_type == wanted.type)
    if wanted.action:
        clauses.append(AuditRow.action == wanted.action)
    if wanted.object:
        named = AuditRow.object_name.icontains(wanted.object, autoescape=True)
        clauses.append(or_(AuditRow.object_id == wanted.object, named))
    if wanted.person:
        named = AuditRow.person_name.icontains(wanted.person, autoescape=True)
        clauses.append(or_(AuditRow.person == wanted.person, named))
    if wanted.since:
        clauses.append(AuditRow.at >= _midnight(wanted.since))
    if wanted.until:
        clauses.append(AuditRow.at < _midnight(wanted.until) + timedelta(days=1))
    return and_(True, *clauses)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
