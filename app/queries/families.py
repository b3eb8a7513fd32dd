"""Which prompt families are in use."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from app.models.assignment import Assignment
from app.models.endpoint import Endpoint
from app.models.store import Store


@dataclass(frozen=True, slots=True)
class Use:
    """How many endpoints have a family, and how many features those endpoints serve."""

    endpoints: int = 0
    features: int = 0


@dataclass(frozen=True, slots=True)
class Member:
    """An endpoint of a family."""

    id: str
    name: str
    tier: str
    tier_reasons: tuple[str, ...]
    verdict: str
    probed_at: datetime | None


def uses(store: Store) -> dict[str, Use]:
    """The uses of every family that has any, in one statement."""
    wanted = (
        select(Endpoint.family, func.count(Endpoint.id.distinct()), func.count(Assignment.feature))
        .outerjoin(Assignment, Assignment.endpoint_id == Endpoint.id)
        .group_by(Endpoint.family)
    )
    with store.read() as session:
        return {family: Use(endpoints, features) for family, endpoints, features in session.execute(wanted)}


def members(store: Store, family: str, most: int) -> tuple[Member, ...]:
    """The endpoints of a family by name."""
    columns = [getattr(Endpoint, name) for name in Member.__dataclass_fields__]
    wanted = select(*columns).where(Endpoint.family == family).order_by(Endpoint.name_key).limit(most)
    with store.read() as session:
        rows = session.execute(wanted).all()
    return tuple(Member(**{**row._mapping, "tier_reasons": tuple(row.tier_reasons)}) for row in rows)
