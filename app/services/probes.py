"""Connection tests begun, watched and stopped by people; what they find is written by `probe_records`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from app.clients.target import Target
from app.domain import rates as rules
from app.domain.errors import Busy, NotFound
from app.domain.families import GENERAL, Family
from app.domain.roles import SYSTEM, Actor
from app.domain.steps import Depth, StepName, StepResult, Verdict
from app.lib import tokens
from app.lib.sealed import CannotOpen
from app.lib.urls import BadAddress
from app.models.endpoint import Endpoint
from app.models.probe import Probe, ProbeStep
from app.services import rates, targets
from app.services.ports import Ports
from app.services.probe_records import LEASE, finish, step_values

# Polls come twice a second; a look is noted this much less often.
LOOK_NOTED = timedelta(seconds=2)
GONE = "There is no such test any more."
YOURS_WAIT = "{number} of your tests run or wait for their turn. Begin others when fewer than {most} do, or stop some."
ALL_WAIT = "Too many tests run or wait for their turn here. Nothing was begun; try again in a moment."
WAIT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Started:
    """A test whose row is written and which the door may now hand to the runner."""

    probe_id: str
    target: Target = field(repr=False)
    depth: Depth = Depth.QUICK
    family: Family | None = None


def start_saved(ports: Ports, actor: Actor, endpoint_ids: Sequence[str], depth: Depth = Depth.QUICK) -> list[Started]:
    """Begin tests of stored endpoints, one batch for the limit; raises NotFound, Busy.

    An endpoint that is being tested as it stands is left to that test. One whose key no longer opens, or whose
    address is no longer taken, gets a finished test that says so.
    """
    _within_limit(ports, actor)
    _within_line(ports, actor)
    with ports.store.write() as session:
        rows = session.scalars(select(Endpoint).where(Endpoint.id.in_(endpoint_ids))).all()
        if len(rows) != len(set(endpoint_ids)):
            raise NotFound("There is no such endpoint any more.")
        under_test = _under_test(ports, session, endpoint_ids)
        batch = tokens.new_id()
        idle = [row for row in rows if (row.id, row.version) not in under_test]
        return [each for row in idle if (each := _start(ports, session, actor, row, batch, depth))]


def _under_test(ports: Ports, session: Session, endpoint_ids: Sequence[str]) -> set[tuple[str | None, int | None]]:
    found = select(Probe.endpoint_id, Probe.endpoint_version).where(
        Probe.endpoint_id.in_(endpoint_ids),
        Probe.verdict == Verdict.RUNNING.value,
        Probe.lease_until >= ports.clock(),
        Probe.stop_asked.is_(False),
    )
    return {(row.endpoint_id, row.endpoint_version) for row in session.execute(found)}


def _start(ports: Ports, session: Session, actor: Actor, row: Endpoint, batch: str, depth: Depth) -> Started | None:
    probe = _new(ports, actor, batch, row.base_url, depth)
    probe.endpoint_id, probe.endpoint_version = row.id, row.version
    session.add(probe)
    try:
        return Started(probe.id, targets.of_endpoint(ports, row), depth, ports.facts.families.get(row.family))
    except CannotOpen:
        _cannot_begin(ports, session, probe, StepName.AUTH, "key_unreadable")
    except BadAddress:
        _cannot_begin(ports, session, probe, StepName.ADDRESS, "bad_address")
    return None


def _cannot_begin(ports: Ports, session: Session, probe: Probe, name: StepName, code: str) -> None:
    text = ports.facts.remedies.explain(code)
    step = StepResult(name, text.outcome, None, code, text.message, text.cause, text.remedy)
    session.flush()
    session.execute(insert(ProbeStep), [step_values(probe.id, step)])
    finish(ports, session, probe, (step,))


def start_draft(
    ports: Ports, actor: Actor, target: Target, depth: Depth = Depth.QUICK, family: str = GENERAL
) -> Started:
    """Begin a test of values that are not saved, `family` by its slug; only its maker may look at it. Raises Busy."""
    _within_limit(ports, actor)
    _within_line(ports, actor)
    with ports.store.write() as session:
        probe = _new(ports, actor, tokens.new_id(), str(target.address), depth)
        session.add(probe)
        return Started(probe.id, target, depth, ports.facts.families.get(family))


def count_search(ports: Ports, actor: Actor) -> None:
    """Let what asks a server or a resolver beside a test count as one of the person's tests; raises Busy."""
    _within_limit(ports, actor)


def _new(ports: Ports, actor: Actor, batch: str, address: str, depth: Depth) -> Probe:
    now = ports.clock()
    return Probe(
        id=tokens.new_id(),
        batch=batch,
        person=actor.key,
        person_name=actor.name,
        target=address,
        depth=depth.value,
        started_at=now,
        lease_until=now + LEASE,
        seen_at=now,
    )


def _within_limit(ports: Ports, actor: Actor) -> None:
    if actor != SYSTEM:  # whose schedule spaces what it begins
        rates.admit(ports, rules.tests(ports.limits.per_minute), actor.key)


def _within_line(ports: Ports, actor: Actor) -> None:
    """Raise Busy where the person's own tests, or those of all, are too many to begin more before some have ended."""
    if actor == SYSTEM:
        return
    alive = (Probe.verdict == Verdict.RUNNING.value, Probe.lease_until >= ports.clock())
    numbers = select(func.count().filter(Probe.person == actor.key).label("own"), func.count().label("all"))
    with ports.store.read() as session:
        waiting = session.execute(numbers.where(*alive)).one()
    if waiting.own >= ports.limits.waiting_of_one:
        raise Busy(YOURS_WAIT.format(number=waiting.own, most=ports.limits.waiting_of_one), WAIT_SECONDS)
    if waiting.all >= ports.limits.waiting_in_all:
        raise Busy(ALL_WAIT, WAIT_SECONDS)


def ask_stop(ports: Ports, actor: Actor, probe_id: str) -> None:
    """Mark a running test to be stopped, in whichever process it runs; raises NotFound."""
    with ports.store.write() as session:
        probe = session.get(Probe, probe_id)
        if probe is None or (probe.endpoint_id is None and probe.person != actor.key):
            raise NotFound(GONE)
        probe.stop_asked = True


def seen(ports: Ports, probe_id: str, seen_at: datetime) -> None:
    """Note that somebody still looks at an unsaved form's test; `seen_at` is when that was noted last."""
    now = ports.clock()
    if now - seen_at < LOOK_NOTED:
        return
    with ports.store.write() as session:
        session.execute(update(Probe).where(Probe.id == probe_id).values(seen_at=now, updated_at=Probe.updated_at))
