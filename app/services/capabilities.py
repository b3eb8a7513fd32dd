"""What tests found of an endpoint's abilities, kept with when and by what they were measured."""

from collections.abc import Sequence

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app.domain.capabilities import Aged, Grade, Measured, newest
from app.domain.features import Ability
from app.domain.steps import StepResult
from app.models.endpoint import Capability, Endpoint
from app.models.probe import Probe


def of(session: Session, endpoint_id: str) -> dict[Ability, Measured]:
    """What is known of an endpoint."""
    rows = session.scalars(select(Capability).where(Capability.endpoint_id == endpoint_id))
    return {Ability(row.ability): _measured(row) for row in rows}


def keep(session: Session, row: Endpoint, probe: Probe, results: Sequence[StepResult]) -> None:
    """Store what a test found in place of what was known; what it did not look at stays."""
    found = newest(finding for result in results for finding in result.findings)
    session.execute(
        delete(Capability).where(
            Capability.endpoint_id == row.id, Capability.ability.in_([each.value for each in found])
        )
    )
    session.add_all(
        Capability(
            endpoint_id=row.id,
            ability=each.ability.value,
            grade=each.grade.value,
            value=each.value,
            measured_at=probe.finished_at,
            probe_id=probe.id,
            dialect_version=probe.dialect_version,
            fingerprint=probe.fingerprint,
        )
        for each in found.values()
    )
    session.flush()


def age(session: Session, endpoint_id: str, why: Aged) -> None:
    """Mark everything that is known of an endpoint as old."""
    session.execute(
        update(Capability)
        .where(Capability.endpoint_id == endpoint_id)
        .values(aged=why.value)
        .execution_options(synchronize_session=False)
    )


def _measured(row: Capability) -> Measured:
    aged = Aged(row.aged) if row.aged else None
    return Measured(Ability(row.ability), Grade(row.grade), row.value, row.measured_at, aged)
