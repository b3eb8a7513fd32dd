"""Work with GitLab in the background: one at a time over all processes, told while it runs, ended with the process."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, func, select

from app.data.facts import Facts
from app.domain.errors import Busy
from app.domain.roles import Actor
from app.jobs.instance import InstanceWork
from app.lib.egress import Policy
from app.lib.http import Door
from app.models.instance import InstanceRun, InstanceStep
from app.models.store import Store, prepare_engine
from app.queries import instance_runs as query
from app.queries.instance_runs import Run
from app.services import instance_runs
from app.services.ports import Ports
from app.services.syncing import Asked
from tests.fakes.gitlab.faults import Kind
from tests.fakes.gitlab.server import GitLabServer
from tests.fakes.lab import Clock
from tests.fakes.probe import ports_on
from tests.fixtures.instance import Sync, connected, only_19
from tests.fixtures.stock import add_endpoint

pytestmark = only_19
every_database = pytest.mark.every_database
QUARTER = timedelta(minutes=15)
SOON = 20.0


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sync(store: Store, facts: Facts, gitlab: GitLabServer, ada: Actor, clock: Clock) -> Iterator[Sync]:
    door = Door(Policy(loopback_open=True))
    yield Sync(replace(connected(ports_on(store, door, facts), gitlab), clock=clock), ada)
    door.close()


@pytest.fixture
def work(sync: Sync) -> Iterator[InstanceWork]:
    made = InstanceWork(sync.ports)
    yield made
    made.close()


@contextmanager
def as_another_process(ports: Ports) -> Iterator[Ports]:
    """The same database through connections of its own, and no lock in common."""
    engine = create_engine(ports.store.engine.url)
    prepare_engine(engine)
    yield replace(ports, store=Store(engine))
    engine.dispose()


def look(sync: Sync, run_id: str) -> Run:
    run = query.run(sync.ports.store, run_id, sync.ports.clock())
    assert run is not None
    return run


def ended(sync: Sync, run_id: str) -> Run:
    until = time.monotonic() + SOON
    while look(sync, run_id).state == "running":
        assert time.monotonic() < until, "it did not end"
        time.sleep(0.02)
    return look(sync, run_id)


class Gate:
    """Holds GitLab's answers to one kind of request up until it is opened."""

    def __init__(self, gitlab: GitLabServer, operation: str) -> None:
        self._operation = operation
        self.came, self.open = threading.Event(), threading.Event()
        gitlab.before = self.hold

    def hold(self, operation: str, _number: int) -> None:
        if operation == self._operation:
            self.came.set()
            self.open.wait(SOON)


def test_a_reading_and_an_application_end_on_record(sync: Sync, gitlab: GitLabServer, work: InstanceWork) -> None:
    add_endpoint(sync.ports, sync.actor)
    assert ended(sync, work.read(sync.actor)).state == "done"
    shown = sync.plan().digest
    run = ended(sync, work.apply(sync.actor, Asked(digest=shown)))
    assert (run.state, run.kind, run.person_name, dict(run.counts)) == ("done", "apply", "Ada Admin", {"done": 1})
    assert gitlab.state.model("Mistral")
    assert ended(sync, work.check_health(sync.actor)).state == "done"


def test_while_it_runs_its_steps_are_told_and_nobody_else_begins(
    sync: Sync, gitlab: GitLabServer, work: InstanceWork
) -> None:
    for name in ("A", "B"):
        add_endpoint(sync.ports, sync.actor, name)
    gate = Gate(gitlab, "aiSelfHostedModelCreate")
    run_id = work.apply(sync.actor, Asked())
    assert gate.came.wait(SOON)
    run = look(sync, run_id)
    assert (run.state, run.total, run.ended) == ("running", 2, 0)
    with as_another_process(sync.ports) as other, pytest.raises(Busy) as caught:
        instance_runs.begin(other, sync.actor, instance_runs.READ)
    assert "being changed just now, begun by Ada Admin" in str(caught.value)
    gate.open.set()
    assert ended(sync, run_id).ended == 2


@every_database
def test_of_many_that_begin_at_the_same_moment_one_does(sync: Sync) -> None:
    barrier = threading.Barrier(6)

    def begin(_number: int) -> str:
        with as_another_process(sync.ports) as own:
            barrier.wait()
            try:
                return instance_runs.begin(own, sync.actor, instance_runs.READ)
            except Busy:
                return ""

    with ThreadPoolExecutor(6) as pool:
        began = [each for each in pool.map(begin, range(6)) if each]
    assert len(began) == 1


@every_database
def test_a_run_whose_process_died_is_told_as_interrupted_and_the_next_one_begins(sync: Sync, clock: Clock) -> None:
    dead = instance_runs.begin(sync.ports, sync.actor, instance_runs.APPLY)
    clock.shows(seconds=instance_runs.LEASE.total_seconds() - 5)
    assert look(sync, dead).state == "running"
    clock.shows(seconds=instance_runs.LEASE.total_seconds() + 5)
    assert look(sync, dead).state == "interrupted"
    assert query.recent(sync.ports.store, clock(), 1)[0].state == "interrupted"
    assert sync.read().state == "done"
    assert look(sync, dead).ended_at is not None


def test_a_process_that_was_silent_for_too_long_does_no_further_step(
    sync: Sync, gitlab: GitLabServer, work: InstanceWork, clock: Clock
) -> None:
    for name in ("A", "B", "C"):
        add_endpoint(sync.ports, sync.actor, name)
    gate = Gate(gitlab, "aiSelfHostedModelCreate")
    run_id = work.apply(sync.actor, Asked())
    assert gate.came.wait(SOON)
    clock.shows(minutes=5)
    instance_runs.begin(sync.ports, sync.actor, instance_runs.APPLY)
    gate.open.set()
    work.close()
    assert look(sync, run_id).state == "interrupted"
    assert len(gitlab.state.models) == 1


def test_closing_stops_after_the_step_that_is_under_way(sync: Sync, gitlab: GitLabServer, work: InstanceWork) -> None:
    for name in ("A", "B", "C"):
        add_endpoint(sync.ports, sync.actor, name)
    gate = Gate(gitlab, "aiSelfHostedModelCreate")
    run_id = work.apply(sync.actor, Asked())
    assert gate.came.wait(SOON)
    threading.Timer(0.2, gate.open.set).start()
    work.close()
    run = look(sync, run_id)
    assert (run.state, [each.outcome for each in run.steps]) == ("interrupted", ["done", "waiting", "waiting"])
    assert len(gitlab.state.models) == 1
    gitlab.before = None
    assert sync.apply().state == "done"
    assert len(gitlab.state.models) == 3


def test_after_closing_nothing_more_begins(sync: Sync, gitlab: GitLabServer, work: InstanceWork) -> None:
    work.close()
    run = query.run(sync.ports.store, work.read(sync.actor))
    assert run
    assert run.state == "interrupted"
    assert gitlab.state.requests == []


def test_what_breaks_off_is_told_as_interrupted(
    sync: Sync, work: InstanceWork, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("something nobody thought of")

    monkeypatch.setattr("app.services.instance_reads.record", broken)
    assert ended(sync, work.read(sync.actor)).state == "interrupted"
    assert work.look(QUARTER)
    assert query.recent(sync.ports.store, sync.ports.clock(), 1)[0].state == "interrupted"
    assert "broke off" in caplog.text


def test_the_scheduled_look_is_taken_by_one_process_and_again_when_it_is_due(
    sync: Sync, gitlab: GitLabServer, work: InstanceWork, clock: Clock
) -> None:
    with as_another_process(sync.ports) as ports:
        other = InstanceWork(ports)
        assert [work.look(QUARTER), other.look(QUARTER), work.look(QUARTER)] == [True, False, False]
        first = len(gitlab.state.requests)
        clock.shows(minutes=16)
        assert [other.look(QUARTER), work.look(QUARTER)] == [True, False]
        assert len(gitlab.state.requests) == 2 * first
        other.close()
    run = query.recent(sync.ports.store, clock(), 1)[0]
    assert (run.kind, run.state, run.person_name) == ("read", "done", "Modelport")


def test_a_look_that_fails_or_finds_somebody_at_work_is_due_again_later(
    sync: Sync, gitlab: GitLabServer, work: InstanceWork, clock: Clock
) -> None:
    gitlab.faults.add(Kind.UNAVAILABLE, "", 1, None)
    assert work.look(QUARTER)
    assert query.recent(sync.ports.store, clock(), 1)[0].code == "unavailable"
    gitlab.faults.clear()
    clock.shows(minutes=16)
    instance_runs.begin(sync.ports, sync.actor, instance_runs.APPLY)
    assert (work.look(QUARTER), work.look(QUARTER)) == (True, False)
    assert [each.kind for each in query.recent(sync.ports.store, clock(), 5)] == ["apply", "read"]


def test_nothing_is_read_in_the_background_where_it_is_not_wanted(sync: Sync, gitlab: GitLabServer) -> None:
    InstanceWork(sync.ports).keep_reading(timedelta())
    InstanceWork(replace(sync.ports, instance=None)).keep_reading(QUARTER)
    assert not [each for each in threading.enumerate() if each.name == "instance"]
    assert gitlab.state.requests == []


@every_database
def test_of_old_runs_the_last_fifty_are_kept_with_their_steps(sync: Sync, clock: Clock) -> None:
    for number in range(instance_runs.KEPT + 5):
        clock.shows(minutes=number)
        instance_runs.end(
            sync.ports, instance_runs.begin(sync.ports, sync.actor, instance_runs.READ), "done" if number else "failed"
        )
    with sync.ports.store.read() as session:
        assert session.scalar(select(func.count()).select_from(InstanceRun)) == instance_runs.KEPT + 1
        assert session.scalar(select(func.count()).where(InstanceRun.state == "failed")) == 0
        assert session.scalar(select(func.count()).select_from(InstanceStep)) == 0
