"""Reads of connection tests, as frozen records."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models.probe import Probe, ProbeStep
from app.models.store import Store

HISTORY = 20


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One finished step; `fix` is a field, its value and the button's words, or None."""

    name: str
    outcome: str
    milliseconds: float | None
    code: str
    message: str
    cause: str
    remedy: str
    fix: Mapping[str, str] | None
    figures: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ProbeRecord:
    """One test with its finished steps in order; `endpoint_id` is None for values that were not saved."""

    id: str
    endpoint_id: str | None
    person: str
    person_name: str
    depth: str
    verdict: str
    summary: str
    target: str
    started_at: datetime
    finished_at: datetime | None
    seen_at: datetime
    stop_asked: bool
    steps: tuple[StepRecord, ...]

    @property
    def running(self) -> bool:
        """Whether it still goes on."""
        return self.verdict == "running"


@dataclass(frozen=True, slots=True)
class PastProbe:
    """One line of an endpoint's history."""

    id: str
    depth: str
    verdict: str
    summary: str
    person_name: str
    started_at: datetime


def probe(store: Store, probe_id: str) -> ProbeRecord | None:
    """One test by id."""
    with store.read() as session:
        row = session.get(Probe, probe_id)
        return _record(session, row) if row else None


def latest(store: Store, endpoint_id: str) -> ProbeRecord | None:
    """The newest test of an endpoint, running ones included."""
    with store.read() as session:
        newest = select(Probe).where(Probe.endpoint_id == endpoint_id).order_by(Probe.started_at.desc()).limit(1)
        row = session.scalar(newest)
        return _record(session, row) if row else None


def history(store: Store, endpoint_id: str, most: int = HISTORY) -> tuple[PastProbe, ...]:
    """An endpoint's tests, newest first."""
    columns = (Probe.id, Probe.depth, Probe.verdict, Probe.summary, Probe.person_name, Probe.started_at)
    with store.read() as session:
        rows = session.execute(
            select(*columns).where(Probe.endpoint_id == endpoint_id).order_by(Probe.started_at.desc()).limit(most)
        )
        return tuple(PastProbe(**row._mapping) for row in rows)


def fix_of(store: Store, endpoint_id: str, probe_id: str, step: str) -> Mapping[str, str] | None:
    """The change that this step of one of the endpoint's own tests proposed: `field`, `value`, `label`."""
    # PostgreSQL takes no NUL even to compare with.
    wanted = [each.replace("\0", "") for each in (endpoint_id, probe_id, step)]
    own = (Probe.endpoint_id, Probe.id, ProbeStep.name)
    found = select(ProbeStep.fix).join(Probe, Probe.id == ProbeStep.probe_id)
    with store.read() as session:
        return session.scalar(found.where(*(column == text for column, text in zip(own, wanted, strict=True))))


def _record(session: Session, row: Probe) -> ProbeRecord:
    steps = session.scalars(select(ProbeStep).where(ProbeStep.probe_id == row.id).order_by(ProbeStep.position)).all()
    plain = {name: getattr(row, name) for name in ProbeRecord.__dataclass_fields__ if name != "steps"}
    return ProbeRecord(**plain, steps=tuple(_step(each) for each in steps))


def _step(row: ProbeStep) -> StepRecord:
    return StepRecord(**{name: getattr(row, name) for name in StepRecord.__dataclass_fields__})
