"""Making GitLab equal to what is held here: read it, plan, and do what the plan says if it is the one that was seen."""

from dataclasses import dataclass

from app.domain.instance import Actual, Scope
from app.domain.instance_troubles import InstanceError
from app.domain.planning import plan as planned
from app.domain.plans import Plan
from app.domain.roles import Actor
from app.lib.cancel import Cancel, Stopped
from app.queries.instance import actual_in, reading_in
from app.queries.wanted import wanted_in
from app.services import instance_links, instance_reads, instance_runs
from app.services.instance_steps import DONE, FAILED, GOOD, Work
from app.services.ports import Ports


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants applied. `digest` names the plan that they saw, None for whatever it is now."""

    digest: str | None = None
    delete: bool = False
    many: bool = False


def plan(ports: Ports, *, delete: bool = False, many: bool = False) -> Plan | None:
    """The difference to the last complete reading; None before the first."""
    with ports.store.read() as session:
        url = instance_reads.url_of(ports)
        actual = actual_in(session, url)
        if actual is None:
            return None
        scope = Scope(reading_in(session, url).scope)
        wanted = wanted_in(session, ports.facts, ports.origin, ports.clock(), scope, delete=delete, many=many)
    return planned(wanted, actual)


def read(ports: Ports, run_id: str) -> None:
    """Read GitLab for a run, and end the run with what came of it."""
    try:
        _read(ports)
    except InstanceError as error:
        instance_runs.end(ports, run_id, FAILED, error.code, error.words)
    else:
        instance_runs.end(ports, run_id, DONE)


def check_health(ports: Ports, run_id: str) -> None:
    """Let GitLab check itself, and end the run with what came of it."""
    try:
        found = instance_reads.client(ports).health()
    except InstanceError as error:
        instance_runs.end(ports, run_id, FAILED, error.code, error.words)
        return
    instance_reads.record_health(ports, found)
    instance_runs.end(ports, run_id, DONE)


def apply(ports: Ports, actor: Actor, run_id: str, asked: Asked, cancel: Cancel) -> None:
    """Read GitLab, and do what the plan says if it is the one that was seen; the run ends with what came of it."""
    try:
        actual = _read(ports)
    except InstanceError as error:
        instance_runs.end(ports, run_id, FAILED, error.code, error.words)
        return
    found = plan(ports, delete=asked.delete, many=asked.many)
    assert found is not None
    if asked.digest is not None and found.digest != asked.digest:
        instance_runs.end(ports, run_id, "changed")
        return
    instance_runs.write_steps(ports, run_id, found.actions)
    work = Work(ports, actor, instance_reads.client(ports), actual.shape)
    try:
        bad = sum(work.done(run_id, *numbered, cancel).outcome not in GOOD for numbered in enumerate(found.actions))
    except Stopped:
        instance_runs.end(ports, run_id, "interrupted")
        return
    instance_runs.end(ports, run_id, FAILED if bad else DONE)


def _read(ports: Ports) -> Actual:
    actual = instance_reads.read(ports).actual
    found = plan(ports)
    assert found is not None
    instance_links.settle(ports, found, actual)
    return actual
