"""Reads of what serves each feature, and of what served it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, or_, select, true
from sqlalchemy.orm import Session

from app.domain.assignments import State
from app.domain.differences import Linked, Side
from app.domain.platforms import host_of
from app.models.assignment import Assignment, AssignmentPeriod
from app.models.endpoint import Endpoint
from app.models.store import Store
from app.queries import endpoints, links
from app.queries.endpoints import EndpointRecord


@dataclass(frozen=True, slots=True)
class AssignmentRecord:
    """One feature's assignment as it stands."""

    feature: str
    version: int
    state: str
    endpoint_id: str | None
    changed_by: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Serving:
    """What a feature is given, with the endpoint's standing for it; empty texts where there is no endpoint.

    `family` is the one in effect. `note_due`: what a tier in the chain does not promise has to be acknowledged, for
    the first time or again. `links` is the whole chain, the endpoint that answers first at its head. `model` and
    `host` are that one's pairing.
    """

    feature: str
    version: int = 0
    state: str = "unassigned"
    endpoint_id: str = ""
    endpoint_name: str = ""
    family: str = ""
    verdict: str = ""
    probed_at: datetime | None = None
    tier: str = ""
    level: str = ""
    reasons: tuple[str, ...] = ()
    changed_by: str = ""
    updated_at: datetime | None = None
    note_due: bool = False
    links: tuple[Linked, ...] = ()
    created_at: datetime | None = None
    model: str = ""
    host: str = ""

    @property
    def first(self) -> Linked | None:
        """The endpoint that answers first."""
        return self.links[0] if self.links else None

    @property
    def fallbacks(self) -> tuple[Linked, ...]:
        """Those behind it, in order."""
        return self.links[1:]

    @property
    def side(self) -> Side:
        """The same for a comparison."""
        return Side(State(self.state), self.links)


@dataclass(frozen=True, slots=True)
class AssignmentDetail:
    """One feature's assignment for who changes it; `family` is the one chosen for this place, else empty.

    A feature that nobody touched is at version 0, without times.
    """

    feature: str
    version: int
    state: str
    endpoint_id: str
    endpoint_name: str
    family: str
    fallbacks: tuple[Linked, ...]
    tier: str
    level: str
    readiness: str
    note_due: bool
    changed_by: str
    created_at: datetime | None
    updated_at: datetime | None


@dataclass(frozen=True, slots=True)
class Period:
    """What a feature was given from one change to the next; `ended_at` is None for what holds now.

    `fallbacks` has of each its `endpoint_id`, `name` and `family`, and `leaving` where it left the region.
    """

    feature: str
    state: str
    endpoint_id: str
    endpoint_name: str
    identifier: str
    model: str
    host: str
    family: str
    tier: str
    fallbacks: tuple[Mapping[str, str], ...]
    changed_by: str
    began_at: datetime
    ended_at: datetime | None


def serving(store: Store, feature: str | None = None) -> dict[str, Serving]:
    """Every feature that has an assignment, or the one asked for, in two statements."""
    with store.read() as session:
        return serving_in(session, None if feature is None else (feature,))


def serving_in(session: Session, features: Collection[str] | None = None) -> dict[str, Serving]:
    """The same inside a transaction that is open."""
    where = true() if features is None else Assignment.feature.in_(features)
    rows = session.execute(_serving().where(where)).all()
    behind = links.fallbacks_in(session, where) if rows else {}
    return {row.feature: _as_serving(row, behind.get(row.feature, ())) for row in rows}


def serving_of(store: Store, feature: str) -> Serving:
    """One feature; unassigned when nobody has touched it."""
    return serving(store, feature).get(feature, Serving(feature))


def assignment(store: Store, feature: str) -> AssignmentDetail:
    """One feature's assignment with its fallbacks."""
    now = serving_of(store, feature)
    first = now.first
    return AssignmentDetail(
        family=first.override if first else "",
        readiness=first.readiness if first else "",
        **{
            name: getattr(now, name)
            for name in AssignmentDetail.__dataclass_fields__
            if name not in ("family", "readiness")
        },
    )


def timeline(store: Store, feature: str, most: int) -> tuple[Period, ...]:
    """What a feature was given, the newest first."""
    with store.read() as session:
        return tuple(_period(row) for row in session.scalars(_periods(feature).limit(most)))


def what_served(store: Store, feature: str, at: datetime) -> Period | None:
    """What a feature was given at a moment; None when nobody had touched it yet."""
    held = _periods(feature).where(
        AssignmentPeriod.began_at <= at, or_(AssignmentPeriod.ended_at.is_(None), AssignmentPeriod.ended_at > at)
    )
    with store.read() as session:
        row = session.scalar(held.limit(1))
        return _period(row) if row else None


def during(store: Store, feature: str, since: datetime, until: datetime, most: int) -> tuple[Period, ...]:
    """What a feature was given at any moment from `since` to before `until`, the newest first."""
    held = _periods(feature).where(
        AssignmentPeriod.began_at < until, or_(AssignmentPeriod.ended_at.is_(None), AssignmentPeriod.ended_at > since)
    )
    with store.read() as session:
        return tuple(_period(row) for row in session.scalars(held.limit(most)))


def deployed(store: Store, endpoint_ids: Collection[str]) -> dict[str, EndpointRecord]:
    """These endpoints by id, in one statement."""
    with store.read() as session:
        rows = session.scalars(select(Endpoint).where(Endpoint.id.in_(endpoint_ids)))
        return {row.id: endpoints.record_of(row) for row in rows}


def record_of(row: Assignment) -> AssignmentRecord:
    """A row as a record."""
    return AssignmentRecord(row.feature, row.version, row.state, row.endpoint_id, row.changed_by, row.updated_at)


def _serving() -> Select[Any]:
    names = ("feature", "version", "state", "endpoint_id", "family", "changed_by", "created_at", "updated_at")
    wanted = select(*(getattr(Assignment, name) for name in names))
    return links.joined(wanted, Assignment, Assignment.endpoint_id, Assignment.feature)


def _as_serving(row: Any, behind: tuple[Linked, ...]) -> Serving:
    touched = {name: getattr(row, name) for name in ("changed_by", "created_at", "updated_at")}
    if row.endpoint_id is None:
        return Serving(row.feature, row.version, row.state, **touched)
    first = links.as_linked(row)
    return Serving(
        feature=row.feature,
        version=row.version,
        state=row.state,
        endpoint_id=first.endpoint_id,
        endpoint_name=first.name,
        family=first.family,
        verdict=row.verdict,
        probed_at=row.probed_at,
        tier=first.tier,
        level=first.level,
        reasons=first.reasons,
        note_due=any(link.note_due for link in (first, *behind)),
        links=(first, *behind),
        model=row.model,
        host=host_of(row.platform, row.server),
        **touched,
    )


def _periods(feature: str) -> Select[AssignmentPeriod]:
    # Of two that began at the same moment the one that still holds is the newer.
    newest = (AssignmentPeriod.began_at.desc(), AssignmentPeriod.ended_at.desc().nulls_first())
    return select(AssignmentPeriod).where(AssignmentPeriod.feature == feature).order_by(*newest)


def _period(row: AssignmentPeriod) -> Period:
    values: dict[str, Any] = {name: getattr(row, name) for name in Period.__dataclass_fields__}
    return Period(**values | {"fallbacks": tuple(row.fallbacks)})
