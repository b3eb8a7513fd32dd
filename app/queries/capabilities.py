"""Reads of what tests found endpoints able to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, select

from app.domain.features import Ability
from app.domain.steps import StepName
from app.models.endpoint import Capability
from app.models.probe import ProbeStep
from app.models.store import Store

# The step that an ability was measured by, where it has another name.
_STEPS = {
    Ability.QUICK.value: StepName.STREAM.value,
    Ability.FORCED_TOOLS.value: StepName.TOOLS.value,
    Ability.CLEAN.value: StepName.REASONING.value,
}


@dataclass(frozen=True, slots=True)
class CapabilityRecord:
    """The newest finding about one ability; `aged` as the model has it.

    `figures` and `milliseconds` are those of the step that found it, empty and None once its test is gone.
    """

    ability: str
    grade: str
    value: int | None
    measured_at: datetime
    aged: str
    probe_id: str
    dialect_version: int
    figures: Mapping[str, Any]
    milliseconds: float | None


def capabilities(store: Store, endpoint_id: str) -> tuple[CapabilityRecord, ...]:
    """All that was ever measured of an endpoint, in one statement."""
    names = ("ability", "grade", "value", "measured_at", "aged", "probe_id", "dialect_version")
    found_by = case(_STEPS, value=Capability.ability, else_=Capability.ability)
    wanted = (
        select(*(getattr(Capability, name) for name in names), ProbeStep.figures, ProbeStep.milliseconds)
        .outerjoin(ProbeStep, and_(ProbeStep.probe_id == Capability.probe_id, ProbeStep.name == found_by))
        .where(Capability.endpoint_id == endpoint_id)
        .order_by(Capability.ability)
    )
    with store.read() as session:
        rows = session.execute(wanted).all()
    return tuple(CapabilityRecord(**{**row._mapping, "figures": row.figures or {}}) for row in rows)
