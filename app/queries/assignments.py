"""Reads of what serves each feature, and of what could."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, case, or_, select
from sqlalchemy.orm import aliased

from app.domain.notices import Acknowledged, acknowledgement_needed
from app.domain.platforms import host_of
from app.domain.tiers import Tier
from app.models.assignment import Acknowledgement, Assignment
from app.models.endpoint import Endpoint, Standing
from app.models.store import Store
from app.queries import endpoints
from app.queries.endpoints import EndpointRecord

SEARCH_MAX = 200


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

    `note_due`: what the tier does not promise has to be acknowledged, for the first time or again.
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


@dataclass(frozen=True, slots=True)
class Assignable:
    """An endpoint that may be chosen, with the tier it would have for each feature."""

    id: str
    name: str
    family: str
    tiers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Candidate:
    """An endpoint that may be chosen for one feature, with its standing there."""

    id: str
    name: str
    model: str
    family: str
    verdict: str
    tier: str
    level: str
    reasons: tuple[str, ...]


def serving(store: Store, feature: str | None = None) -> dict[str, Serving]:
    """Every feature that has an assignment, or the one asked for, in one statement."""
    wanted = _serving()
    if feature is not None:
        wanted = wanted.where(Assignment.feature == feature)
    with store.read() as session:
        return {row.feature: _as_serving(row) for row in session.execute(wanted)}


def serving_of(store: Store, feature: str) -> Serving:
    """One feature; unassigned when nobody has touched it."""
    return serving(store, feature).get(feature, Serving(feature))


def assignable(store: Store, most: int) -> tuple[Assignable, ...] | None:
    """The enabled endpoints by name in one statement; None when there are more than `most`."""
    first = select(Endpoint.id, Endpoint.name, Endpoint.name_key, Endpoint.family).where(Endpoint.enabled)
    listed = first.order_by(Endpoint.name_key).limit(most + 1).subquery()
    wanted = (
        select(listed.c.id, listed.c.name, listed.c.family, Standing.feature, Standing.tier)
        .outerjoin(Standing, Standing.endpoint_id == listed.c.id)
        .order_by(listed.c.name_key)
    )
    found: dict[str, tuple[str, str, dict[str, str]]] = {}
    with store.read() as session:
        for row in session.execute(wanted):
            found.setdefault(row.id, (row.name, row.family, {}))[2][row.feature] = row.tier
    if len(found) > most:
        return None
    return tuple(Assignable(endpoint_id, *rest) for endpoint_id, rest in found.items())


def candidates(store: Store, feature: str, q: str, most: int) -> tuple[Candidate, ...]:
    """The enabled endpoints whose name, identifier or model holds every word of `q`, the best tier first."""
    best_first = case({Tier.SUPPORTED.value: 0, Tier.COMPATIBLE.value: 1}, value=Standing.tier, else_=2)
    wanted = _candidates(feature).order_by(best_first, Endpoint.name_key).limit(most)
    for word in q[:SEARCH_MAX].casefold().split():
        columns = (Endpoint.name_key, Endpoint.identifier, Endpoint.model)
        wanted = wanted.where(or_(*(column.icontains(word, autoescape=True) for column in columns)))
    with store.read() as session:
        return tuple(_as_candidate(row) for row in session.execute(wanted))


def candidate(store: Store, feature: str, endpoint_id: str) -> Candidate | None:
    """One enabled endpoint as it would serve a feature."""
    with store.read() as session:
        row = session.execute(_candidates(feature).where(Endpoint.id == endpoint_id)).one_or_none()
    return _as_candidate(row) if row else None


def deployed(store: Store, endpoint_ids: Collection[str]) -> dict[str, EndpointRecord]:
    """These endpoints by id, in one statement."""
    with store.read() as session:
        rows = session.scalars(select(Endpoint).where(Endpoint.id.in_(endpoint_ids)))
        return {row.id: endpoints.record_of(row) for row in rows}


def record_of(row: Assignment) -> AssignmentRecord:
    """A row as a record."""
    return AssignmentRecord(row.feature, row.version, row.state, row.endpoint_id, row.changed_by, row.updated_at)


_given = aliased(Acknowledgement)


def _serving() -> Select[Any]:
    newest = (
        select(Acknowledgement.id)
        .where(Acknowledgement.endpoint_id == Endpoint.id, Acknowledgement.feature == Assignment.feature)
        .order_by(Acknowledgement.given_at.desc(), Acknowledgement.id)
        .limit(1)
        .correlate(Endpoint, Assignment)
        .scalar_subquery()
    )
    endpoint = (Endpoint.name, Endpoint.family, Endpoint.verdict, Endpoint.probed_at)
    where = (Endpoint.model, Endpoint.platform, Endpoint.server, Endpoint.base_url)
    assignment = ("feature", "version", "state", "endpoint_id", "changed_by", "updated_at")
    return (
        select(*(getattr(Assignment, name) for name in assignment), *endpoint, *where, _given.id.label("given_id"))
        .add_columns(Standing.tier, Standing.level, Standing.reasons)
        .add_columns(_given.tier.label("given_tier"), _given.model.label("given_model"))
        .add_columns(_given.host.label("given_host"), _given.address.label("given_address"), _given.wording_version)
        .select_from(Assignment)
        .outerjoin(Endpoint, Endpoint.id == Assignment.endpoint_id)
        .outerjoin(Standing, and_(Standing.endpoint_id == Endpoint.id, Standing.feature == Assignment.feature))
        .outerjoin(_given, _given.id == newest)
    )


def _as_serving(row: Any) -> Serving:
    if row.endpoint_id is None:
        return Serving(row.feature, row.version, row.state, changed_by=row.changed_by, updated_at=row.updated_at)
    return Serving(
        feature=row.feature,
        version=row.version,
        state=row.state,
        endpoint_id=row.endpoint_id,
        endpoint_name=row.name,
        family=row.family,
        verdict=row.verdict,
        probed_at=row.probed_at,
        tier=row.tier or Tier.OTHER.value,
        level=row.level or "",
        reasons=tuple(row.reasons or ()),
        changed_by=row.changed_by,
        updated_at=row.updated_at,
        note_due=_note_due(row),
    )


def _note_due(row: Any) -> bool:
    now = Acknowledged(Tier(row.tier or Tier.OTHER), row.model, host_of(row.platform, row.server), row.base_url)
    given = None
    if row.given_id:
        given = Acknowledged(
            Tier(row.given_tier), row.given_model, row.given_host, row.given_address, row.wording_version
        )
    return acknowledgement_needed(now, given)


def _candidates(feature: str) -> Select[Any]:
    columns = (Endpoint.id, Endpoint.name, Endpoint.model, Endpoint.family, Endpoint.verdict)
    return (
        select(*columns, Standing.tier, Standing.level, Standing.reasons)
        .outerjoin(Standing, and_(Standing.endpoint_id == Endpoint.id, Standing.feature == feature))
        .where(Endpoint.enabled)
    )


def _as_candidate(row: Any) -> Candidate:
    standing = (row.tier or Tier.OTHER.value, row.level or "", tuple(row.reasons or ()))
    return Candidate(row.id, row.name, row.model, row.family, row.verdict, *standing)
