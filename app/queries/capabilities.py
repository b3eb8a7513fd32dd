"""Reads of what tests measured of an endpoint."""

from sqlalchemy import select

from app.domain.capabilities import Aged, Grade, Measured
from app.domain.features import Ability
from app.models.endpoint import Capability
from app.models.store import Store


def measured(store: Store, endpoint_id: str) -> tuple[Measured, ...]:
    """The newest finding about each ability that was looked at, by the ability's name."""
    wanted = select(Capability).where(Capability.endpoint_id == endpoint_id).order_by(Capability.ability)
    with store.read() as session:
        rows = session.scalars(wanted).all()
    return tuple(
        Measured(
            Ability(row.ability), Grade(row.grade), row.value, row.measured_at, Aged(row.aged) if row.aged else None
        )
        for row in rows
    )
