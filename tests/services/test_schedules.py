"""Who does what recurs, however many look at once; and what a round of tests is for."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

from sqlalchemy import create_engine, select, update

from app.domain.roles import SYSTEM, Actor
from app.models.endpoint import Capability, Endpoint
from app.models.probe import Probe
from app.models.store import Store, prepare_engine
from app.services import assignments, probes, schedules
from app.services.assignments import Change, State
from app.services.ports import Ports, TestLimits
from app.services.schedules import HELD, OWN_TESTS_KEPT
from tests.fakes.lab import Clock
from tests.fixtures.stock import add_endpoint, assign, fall_back, judge

QUARTER = timedelta(minutes=15)


def at(ports: Ports, **later: float) -> Ports:
    """The same, so much later."""
    clock = Clock()
    clock.shows(**later)
    return replace(ports, clock=clock)


def take(ports: Ports, holder: str, every: timedelta = QUARTER) -> bool:
    return schedules.take(ports, "tests", holder, every)


@contextmanager
def as_another_process(ports: Ports) -> Iterator[Ports]:
    """The same database through connections of its own, and no lock in common."""
    engine = create_engine(ports.store.engine.url)
    prepare_engine(engine)
    yield replace(ports, store=Store(engine))
    engine.dispose()


def all_at_once(ports: Ports, number: int) -> list[str]:
    """So many processes look at the same moment; those that got the work."""
    barrier = Barrier(number)

    def look(name: str) -> str:
        with as_another_process(ports) as own:
            barrier.wait()
            return name if take(own, name) else ""

    with ThreadPoolExecutor(number) as pool:
        return [name for name in pool.map(look, map(str, range(number))) if name]


def test_of_many_that_look_at_the_same_moment_one_gets_the_work(ports: Ports) -> None:
    for round_ in range(3):
        later = at(ports, minutes=20 * round_)
        (holder,) = all_at_once(later, 6)
        schedules.done(later, "tests", holder, QUARTER)


def test_what_is_done_is_due_again_after_the_interval(ports: Ports) -> None:
    assert take(ports, "one")
    schedules.done(ports, "tests", "one", QUARTER)
    assert not take(at(ports, minutes=14), "one")
    assert take(at(ports, minutes=16), "two")


def test_nobody_takes_what_another_holds_unless_that_one_died(ports: Ports) -> None:
    assert take(ports, "one")
    assert not take(at(ports, minutes=4), "two")
    assert take(at(ports, seconds=HELD.total_seconds() + 1), "two")
    assert not take(at(ports, seconds=HELD.total_seconds() + 1), "one")


def test_whoever_has_the_work_keeps_it_by_taking_it_again(ports: Ports) -> None:
    assert take(ports, "one")
    assert take(at(ports, minutes=4), "one")
    assert not take(at(ports, minutes=8), "two")


def test_one_that_lost_the_work_cannot_put_it_down_for_another(ports: Ports) -> None:
    take(ports, "one")
    later = at(ports, minutes=6)
    take(later, "two")
    schedules.done(later, "tests", "one", QUARTER)
    assert not take(later, "three")


def test_a_shorter_interval_does_not_wait_for_the_end_of_the_longer_one(ports: Ports) -> None:
    day = timedelta(days=1)
    take(ports, "one", day)
    schedules.done(ports, "tests", "one", day)
    assert not take(at(ports, minutes=1), "one", day)
    assert take(at(ports, minutes=1), "one", QUARTER)


def test_works_of_two_names_do_not_meet(ports: Ports) -> None:
    assert schedules.take(ports, "tests", "one", QUARTER)
    assert schedules.take(ports, "reports", "two", QUARTER)


def now_assigned(ports: Ports, minutes: int = 0) -> list[str]:
    return schedules.assigned(ports, ports.clock() - timedelta(minutes=minutes))


def test_a_round_is_for_what_serves_a_feature_first_or_as_a_fallback(ports: Ports, ada: Actor) -> None:
    first, second, _ = (add_endpoint(ports, ada, name) for name in ("first", "second", "idle"))
    assert now_assigned(ports) == []
    assign(ports, ada, "duo_chat", first)
    assign(ports, ada, "code_generations", first)
    fall_back(ports, "duo_chat", second)
    assert now_assigned(ports) == [first, second]


def test_a_round_leaves_out_what_is_switched_off_and_what_a_disabled_feature_had(ports: Ports, ada: Actor) -> None:
    off, spare = add_endpoint(ports, ada, "off"), add_endpoint(ports, ada, "spare")
    assign(ports, ada, "duo_chat", off)
    fall_back(ports, "duo_chat", spare)
    with ports.store.write() as session:
        session.execute(update(Endpoint).where(Endpoint.id == off).values(enabled=False))
    assert now_assigned(ports) == [spare]
    assignments.change(ports, ada, Change("duo_chat", 1, State.DISABLED))
    assert now_assigned(ports) == []


def test_a_round_begins_with_the_oldest_test_and_leaves_out_recent_ones(ports: Ports, ada: Actor) -> None:
    ids = {}
    features = iter(ports.facts.features)
    for name, days in (("fresh", 0), ("old", 2), ("older", 3), ("never", None)):
        endpoint_id = add_endpoint(ports, ada, name)
        ids[endpoint_id] = name
        assign(ports, ada, next(features), endpoint_id)
        if days is not None:
            judge(ports, endpoint_id, "passed", days)
    assert [ids[each] for each in now_assigned(ports, minutes=10)] == ["never", "older", "old"]


def test_the_systems_own_tests_fall_under_no_ones_limit(ports: Ports, ada: Actor) -> None:
    chosen = [add_endpoint(ports, ada, name) for name in "abc"]
    strict = replace(ports, limits=TestLimits(per_minute=1))
    assert [len(probes.start_saved(strict, SYSTEM, [each])) for each in chosen] == [1, 1, 1]
    assert probes.start_saved(strict, ada, [add_endpoint(ports, ada, "d")])


def test_the_systems_own_tests_go_after_a_week_but_what_the_endpoint_stands_on_stays(ports: Ports, ada: Actor) -> None:
    chosen = add_endpoint(ports, ada)
    ids = {}
    for name, actor in (("old", SYSTEM), ("measured", SYSTEM), ("a person's", ada), ("last", SYSTEM)):
        later = at(ports, minutes=len(ids))
        (started,) = probes.start_saved(later, actor, [chosen])
        ids[started.probe_id] = name
        with ports.store.write() as session:
            over = {"verdict": "passed", "finished_at": later.clock()}
            session.execute(update(Probe).where(Probe.id == started.probe_id).values(**over))
            session.execute(update(Endpoint).values(probe_id=started.probe_id))
            if name == "measured":
                what = {"ability": "tools", "grade": "yes", "measured_at": later.clock(), "dialect_version": 1}
                session.add(Capability(endpoint_id=chosen, probe_id=started.probe_id, **what))
    schedules.clear(at(ports, seconds=OWN_TESTS_KEPT.total_seconds() - 60))
    assert len(kept(ports)) == 4
    schedules.clear(at(ports, days=8))
    assert {ids[each] for each in kept(ports)} == {"a person's", "measured", "last"}


def kept(ports: Ports) -> list[str]:
    with ports.store.read() as session:
        return list(session.scalars(select(Probe.id)))
