"""Reads of endpoints as they stand for features: the columns that every such read shares, and reads by their ids."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, literal, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from app.domain.capabilities import Aged
from app.domain.differences import Given, Linked
from app.domain.notices import Acknowledged, acknowledgement_needed
from app.domain.platforms import host_of
from app.domain.readiness import Readiness
from app.domain.tiers import Tier
from app.models.assignment import Acknowledgement, Assignment, Fallback, Responsibility
from app.models.endpoint import Endpoint, Standing
from app.models.store import Store

_given = aliased(Acknowledgement)
_each = aliased(Standing)
COLUMNS: tuple[Any, ...] = (
    Endpoint.name, Endpoint.family.label("own_family"), Endpoint.enabled, Endpoint.model, Endpoint.platform,
    Endpoint.server, Endpoint.base_url, Endpoint.verdict, Endpoint.probed_at, Standing.tier, Standing.level,
    Standing.reasons, Standing.readiness, Standing.readiness_reasons, Standing.measured_at, Standing.aged,
    Responsibility.region, _given.id.label("given_id"), _given.tier.label("given_tier"),
    _given.model.label("given_model"), _given.host.label("given_host"), _given.address.label("given_address"),
    _given.wording_version, _given.person_name.label("given_by"), _given.given_at,
)  # fmt: skip


def joined(
    wanted: Select[Any],
    start: FromClause | type[Any],
    endpoint_id: InstrumentedAttribute[Any],
    feature: InstrumentedAttribute[str],
) -> Select[Any]:
    """`wanted` with COLUMNS for the endpoint and the feature that two columns of `start` name."""
    newest = (
        select(Acknowledgement.id)
        .where(Acknowledgement.endpoint_id == endpoint_id, Acknowledgement.feature == feature)
        .order_by(Acknowledgement.given_at.desc(), Acknowledgement.id)
        .limit(1)
        .correlate(endpoint_id.parent, feature.parent)
        .scalar_subquery()
    )
    return (
        wanted.add_columns(*COLUMNS)
        .select_from(start)
        .outerjoin(Endpoint, Endpoint.id == endpoint_id)
        .outerjoin(Standing, and_(Standing.endpoint_id == Endpoint.id, Standing.feature == feature))
        .outerjoin(Responsibility, Responsibility.endpoint_id == Endpoint.id)
        .outerjoin(_given, _given.id == newest)
    )


def as_linked(row: Any) -> Linked:
    """A row with COLUMNS, `endpoint_id` and `family` as a record."""
    return Linked(
        endpoint_id=row.endpoint_id,
        name=row.name,
        family=row.family or row.own_family,
        override=row.family,
        enabled=row.enabled,
        tier=row.tier or Tier.OTHER.value,
        level=row.level or "",
        reasons=tuple(row.reasons or ()),
        readiness=row.readiness or Readiness.UNKNOWN.value,
        readiness_reasons=tuple(row.readiness_reasons or ()),
        measured_at=row.measured_at,
        aged=Aged(row.aged) if row.aged else None,
        region=row.region or "",
        note_due=_note_due(row),
        given=Given(row.given_by, row.given_at, row.given_tier) if row.given_id else None,
    )


def _note_due(row: Any) -> bool:
    now = Acknowledged(Tier(row.tier or Tier.OTHER), row.model, host_of(row.platform, row.server), row.base_url)
    given = None
    if row.given_id:
        given = Acknowledged(
            Tier(row.given_tier), row.given_model, row.given_host, row.given_address, row.wording_version
        )
    return acknowledgement_needed(now, given)


def fallbacks_in(session: Session, where: ColumnElement[bool]) -> dict[str, tuple[Linked, ...]]:
    """The fallbacks of assignments by feature, in order."""
    names: tuple[Any, ...] = (Assignment.feature, Fallback.endpoint_id, Fallback.family)
    start = Fallback.__table__.join(Assignment.__table__, Assignment.id == Fallback.assignment_id)
    found: dict[str, tuple[Linked, ...]] = {}
    ordered = joined(select(*names), start, Fallback.endpoint_id, Assignment.feature).order_by(Fallback.position)
    for row in session.execute(ordered.where(where)):
        found[row.feature] = (*found.get(row.feature, ()), as_linked(row))
    return found


def linked_in(
    session: Session, endpoint_ids: Collection[str], features: Collection[str]
) -> dict[tuple[str, str], Linked]:
    """Endpoints as they stand for features, by both, in one statement; ids that nothing has are left out."""
    names: tuple[Any, ...] = (_each.feature, _each.endpoint_id, literal("").label("family"))
    found = joined(select(*names), _each, _each.endpoint_id, _each.feature).where(
        _each.endpoint_id.in_(endpoint_ids), _each.feature.in_(features)
    )
    return {(row.endpoint_id, row.feature): as_linked(row) for row in session.execute(found)}


def linked(store: Store, endpoint_ids: Collection[str], features: Collection[str]) -> dict[tuple[str, str], Linked]:
    """The same as `linked_in`, in a read of its own."""
    with store.read() as session:
        return linked_in(session, endpoint_ids, features)
