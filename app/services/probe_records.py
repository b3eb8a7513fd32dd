"""What a running test leaves in the database: steps as they end, its verdict, and its end when its process is gone."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, exists, func, insert, or_, select, update
from sqlalchemy.orm import Session

from app.clients.registry import dialect_for
from app.domain.breaker import TESTED
from app.domain.capabilities import Aged
from app.domain.steps import (
    ORDER,
    Depth,
    Outcome,
    StepName,
    StepResult,
    Verdict,
    fingerprint,
    stated_context,
    steps_of,
    verdict,
)
from app.models.endpoint import Endpoint, HealthChange
from app.models.probe import Probe, ProbeStep
from app.services import breakers, capabilities, standing
from app.services.ports import Ports

# A running test belongs to its process for so long after each renewal.
LEASE = timedelta(seconds=20)
# An unsaved form's test ends when nobody has asked for its progress for this long, and its row goes after an hour.
UNATTENDED = timedelta(seconds=10)
DRAFT_KEPT = timedelta(hours=1)
CHANGES_KEPT = timedelta(days=90)
SUMMARY_MAX = 400

STOPPED = "stopped"
INTERRUPTED = "interrupted"
# A test that could not judge changes nothing about what is known of an endpoint.
ANSWERED = frozenset({Verdict.PASSED.value, Verdict.WARNED.value})
JUDGED = ANSWERED | {Verdict.FAILED.value}


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of a test: everything it yielded, and STOPPED or INTERRUPTED where it did not come to its own end."""

    probe_id: str
    results: tuple[StepResult, ...]
    cut_short: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """What a few tests yielded since the last write: steps by test, in order, and ends."""

    steps: Mapping[str, Sequence[StepResult]]
    finished: Sequence[Finished]

    @classmethod
    def of(cls, items: Iterable["tuple[str, StepResult] | Finished"]) -> "Batch":
        """Sort a mixed queue, keeping its order."""
        steps: defaultdict[str, list[StepResult]] = defaultdict(list)
        finished = []
        for item in items:
            if isinstance(item, Finished):
                finished.append(item)
            else:
                steps[item[0]].append(item[1])
        return cls(steps, finished)


def record(ports: Ports, batch: Batch) -> None:
    """Write what tests yielded.

    A test whose row is gone (its endpoint was deleted) or was ended by another process meanwhile is passed over.
    """
    ends = [each.probe_id for each in batch.finished]
    with ports.store.write() as session:
        _lock_endpoints(session, ends)
        wanted = select(Probe).where(Probe.id.in_({*batch.steps, *ends}), Probe.verdict == Verdict.RUNNING.value)
        running = {row.id: row for row in session.scalars(wanted.with_for_update())}
        rows = [
            step_values(probe_id, each)
            for probe_id, results in batch.steps.items()
            if probe_id in running
            for each in results
        ]
        if rows:
            session.execute(insert(ProbeStep), rows)
        for finished in batch.finished:
            if finished.probe_id in running:
                _end(ports, session, running[finished.probe_id], finished)


def _lock_endpoints(session: Session, probe_ids: Sequence[str]) -> None:
    """Before their tests, as whoever deletes an endpoint does: two orders would be a deadlock on PostgreSQL."""
    if probe_ids and session.get_bind().dialect.name != "sqlite":
        tested = select(Probe.endpoint_id).where(Probe.id.in_(probe_ids))
        session.execute(select(Endpoint.id).where(Endpoint.id.in_(tested)).order_by(Endpoint.id).with_for_update())


def _end(ports: Ports, session: Session, probe: Probe, finished: Finished) -> None:
    results = finished.results
    steps = steps_of(Depth(probe.depth))
    if finished.cut_short and len(results) < len(steps):
        step = cut_short(ports, finished.cut_short, steps[len(results)])
        session.execute(insert(ProbeStep), [step_values(probe.id, step)])
        results = (*results, step)
    finish(ports, session, probe, results)


def finish(ports: Ports, session: Session, probe: Probe, results: Sequence[StepResult]) -> None:
    """Give a test its verdict, and its endpoint too where it is still the one that was tested."""
    probe.verdict = verdict(results).value
    probe.summary = summary(results)[:SUMMARY_MAX]
    probe.finished_at = ports.clock()
    if probe.endpoint_id is not None:
        _conclude(ports, session, probe, results)


def _conclude(ports: Ports, session: Session, probe: Probe, results: Sequence[StepResult]) -> None:
    """Tell the endpoint, where it is still the one that was tested, what its test came to.

    A test of values that were changed meanwhile stays in the history and says nothing about the endpoint as it is now.
    """
    row = session.get(Endpoint, probe.endpoint_id)
    if row is None or row.version != probe.endpoint_version or probe.finished_at is None:
        return
    probe.fingerprint = fingerprint(results)
    probe.dialect_version = dialect_for(row.platform).version
    shown = {"verdict": probe.verdict, "probe_id": probe.id, "probed_at": probe.finished_at}
    if probe.fingerprint:
        shown |= {"fingerprint": probe.fingerprint, "stated_context": stated_context(results)}
    if probe.verdict in JUDGED:
        _note_change(session, row, probe)
        shown["judged"] = probe.verdict
    # Not through the mapped row: a test's end must not make somebody's open edit form stale.
    session.execute(
        update(Endpoint)
        .where(Endpoint.id == row.id)
        .values(**shown, updated_at=Endpoint.updated_at)
        .execution_options(synchronize_session=False)
    )
    if probe.fingerprint and row.fingerprint not in ("", probe.fingerprint):
        capabilities.age(session, row.id, Aged.CHANGED)
    capabilities.keep(session, row, probe, results)
    if probe.verdict in ANSWERED:
        breakers.close(ports, session, row, TESTED)
    session.expire(row)
    standing.refresh(ports, session, row)


def _note_change(session: Session, row: Endpoint, probe: Probe) -> None:
    if row.judged not in ("", probe.verdict):
        session.add(
            HealthChange(
                endpoint_id=row.id,
                at=probe.finished_at,
                before=row.judged,
                after=probe.verdict,
                probe_id=probe.id,
                summary=probe.summary,
            )
        )


def summary(results: Sequence[StepResult]) -> str:
    """One sentence: the first thing that went wrong, else that all went well."""
    for outcome in (Outcome.FAILED, Outcome.UNKNOWN, Outcome.WARNED):
        for each in results:
            if each.outcome is outcome and each.message:
                return each.message
    passed = sum(each.outcome is Outcome.PASSED for each in results)
    return f"{passed} steps passed."


def cut_short(ports: Ports, code: str, name: StepName) -> StepResult:
    """A step in place of the one that was under way when the test ended."""
    text = ports.facts.remedies.explain(code)
    return StepResult(name, text.outcome, None, code, text.message, text.cause, text.remedy)


def step_values(probe_id: str, step: StepResult) -> dict[str, Any]:
    """A step's row; its position is that of its name."""
    return {
        "probe_id": probe_id,
        "position": ORDER.index(step.name),
        "name": step.name.value,
        "outcome": step.outcome.value,
        "milliseconds": step.milliseconds,
        "code": step.code,
        "message": step.message,
        "cause": step.cause,
        "remedy": step.remedy,
        "fix": asdict(step.fix) if step.fix else None,
        "figures": dict(step.figures),
        "findings": [asdict(each) for each in step.findings],
    }


def asked_to_stop(ports: Ports, ids: Sequence[str]) -> list[str]:
    """Those of the running tests that somebody stopped, whose page was left, or whose row is gone or at its end."""
    forsaken = ports.clock() - UNATTENDED
    with ports.store.read() as session:
        going_on = select(Probe.id).where(
            Probe.id.in_(ids),
            Probe.verdict == Verdict.RUNNING.value,
            Probe.stop_asked.is_(False),
            or_(Probe.endpoint_id.is_not(None), Probe.seen_at >= forsaken),
        )
        wanted = set(session.scalars(going_on))
    return [each for each in ids if each not in wanted]


def renew(ports: Ports, ids: Sequence[str]) -> None:
    """Say that this process still works on these tests."""
    with ports.store.write() as session:
        session.execute(update(Probe).where(Probe.id.in_(ids)).values(lease_until=ports.clock() + LEASE))


def reap(ports: Ports) -> None:
    """End tests whose process is gone, as interrupted; remove unsaved forms' tests and changes that are long past."""
    now = ports.clock()
    lost = (Probe.verdict == Verdict.RUNNING.value) & (Probe.lease_until < now)
    old = Probe.endpoint_id.is_(None) & (Probe.started_at < now - DRAFT_KEPT)
    past = HealthChange.at < now - CHANGES_KEPT
    with ports.store.read() as session:
        if not session.scalar(select(or_(exists().where(or_(lost, old)), exists().where(past)))):
            return
    with ports.store.write() as session:
        for probe in session.scalars(select(Probe).where(lost).with_for_update(skip_locked=True)).all():
            _interrupt(ports, session, probe)
        session.execute(delete(Probe).where(old))
        session.execute(delete(HealthChange).where(past))


def _interrupt(ports: Ports, session: Session, probe: Probe) -> None:
    written = session.scalar(select(func.count()).where(ProbeStep.probe_id == probe.id)) or 0
    steps = steps_of(Depth(probe.depth))
    step = cut_short(ports, INTERRUPTED, steps[min(written, len(steps) - 1)])
    if written < len(steps):
        session.execute(insert(ProbeStep), [step_values(probe.id, step)])
    finish(ports, session, probe, (step,))
