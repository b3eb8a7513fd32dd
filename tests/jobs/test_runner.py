"""Tests run beside each other, are on record as they go, and leave nothing behind that they should not."""

import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from app.domain.roles import Actor
from app.domain.steps import QUICK, StepResult
from app.jobs.runner import Rhythm
from app.queries import probes as query
from app.services import endpoints, probe_records, probes
from app.services.ports import Ports, TestLimits
from app.services.probe_records import Batch
from tests.fakes.fault_server import FaultServer
from tests.fakes.faults import Fault
from tests.fakes.lab import SOON, Lab, hold_on, wait_for
from tests.fakes.probe import KEY, draft_at, target_at

every_database = pytest.mark.every_database


def test_a_healthy_server_passes(lab: Lab) -> None:
    with FaultServer(api_key=KEY) as server:
        endpoint_id = lab.save(server.url)
        [probe_id] = lab.test(endpoint_id)
        found = lab.ended(probe_id)
    assert (found.verdict, found.summary) == ("passed", "7 steps passed.")
    assert [each.name for each in found.steps] == list(QUICK)
    tested = lab.endpoint(endpoint_id)
    assert (tested.verdict, tested.probe_id) == ("passed", probe_id)


def test_each_step_can_be_read_within_half_a_second_of_its_end(lab: Lab) -> None:
    with FaultServer(latency=0.25) as server:
        probe_id = lab.try_out(server.url)
        for exchange, steps in ((1, 4), (3, 5), (4, 7)):
            server.wait_for(exchange)  # so many steps are over
            wait_for(lambda steps=steps: len(lab.record(probe_id).steps) >= steps, 0.5)  # type: ignore[misc]
        assert lab.ended(probe_id).verdict == "passed"


@every_database
def test_the_end_of_a_test_leaves_an_open_form_as_it_was(lab: Lab) -> None:
    with FaultServer() as server:
        endpoint_id = lab.save(server.url)
        before = lab.endpoint(endpoint_id)
        lab.ended(lab.test(endpoint_id)[0])
        after = lab.endpoint(endpoint_id)
        assert (after.version, after.updated_at) == (before.version, before.updated_at)
        edited = replace(draft_at(server.url), name="Edited meanwhile")
        endpoints.update(lab.ports, lab.person, endpoint_id, before.version, edited)


def test_a_test_of_values_that_were_changed_meanwhile_says_nothing_of_the_new_ones(lab: Lab) -> None:
    with FaultServer(latency=0.2) as server:
        endpoint_id = lab.save(server.url)
        [probe_id] = lab.test(endpoint_id)
        edited = replace(draft_at(server.url, "beta"), name="Edited meanwhile")
        endpoints.update(lab.ports, lab.person, endpoint_id, 1, edited)
        assert lab.ended(probe_id).verdict == "passed"
    assert lab.endpoint(endpoint_id).verdict == ""


def test_hanging_servers_delay_nothing_else(lab: Lab) -> None:
    lab.tuned(limits=TestLimits(at_once=6, per_host=4))
    with FaultServer(Fault.HANG) as dead, FaultServer() as alive:
        hanging = lab.test(*(lab.save(dead.url) for _ in range(20)))
        quick = [lab.try_out(f"http://localhost:{alive.port}/v1") for _ in range(6)]
        assert {lab.ended(each, 4.0).verdict for each in quick} == {"passed"}
        assert len(dead.requests) == 4
        assert all(lab.record(each).running for each in hanging)
        lab.runner.close()


def test_a_process_that_tests_nothing_has_no_thread_for_it(lab: Lab) -> None:
    assert not [each for each in threading.enumerate() if each.name.startswith("probe")]
    with FaultServer() as server:
        lab.ended(lab.try_out(server.url))
    lab.runner.close()
    assert not [each for each in threading.enumerate() if each.name.startswith("probe")]


@every_database
def test_a_test_of_a_process_that_is_gone_is_interrupted(lab: Lab) -> None:
    endpoint_id = lab.save("http://127.0.0.1:9/v1")
    [started] = probes.start_saved(lab.ports, lab.person, [endpoint_id])
    lab.tuned(Rhythm(reap=0.05)).wake()
    time.sleep(0.2)
    assert lab.record(started.probe_id).running
    lab.clock.shows(seconds=21)
    found = lab.ended(started.probe_id)
    assert (found.verdict, found.steps[-1].code) == ("unknown", "interrupted")
    assert lab.endpoint(endpoint_id).verdict == "unknown"


@every_database
def test_what_another_process_has_ended_stays_as_it_is(lab: Lab) -> None:
    lab.tuned(Rhythm(watch=60, renew=60))
    with FaultServer(latency=0.25) as server:
        lost = lab.try_out(server.url)
        server.wait_for(1)
        time.sleep(0.15)  # it has looked for stop marks by then, and does so again in a minute only
        lab.clock.shows(seconds=21)
        probe_records.reap(lab.ports)
        server.latency = 0.0
        server.wait_for(4)
        assert lab.ended(lab.try_out(server.url)).verdict == "passed"
    assert lab.record(lost).verdict == "unknown"


@every_database
def test_unsaved_tests_vanish_after_an_hour_and_saved_ones_stay(lab: Lab) -> None:
    lab.tuned(Rhythm(reap=0.05))
    with FaultServer() as server:
        draft, [kept] = lab.try_out(server.url), lab.test(lab.save(server.url))
        lab.ended(draft)
        lab.ended(kept)
    lab.clock.shows(minutes=59)
    time.sleep(0.2)
    assert lab.record(draft)
    lab.clock.shows(minutes=61)
    wait_for(lambda: query.probe(lab.ports.store, draft) is None, SOON)
    assert lab.record(kept)


@every_database
def test_an_endpoint_that_is_deleted_meanwhile_takes_its_test_along(lab: Lab, ada: Actor) -> None:
    with FaultServer(Fault.HANG) as server:
        endpoint_id = lab.save(server.url)
        [probe_id] = lab.test(endpoint_id)
        hold_on(server)
        endpoints.delete(lab.ports, ada, endpoint_id, 1)
        assert server.connections[-1].wait_until_closed(SOON)
        server.behave(Fault.NONE)
        assert lab.ended(lab.try_out(server.url)).verdict == "passed"
    assert query.probe(lab.ports.store, probe_id) is None


def test_a_fault_of_ours_ends_one_test_and_no_other(lab: Lab) -> None:
    with FaultServer() as server:
        broken = lab.try_out(target_at(server.url, platform="unheard_of"))
        assert lab.ended(lab.try_out(server.url)).verdict == "passed"
    found = lab.ended(broken)
    assert (found.verdict, found.steps[-1].code) == ("unknown", "unexpected")


@every_database
def test_what_cannot_be_written_does_not_hold_up_the_rest(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    write = probe_records.step_values

    def spoiled(probe_id: str, step: StepResult) -> dict[str, object]:
        return write(probe_id, step) | ({"name": None} if lab.record(probe_id).target.endswith("/spoiled") else {})

    monkeypatch.setattr(probe_records, "step_values", spoiled)
    with FaultServer() as server:
        lab.try_out(f"{server.url}/spoiled")
        assert lab.ended(lab.try_out(server.url)).verdict == "passed"


def test_a_database_that_is_away_for_a_moment_loses_nothing(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    write, failures = probe_records.record, iter([True, True])

    def away(ports: Ports, batch: Batch) -> None:
        if next(failures, False):
            raise OperationalError("INSERT", {}, Exception("away"))
        write(ports, batch)

    monkeypatch.setattr(probe_records, "record", away)
    lab.tuned(Rhythm(retry=0.1))
    with FaultServer() as server:
        assert len(lab.ended(lab.try_out(server.url)).steps) == 8


@pytest.mark.parametrize("key", [KEY, "an-ordinary-looking-password"])
def test_no_row_holds_the_key(lab: Lab, tmp_path: Path, key: str) -> None:
    with FaultServer(Fault.UNAUTHORIZED) as server:
        lab.ended(lab.try_out(target_at(server.url, api_key=key)))
        endpoint_id = endpoints.create(lab.ports, lab.person, replace(draft_at(server.url), api_key=key))
        assert lab.ended(lab.test(endpoint_id)[0]).verdict == "failed"
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("modelport.db*"))
    assert len(stored) > 10_000
    assert key.encode() not in stored
