"""The record of connection tests: started, step by step, stopped, finished, cleared away."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app.clients.dialect import Target
from app.domain.errors import Busy, NotFound
from app.domain.roles import Actor
from app.domain.steps import QUICK, Fix, Outcome, StepName, StepResult, Verdict, verdict
from app.lib import tokens
from app.lib.sealed import CannotOpen
from app.models.endpoint import Endpoint
from app.models.probe import Probe, ProbeStep
from app.services import targets
from app.services.ports import Ports

LEASE = timedelta(seconds=20)
# An unsaved form's test ends when nobody has asked for its progress for this long, and its row goes after an hour.
UNATTENDED = timedelta(seconds=10)
DRAFT_KEPT = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Started:
    """A test whose row is written and which the door may now hand to the runner."""

    probe_id: str
    target: Target
    draft: bool = False


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of a test: everything it yielded, and whether somebody stopped it."""

    probe_id: str
    results: tuple[StepResult, ...]
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Batch:
    """What a few tests yielded since the last write: steps by test with their positions, and ends."""

    steps: Mapping[str, Sequence[StepResult]]
    finished: Sequence[Finished]

    @classmethod
    def of(cls, items: Sequence["tuple[str, StepResult] | Finished"]) -> "Batch":
        """Sort a mixed queue, keeping its order."""
        steps: defaultdict[str, list[StepResult]] = defaultdict(list)
        finished = []
        for item in items:
            if isinstance(item, Finished):
                finished.append(item)
            else:
                steps[item[0]].append(item[1])
        return cls(steps, finished)


def start_saved(ports: Ports, actor: Actor, endpoint_ids: Sequence[str]) -> list[Started]:
    """Begin tests of stored endpoints, one batch for the limit. Raises NotFound, Busy.

    An endpoint whose key no longer opens gets a finished, failed test that says so.
    """
    with ports.store.write() as session:
        _within_limit(ports, session, actor)
        rows = session.scalars(select(Endpoint).where(Endpoint.id.in_(endpoint_ids))).all()
        if len(rows) != len(set(endpoint_ids)):
            raise NotFound("There is no such endpoint any more.")
        batch = tokens.new_id()
        return [each for row in rows if (each := _start(ports, session, actor, row, batch))]


def _start(ports: Ports, session: Session, actor: Actor, row: Endpoint, batch: str) -> Started | None:
    probe = _new(ports, actor, batch, row.base_url)
    probe.endpoint_id, probe.endpoint_version = row.id, row.version
    session.add(probe)
    session.flush()
    try:
        target = targets.of_endpoint(ports, row)
    except CannotOpen:
        text = ports.facts.remedies.explain("key_unreadable")
        step = StepResult(StepName.AUTH, text.outcome, None, text.code, text.message, text.cause, text.remedy)
        session.add(_step_row(probe.id, QUICK.index(StepName.AUTH), step))
        _finish(ports, session, probe, (step,))
        return None
    return Started(probe.id, target)


def start_draft(ports: Ports, actor: Actor, target: Target) -> Started:
    """Begin a test of values that are not saved; only its maker may look at it. Raises Busy."""
    with ports.store.write() as session:
        _within_limit(ports, session, actor)
        probe = _new(ports, actor, tokens.new_id(), str(target.address))
        session.add(probe)
        return Started(probe.id, target, draft=True)


def _new(ports: Ports, actor: Actor, batch: str, address: str) -> Probe:
    now = ports.clock()
    return Probe(
        id=tokens.new_id(),
        batch=batch,
        person=actor.key,
        person_name=actor.name,
        target=address,
        started_at=now,
        lease_until=now + LEASE,
        seen_at=now,
    )


def _within_limit(ports: Ports, session: Session, actor: Actor) -> None:
    since = ports.clock() - MINUTE
    mine = select(func.count(Probe.batch.distinct())).where(Probe.person == actor.key, Probe.started_at > since)
    if (session.scalar(mine) or 0) >= ports.limits.per_minute:
        raise Busy(f"More than {ports.limits.per_minute} tests a minute are not run. Wait a moment.", 30)


def record(ports: Ports, batch: Batch) -> None:
    """Write what tests yielded; a test whose row is gone (its endpoint was deleted) is passed over."""
    ids = {*batch.steps, *(each.probe_id for each in batch.finished)}
    with ports.store.write() as session:
        probes = {row.id: row for row in session.scalars(select(Probe).where(Probe.id.in_(ids)))}
        for probe_id, results in batch.steps.items():
            if probe_id in probes:
                session.add_all(_step_row(probe_id, QUICK.index(each.name), each) for each in results)
        for finished in batch.finished:
            if finished.probe_id in probes:
                _end(ports, session, probes[finished.probe_id], finished)


def _end(ports: Ports, session: Session, probe: Probe, finished: Finished) -> None:
    results = finished.results
    if finished.stopped:
        step = _cut_short(ports, "stopped", QUICK[min(len(results), len(QUICK) - 1)])
        session.add(_step_row(probe.id, QUICK.index(step.name), step))
        results = (*results, step)
    _finish(ports, session, probe, results)


def _finish(ports: Ports, session: Session, probe: Probe, results: Sequence[StepResult]) -> None:
    probe.verdict = verdict(results).value
    probe.summary = summary(results)[:400]
    probe.finished_at = ports.clock()
    if probe.endpoint_id is None:
        return
    # Not through the mapped row: a test's end must not make somebody's open edit form stale. A test of values that
    # were changed meanwhile stays in the history and says nothing about the endpoint as it is now.
    session.execute(
        update(Endpoint)
        .where(Endpoint.id == probe.endpoint_id, Endpoint.version == probe.endpoint_version)
        .values(verdict=probe.verdict, probe_id=probe.id, probed_at=probe.finished_at, updated_at=Endpoint.updated_at)
        .execution_options(synchronize_session=False)
    )


def summary(results: Sequence[StepResult]) -> str:
    """One sentence: the first thing that went wrong, else that all went well."""
    for outcomes in ((Outcome.FAILED,), (Outcome.UNKNOWN,), (Outcome.WARNED,)):
        for each in results:
            if each.outcome in outcomes and each.message:
                return each.message
    passed = sum(each.outcome is Outcome.PASSED for each in results)
    return f"{passed} steps passed."


def _cut_short(ports: Ports, code: str, name: StepName) -> StepResult:
    text = ports.facts.remedies.explain(code)
    return StepResult(name, Outcome.UNKNOWN, None, code, text.message, text.cause, text.remedy)


def _step_row(probe_id: str, position: int, step: StepResult) -> ProbeStep:
    return ProbeStep(
        probe_id=probe_id,
        position=position,
        name=step.name.value,
        outcome=step.outcome.value,
        milliseconds=step.milliseconds,
        code=step.code,
        message=step.message,
        cause=step.cause,
        remedy=step.remedy,
        fix=asdict(step.fix) if isinstance(step.fix, Fix) else None,
        figures=dict(step.figures),
    )


def ask_stop(ports: Ports, actor: Actor, probe_id: str) -> None:
    """Mark a running test to be stopped, in whichever process it runs; raises NotFound."""
    with ports.store.write() as session:
        probe = session.get(Probe, probe_id)
        if probe is None or (probe.endpoint_id is None and probe.person != actor.key):
            raise NotFound("There is no such test any more.")
        probe.stop_asked = True


def asked_to_stop(ports: Ports, ids: Sequence[str]) -> list[str]:
    """Those of the running tests that somebody stopped, whose page was left, or whose row is gone."""
    now = ports.clock()
    with ports.store.read() as session:
        rows = session.execute(
            select(Probe.id, Probe.stop_asked, Probe.endpoint_id, Probe.seen_at).where(Probe.id.in_(ids))
        ).all()
    known = {row.id for row in rows}
    left = [row.id for row in rows if row.stop_asked or (row.endpoint_id is None and row.seen_at < now - UNATTENDED)]
    return [*left, *(each for each in ids if each not in known)]


def seen(ports: Ports, probe_id: str, seen_at: datetime) -> None:
    """Note that somebody still looks at an unsaved form's test; at most once in two seconds."""
    now = ports.clock()
    if now - seen_at < timedelta(seconds=2):
        return
    with ports.store.write() as session:
        session.execute(update(Probe).where(Probe.id == probe_id).values(seen_at=now, updated_at=Probe.updated_at))


def renew(ports: Ports, ids: Sequence[str]) -> None:
    """Say that this process still works on these tests."""
    with ports.store.write() as session:
        session.execute(update(Probe).where(Probe.id.in_(ids)).values(lease_until=ports.clock() + LEASE))


def reap(ports: Ports) -> None:
    """End tests whose process is gone, as interrupted, and remove unsaved forms' tests after an hour."""
    now = ports.clock()
    with ports.store.write() as session:
        lost = select(Probe).where(Probe.verdict == Verdict.RUNNING.value, Probe.lease_until < now)
        for probe in session.scalars(lost).all():
            _interrupt(ports, session, probe)
        session.execute(delete(Probe).where(Probe.endpoint_id.is_(None), Probe.started_at < now - DRAFT_KEPT))


def _interrupt(ports: Ports, session: Session, probe: Probe) -> None:
    last = session.scalar(select(func.max(ProbeStep.position)).where(ProbeStep.probe_id == probe.id))
    position = min(0 if last is None else last + 1, len(QUICK) - 1)
    step = _cut_short(ports, "interrupted", QUICK[position])
    if last is None or position > last:
        session.add(_step_row(probe.id, position, step))
    _finish(ports, session, probe, (step,))
