"""The schedule tests what serves a feature, once for all processes, and stays out of people's way."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from app.domain.errors import NotFound
from app.domain.roles import Actor
from app.jobs.schedule import Rhythm, Schedule
from app.queries import probes as query
from app.services import schedules
from tests.fakes.fault_server import FaultServer
from tests.fakes.faults import Fault
from tests.fakes.lab import Lab, wait_for
from tests.fakes.probe import KEY
from tests.fixtures.stock import assign

QUARTER = timedelta(minutes=15)
OFTEN = Rhythm(look=0.01, batch=0.01)


def schedule_of(lab: Lab, every: timedelta = QUARTER) -> Schedule:
    return Schedule(lab.ports, lab.runner, every, OFTEN)


@pytest.fixture
def serving(lab: Lab, ada: Actor) -> Callable[..., list[str]]:
    """Store endpoints at an address, each of which serves a feature of its own."""

    def store(url: str, number: int = 1) -> list[str]:
        ids = [lab.save(url) for _ in range(number)]
        for feature, endpoint_id in zip(lab.ports.facts.features, ids, strict=False):
            assign(lab.ports, ada, feature, endpoint_id)
        return ids

    return store


Serving = Callable[..., list[str]]


def test_a_round_tests_what_serves_a_feature_and_nothing_else(lab: Lab, serving: Serving) -> None:
    with FaultServer(api_key=KEY) as server:
        chosen, idle = serving(server.url, 5), lab.save(server.url)
        assert sorted(schedule_of(lab).look() or ()) == sorted(chosen)
        assert {lab.endpoint(each).verdict for each in chosen} == {"passed"}
        assert lab.endpoint(idle).verdict == ""
        latest = query.latest(lab.ports.store, chosen[0])
    assert latest
    assert (latest.person_name, latest.depth) == ("Modelport", "quick")


def test_where_nothing_serves_a_feature_nothing_runs(lab: Lab) -> None:
    with FaultServer(api_key=KEY) as server:
        lab.save(server.url)
        assert schedule_of(lab).look() == []
        assert not server.requests


def test_a_round_comes_once_in_an_interval_for_all_schedules_together(lab: Lab, serving: Serving) -> None:
    with FaultServer(api_key=KEY) as server:
        chosen = serving(server.url)
        one, other = schedule_of(lab), schedule_of(lab)
        assert one.look() == chosen
        assert other.look() is None
        lab.clock.shows(minutes=16)
        assert other.look() == chosen
        assert one.look() is None


def test_what_somebody_tested_a_moment_ago_is_left_out(lab: Lab, serving: Serving) -> None:
    with FaultServer(api_key=KEY) as server:
        mine, others = serving(server.url, 2)
        lab.ended(lab.test(mine)[0])
        assert schedule_of(lab).look() == [others]


def test_a_short_interval_leaves_no_round_without_work(lab: Lab, serving: Serving) -> None:
    with FaultServer(api_key=KEY) as server:
        chosen = serving(server.url)
        often = schedule_of(lab, timedelta(minutes=5))
        assert often.look() == chosen
        lab.clock.shows(minutes=6)
        assert often.look() == chosen


def test_dead_servers_of_a_round_hold_up_no_person(lab: Lab, serving: Serving) -> None:
    with FaultServer(Fault.HANG) as dead, FaultServer(api_key=KEY) as alive:
        serving(dead.url, 8)
        schedule = schedule_of(lab)
        schedule.start()
        dead.wait_for(3)
        # The same host, another port: the places are the host's.
        assert lab.ended(lab.test(lab.save(alive.url))[0]).verdict == "passed"
        assert len(dead.requests) == 3
        lab.runner.close()
        schedule.close()


def test_a_schedule_that_ends_in_the_middle_leaves_the_round_to_the_next(lab: Lab, serving: Serving) -> None:
    with FaultServer(Fault.HANG) as dead:
        serving(dead.url, 8)
        schedule = schedule_of(lab)
        schedule.start()
        dead.wait_for(3)
        schedule.close()
        assert not [each for each in threading.enumerate() if each.name == "schedule"]
        assert schedules.take(lab.ports, "tests", "the next", QUARTER)
        lab.runner.close()
        assert len(dead.requests) == 3


def test_a_database_that_is_away_does_not_end_the_loop(
    lab: Lab, serving: Serving, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    away = [OperationalError("UPDATE lease", {}, Exception("the database is away"))] * 2
    real = schedules.take
    monkeypatch.setattr(schedules, "take", lambda *given: real(*given) if not away else _raise(away.pop()))
    with FaultServer(api_key=KEY) as server:
        (chosen,) = serving(server.url)
        schedule = schedule_of(lab)
        schedule.start()
        wait_for(lambda: lab.endpoint(chosen).verdict == "passed")
        schedule.close()
    assert caplog.text.count("the schedule could not do its round") == 2


def _raise(error: Exception) -> bool:
    raise error


def test_a_failure_in_the_middle_of_a_round_is_made_good_by_the_next_look(
    lab: Lab, serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    schedule = schedule_of(lab)
    with FaultServer(api_key=KEY) as server:
        chosen = serving(server.url)
        with monkeypatch.context() as patch:
            patch.setattr(schedules, "assigned", lambda *_: _raise(RuntimeError("the middle")))
            with pytest.raises(RuntimeError, match="the middle"):
                schedule.look()
        assert schedule.look() == chosen


def test_an_endpoint_that_is_deleted_meanwhile_ends_no_round(
    lab: Lab, serving: Serving, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = serving("http://127.0.0.1:9/v1", 4)
    monkeypatch.setattr("app.services.probes.start_saved", lambda *_: _raise(NotFound("It is gone.")))
    assert sorted(schedule_of(lab).look() or ()) == sorted(chosen)


def test_an_interval_of_nought_starts_nothing(lab: Lab) -> None:
    schedule_of(lab, timedelta()).start()
    assert not [each for each in threading.enumerate() if each.name in ("schedule", "probe-keeper")]
