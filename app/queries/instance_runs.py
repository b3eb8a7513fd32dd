"""Reads of runs with the GitLab instance."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from app.models.instance import GatewayCheck, InstanceRun, InstanceStep
from app.models.store import Store

RUNNING, INTERRUPTED = "running", "interrupted"


@dataclass(frozen=True, slots=True)
class StepRecord:
    """One step; `changes` has of each field its label, before and after."""

    position: int
    kind: str
    subject: str
    title: str
    changes: tuple[Mapping[str, str], ...]
    outcome: str
    code: str
    words: str


@dataclass(frozen=True, slots=True)
class Run:
    """One run. `state`: running, done, failed (with the reason in `code`, or in the steps), changed (the plan was
    another one than was shown) or interrupted. `counts` has the number of steps by outcome.
    """

    id: str
    kind: str
    state: str
    person_name: str
    code: str
    words: str
    began_at: datetime
    ended_at: datetime | None
    counts: Mapping[str, int]
    steps: tuple[StepRecord, ...] = ()

    @property
    def total(self) -> int:
        """The number of its steps."""
        return sum(self.counts.values())

    @property
    def ended(self) -> int:
        """The number of steps that are over."""
        return self.total - self.counts.get("waiting", 0)


@dataclass(frozen=True, slots=True)
class Check:
    """GitLab's last connection check of an endpoint; `success` is None where GitLab could not be asked.

    `is_old`: the endpoint was changed since.
    """

    running: bool
    started_at: datetime
    ended_at: datetime | None
    success: bool | None
    code: str
    words: str
    is_old: bool


def run(store: Store, run_id: str, now: datetime | None = None) -> Run | None:
    """One run with its steps. Past its lease it counts as interrupted, where the time is given."""
    with store.read() as session:
        row = session.get(InstanceRun, run_id)
        if row is None:
            return None
        asked = select(InstanceStep).where(InstanceStep.run_id == run_id).order_by(InstanceStep.position)
        steps = tuple(
            StepRecord(
                each.position, each.kind, each.subject, each.title, tuple(each.changes), each.outcome, each.code,
                each.words,
            )
            for each in session.scalars(asked)
        )  # fmt: skip
    return _record(row, Counter(each.outcome for each in steps), now, steps)


def recent(store: Store, now: datetime, most: int, kind: str | None = None) -> tuple[Run, ...]:
    """The last runs, the newest first, without their steps."""
    wanted = select(InstanceRun).order_by(InstanceRun.created_at.desc(), InstanceRun.id).limit(most)
    if kind is not None:
        wanted = wanted.where(InstanceRun.kind == kind)
    with store.read() as session:
        rows = session.scalars(wanted).all()
        counts: dict[str, Counter[str]] = {row.id: Counter() for row in rows}
        asked = select(InstanceStep.run_id, InstanceStep.outcome, func.count())
        asked = asked.where(InstanceStep.run_id.in_(counts)).group_by(InstanceStep.run_id, InstanceStep.outcome)
        for run_id, outcome, number in session.execute(asked):
            counts[run_id][outcome] = number
    return tuple(_record(row, counts[row.id], now) for row in rows)


def check(store: Store, endpoint_id: str, version: int, now: datetime) -> Check | None:
    """GitLab's last check of an endpoint that is at this version; None where it never checked it."""
    with store.read() as session:
        row = session.get(GatewayCheck, endpoint_id)
    if row is None:
        return None
    running = row.state == RUNNING and row.lease_until > now
    return Check(
        running, row.started_at, row.ended_at, row.success, row.code, row.words, row.endpoint_version != version
    )


def _record(
    row: InstanceRun, counts: Mapping[str, int], now: datetime | None, steps: tuple[StepRecord, ...] = ()
) -> Run:
    values: dict[str, Any] = {name: getattr(row, name) for name in ("id", "kind", "person_name", "code", "words")}
    dead = row.state == RUNNING and now is not None and row.lease_until < now
    return Run(
        state=INTERRUPTED if dead else row.state,
        began_at=row.created_at,
        ended_at=row.ended_at,
        counts=counts,
        steps=steps,
        **values,
    )
