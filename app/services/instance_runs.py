"""Runs with the GitLab instance on record: one at a time over all processes, each step as it ends."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from app.domain.errors import Busy
from app.domain.plans import Action
from app.domain.roles import Actor
from app.lib import tokens
from app.models.instance import ONLY, Instance, InstanceRun, InstanceStep
from app.models.rows import ensure
from app.services.ports import Ports

# Longer than any one request to GitLab takes; each step renews it.
LEASE = timedelta(seconds=120)
KEPT = 50
RUNNING = "running"
READ, APPLY, HEALTH = "read", "apply", "health"
DOING = {READ: "read", APPLY: "changed", HEALTH: "checked"}


def begin(ports: Ports, actor: Actor, kind: str) -> str:
    """Begin a run and return its id; raises Busy while another one is at work."""
    now = ports.clock()
    with ports.store.write() as session:
        _lock(session)
        alive = select(InstanceRun).where(InstanceRun.state == RUNNING, InstanceRun.lease_until > now)
        if other := session.scalar(alive.limit(1)):
            raise Busy(
                f"GitLab is being {DOING[other.kind]} just now, begun by {other.person_name}. Wait for its end.", 5
            )
        session.execute(
            update(InstanceRun)
            .where(InstanceRun.state == RUNNING)
            .values(state="interrupted", ended_at=now)
            .execution_options(synchronize_session=False)
        )
        _forget_old(session)
        run = InstanceRun(
            id=tokens.new_id(),
            kind=kind,
            person=actor.key,
            person_name=actor.name,
            created_at=now,
            lease_until=now + LEASE,
        )
        session.add(run)
        return run.id


def write_steps(ports: Ports, run_id: str, actions: Sequence[Action]) -> None:
    """Put all steps on record before the first is done."""
    rows = [
        {
            "run_id": run_id,
            "position": position,
            "kind": each.kind.value,
            "subject": each.subject[:160],
            "title": each.title,
            "changes": [asdict(change) for change in each.changes],
            "outcome": "waiting",
        }
        for position, each in enumerate(actions)
    ]
    if rows:
        with ports.store.write() as session:
            session.execute(insert(InstanceStep), rows)


def end_step(ports: Ports, run_id: str, position: int, outcome: str, code: str = "", words: str = "") -> None:
    """Note what became of a step, and keep the run."""
    step = update(InstanceStep).where(InstanceStep.run_id == run_id, InstanceStep.position == position)
    with ports.store.write() as session:
        session.execute(step.values(outcome=outcome, code=code, words=words[:600]))
        _renew(ports, session, run_id)


def renew(ports: Ports, run_id: str) -> bool:
    """Keep the run for so much longer; False when it counts as interrupted by now, since it was silent for too long."""
    with ports.store.write() as session:
        return _renew(ports, session, run_id)


def end(ports: Ports, run_id: str, state: str, code: str = "", words: str = "") -> None:
    """Note how the run ended: done, failed, changed (the plan was another one than was shown) or interrupted."""
    ended = update(InstanceRun).where(InstanceRun.id == run_id)
    with ports.store.write() as session:
        session.execute(ended.values(state=state, code=code, words=words[:600], ended_at=ports.clock()))


def _renew(ports: Ports, session: Session, run_id: str) -> bool:
    mine = update(InstanceRun).where(InstanceRun.id == run_id, InstanceRun.state == RUNNING)
    kept = mine.values(lease_until=ports.clock() + LEASE).returning(InstanceRun.id)
    return session.scalar(kept) is not None


def _lock(session: Session) -> None:
    """Two processes that begin at the same moment come one after the other, be it for the very first time."""
    ensure(session, Instance, id=ONLY)
    session.get(Instance, ONLY, with_for_update=True)


def _forget_old(session: Session) -> None:
    newest = select(InstanceRun.id).order_by(InstanceRun.created_at.desc()).limit(KEPT)
    session.execute(
        delete(InstanceRun)
        .where(InstanceRun.id.not_in(newest.scalar_subquery()))
        .execution_options(synchronize_session=False)
    )
