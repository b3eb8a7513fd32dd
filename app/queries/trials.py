"""Reads of tries: how far each of the answers is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.domain.contracts import Breach, Called
from app.domain.tiers import Tier
from app.domain.trials import INTERRUPTED, INTERRUPTED_WORDS, KEPT, Figures, Side, SideState
from app.models.endpoint import Endpoint, Standing
from app.models.store import Store
from app.models.trial import Trial, TrialSide


@dataclass(frozen=True, slots=True)
class SideRecord:
    """One answer, with who gives it; `code` and `words` say what went wrong, `figures` is None without a token."""

    position: int
    endpoint_id: str
    endpoint: str
    family: str
    tier: str
    state: str
    text: str = field(repr=False)
    calls: tuple[Called, ...] = ()
    code: str = ""
    words: str = ""
    breaches: tuple[Breach, ...] = ()
    figures: Figures | None = None


@dataclass(frozen=True, slots=True)
class TrialRecord:
    """One try, its sides in the order of the lot."""

    id: str
    feature: str
    inputs: Mapping[str, str] = field(repr=False)
    blind: bool
    stop: bool
    mark: int | None
    created_at: datetime
    sides: tuple[SideRecord, ...]

    @property
    def states(self) -> list[str]:
        """How far each side is."""
        return [each.state for each in self.sides]

    @property
    def running(self) -> bool:
        """Whether anything may still change by itself."""
        return SideState.RUNNING in self.states

    @property
    def asked(self) -> tuple[Side, ...]:
        """Who was asked."""
        return tuple(Side(each.endpoint_id, each.family) for each in self.sides)


def trial(store: Store, trial_id: str, person: str, now: datetime) -> TrialRecord | None:
    """A try of this person, by the key of their identity; None for others', for what is older than an hour and for one
    whose endpoints were deleted.

    What its process left running when it ended is told as interrupted.
    """
    wanted = select(Trial).where(Trial.id == trial_id, Trial.person == person, Trial.created_at >= now - KEPT)
    with store.read() as session:
        row = session.scalar(wanted)
        if row is None:
            return None
        sides = session.execute(_sides(row)).all()
    if not sides:
        return None
    gone = row.lease_until < now
    return TrialRecord(
        row.id,
        row.feature,
        {str(name): str(text) for name, text in row.inputs.items()},
        row.blind,
        row.stop,
        row.mark,
        row.created_at,
        tuple(_record(each, name, tier, gone) for each, name, tier in sides),
    )


def _sides(row: Trial) -> Any:
    return (
        select(TrialSide, Endpoint.name, Standing.tier)
        .join(Endpoint, Endpoint.id == TrialSide.endpoint_id)
        .outerjoin(Standing, (Standing.endpoint_id == Endpoint.id) & (Standing.feature == row.feature))
        .where(TrialSide.trial_id == row.id)
        .order_by(TrialSide.position)
    )


def _record(row: TrialSide, name: str, tier: str | None, gone: bool) -> SideRecord:
    interrupted = gone and row.state == SideState.RUNNING
    return SideRecord(
        row.position,
        row.endpoint_id,
        name,
        row.family,
        tier or Tier.OTHER.value,
        SideState.FAILED.value if interrupted else row.state,
        row.text,
        tuple(Called(**each) for each in row.calls),
        INTERRUPTED if interrupted else row.code,
        INTERRUPTED_WORDS if interrupted else row.words,
        tuple(Breach(**each) for each in row.breaches),
        Figures(**row.figures) if row.figures else None,
    )
