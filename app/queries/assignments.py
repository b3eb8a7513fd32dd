"""Reads of what serves each feature."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, select

from app.models.assignment import Assignment
from app.models.endpoint import Endpoint, Standing
from app.models.store import Store


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
    """What a feature is given, with the endpoint's standing for it; empty texts where there is no endpoint."""

    feature: str
    version: int = 0
    state: str = "unassigned"
    endpoint_id: str = ""
    endpoint_name: str = ""
    family: str = ""
    verdict: str = ""
    tier: str = ""
    level: str = ""
    reasons: tuple[str, ...] = ()
    changed_by: str = ""
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Assignable:
    """An endpoint that may be chosen for a feature, with the tier it would have there."""

    id: str
    name: str
    family: str
    tier: str


def serving(store: Store, feature: str | None = None) -> dict[str, Serving]:
    """Every feature that has an assignment, or the one asked for, in one statement."""
    wanted = (
        select(
            Assignment,
            Endpoint.name,
            Endpoint.family,
            Endpoint.verdict,
            Standing.tier,
            Standing.level,
            Standing.reasons,
        )
        .outerjoin(Endpoint, Endpoint.id == Assignment.endpoint_id)
        .outerjoin(Standing, and_(Standing.endpoint_id == Endpoint.id, Standing.feature == Assignment.feature))
    )
    if feature is not None:
        wanted = wanted.where(Assignment.feature == feature)
    with store.read() as session:
        rows = session.execute(wanted).all()
    return {
        row.feature: Serving(
            row.feature, row.version, row.state, row.endpoint_id or "", name or "", family or "", verdict or "",
            tier or "", level or "", tuple(reasons or ()), row.changed_by, row.updated_at,
        )
        for row, name, family, verdict, tier, level, reasons in rows
    }  # fmt: skip


def assignable(store: Store, feature: str, most: int = 500) -> tuple[Assignable, ...]:
    """The enabled endpoints by name, with their tier for the feature."""
    wanted = (
        select(Endpoint.id, Endpoint.name, Endpoint.family, Standing.tier)
        .outerjoin(Standing, and_(Standing.endpoint_id == Endpoint.id, Standing.feature == feature))
        .where(Endpoint.enabled)
        .order_by(Endpoint.name_key)
        .limit(most)
    )
    with store.read() as session:
        return tuple(Assignable(row.id, row.name, row.family, row.tier or "other") for row in session.execute(wanted))


def record_of(row: Assignment) -> AssignmentRecord:
    """A row as a record."""
    return AssignmentRecord(row.feature, row.version, row.state, row.endpoint_id, row.changed_by, row.updated_at)
