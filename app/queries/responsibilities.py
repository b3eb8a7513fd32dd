"""Reads of the records that say who answers for an endpoint."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from app.models.assignment import Responsibility
from app.models.endpoint import Endpoint
from app.models.store import Store


@dataclass(frozen=True, slots=True)
class ResponsibilityRecord:
    """What somebody attested of an endpoint; it holds through `valid_until`."""

    endpoint_id: str
    version: int
    region: str
    processor: str
    retention: str
    training_use: str
    cost_note: str
    quality_note: str
    attested_name: str
    attested_at: datetime
    valid_until: date


@dataclass(frozen=True, slots=True)
class Ending:
    """A record whose end is near or past."""

    endpoint_id: str
    endpoint_name: str
    valid_until: date


def responsibility(store: Store, endpoint_id: str) -> ResponsibilityRecord | None:
    """The record of one endpoint."""
    with store.read() as session:
        row = session.scalar(select(Responsibility).where(Responsibility.endpoint_id == endpoint_id))
        return record_of(row) if row else None


def record_of(row: Responsibility) -> ResponsibilityRecord:
    """A row as a record."""
    return ResponsibilityRecord(**{name: getattr(row, name) for name in ResponsibilityRecord.__dataclass_fields__})


def ending(store: Store, until: date, most: int) -> tuple[Ending, ...]:
    """Records of endpoints that are switched on which end by a day, the soonest first."""
    wanted = (
        select(Endpoint.id, Endpoint.name, Responsibility.valid_until)
        .join(Responsibility, Responsibility.endpoint_id == Endpoint.id)
        .where(Endpoint.enabled, Responsibility.valid_until <= until)
        .order_by(Responsibility.valid_until, Endpoint.name_key)
        .limit(most)
    )
    with store.read() as session:
        return tuple(Ending(*row) for row in session.execute(wanted))
