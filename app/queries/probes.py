"""Reads of connection tests, as frozen records."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, or_, select
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


def several(store: Store, probe_ids: Sequence[str]) -> dict[str, ProbeRecord]:
    """Tests by id with their steps, in two statements; those that are gone are left out."""
    with store.read() as session:
        return {row.id: row for row in _with_their_steps(session, select(Probe).where(Probe.id.in_(probe_ids)))}


def newest_of(store: Store, endpoint_ids: Sequence[str]) -> dict[str, str]:
    """The id of each endpoint's newest test, in one statement; endpoints without one are left out."""
    place = func.row_number().over(partition_by=Probe.endpoint_id, order_by=(Probe.started_at.desc(), Probe.id.desc()))
    ranked = select(Probe.endpoint_id, Probe.id, place.label("place")).where(Probe.endpoint_id.in_(endpoint_ids))
    found = ranked.subquery()
    with store.read() as session:
        rows = session.execute(select(found.c.endpoint_id, found.c.id).where(found.c.place == 1)).all()
    return {row.endpoint_id: row.id for row in rows}


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


def before(
    store: Store, endpoint_id: str, most: int, last: tuple[datetime, str] | None = None
) -> tuple[ProbeRecord, ...]:
    """An endpoint's tests with their steps in two statements, newest first; `last` is the one that was seen last."""
    wanted = select(Probe).where(Probe.endpoint_id == endpoint_id)
    if last:
        at, probe_id = last
        wanted = wanted.where(or_(Probe.started_at < at, and_(Probe.started_at == at, Probe.id < probe_id)))
    newest_first = wanted.order_by(Probe.started_at.desc(), Probe.id.desc()).limit(most)
    with store.read() as session:
        return _with_their_steps(session, newest_first)


def _with_their_steps(session: Session, wanted: Select[Any]) -> tuple[ProbeRecord, ...]:
    rows = session.scalars(wanted).all()
    steps: defaultdict[str, list[ProbeStep]] = defaultdict(list)
    for step in session.scalars(_steps(*(row.id for row in rows))):
        steps[step.probe_id].append(step)
    return tuple(_with_steps(row, steps[row.id]) for row in rows)


def fix_of(store: Store, endpoint_id: str, probe_id: str, step: str) -> Mapping[str, str] | None:
    """The change that this step of one of the endpoint's own tests proposed: `field`, `value`, `label`."""
    # PostgreSQL takes no NUL even to compare with.
    wanted = [each.replace("\0", "") for each in (endpoint_id, probe_id, step)]
    own = (Probe.endpoint_id, Probe.id, ProbeStep.name)
    found = select(ProbeStep.fix).join(Probe, Probe.id == ProbeStep.probe_id)
    with store.read() as session:
        return session.scalar(found.where(*(column == text for column, text in zip(own, wanted, strict=True))))


def _record(session: Session, row: Probe) -> ProbeRecord:
    return _with_steps(row, session.scalars(_steps(row.id)).all())


def _steps(*probe_ids: str) -> Select[Any]:
    return select(ProbeStep).where(ProbeStep.probe_id.in_(probe_ids)).order_by(ProbeStep.probe_id, ProbeStep.position)


def _with_steps(row: Probe, steps: Sequence[ProbeStep]) -> ProbeRecord:
    plain = {name: getattr(row, name) for name in ProbeRecord.__dataclass_fields__ if name != "steps"}
    return ProbeRecord(**plain, steps=tuple(_step(each) for each in steps))


def _step(row: ProbeStep) -> StepRecord:
    return StepRecord(**{name: getattr(row, name) for name in StepRecord.__dataclass_fields__})
