"""Beginning tests: who may, how many, of what; and what is there when a test cannot even begin."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from app.data.facts import Facts
from app.domain.errors import Busy, NotFound
from app.domain.roles import SYSTEM, Actor
from app.lib.egress import Policy
from app.lib.http import Door
from app.lib.sealed import Sealer
from app.models.endpoint import Endpoint
from app.models.probe import Probe
from app.models.store import Store
from app.queries import probes as query
from app.services import probes
from app.services.ports import TestLimits
from app.services.probes import LOOK_NOTED
from tests.fakes.lab import Clock, Lab
from tests.fakes.probe import KEY, ports_on, target_at
from tests.fakes.still_clock import StillClock

NOWHERE = "http://127.0.0.1:9/v1"


@pytest.fixture
def lab(store: Store, facts: Facts, ed: Actor) -> Iterator[Lab]:
    door = Door(Policy(loopback_open=True))
    lab = Lab(ports_on(store, door, facts), ed, Clock())
    yield lab
    lab.runner.close()
    door.close()


def change_row(lab: Lab, endpoint_id: str, **values: object) -> None:
    with lab.ports.store.write() as session:
        session.execute(update(Endpoint).where(Endpoint.id == endpoint_id).values(**values))


def test_a_started_test_is_a_row_and_a_target_that_hides_its_key(lab: Lab) -> None:
    endpoint_id = lab.save(NOWHERE)
    [started] = probes.start_saved(lab.ports, lab.person, [endpoint_id])
    row = lab.record(started.probe_id)
    assert (row.endpoint_id, row.person_name, row.verdict, row.target) == (endpoint_id, "Ed Editor", "running", NOWHERE)
    assert started.target.api_key == KEY
    assert KEY not in repr(started)


def test_an_unsaved_test_names_no_endpoint(lab: Lab) -> None:
    started = probes.start_draft(lab.ports, lab.person, target_at(NOWHERE))
    assert lab.record(started.probe_id).endpoint_id is None


def test_a_test_knows_the_endpoints_family(lab: Lab) -> None:
    endpoint_id = lab.save(NOWHERE)
    change_row(lab, endpoint_id, family="codegemma")
    [saved] = probes.start_saved(lab.ports, lab.person, [endpoint_id])
    draft = probes.start_draft(lab.ports, lab.person, target_at(NOWHERE), family="codellama")
    assert [each.family.slug if each.family else "" for each in (saved, draft)] == ["codegemma", "codellama"]


def test_an_endpoint_that_is_gone_begins_nothing(lab: Lab) -> None:
    endpoint_id = lab.save(NOWHERE)
    with pytest.raises(NotFound):
        probes.start_saved(lab.ports, lab.person, [endpoint_id, "gone"])
    assert query.latest(lab.ports.store, endpoint_id) is None


def test_an_endpoint_under_test_is_left_to_that_test(lab: Lab) -> None:
    endpoint_id, other = lab.save(NOWHERE), lab.save(NOWHERE)
    probes.start_saved(lab.ports, lab.person, [endpoint_id])
    assert len(probes.start_saved(lab.ports, lab.person, [endpoint_id, other])) == 1


def test_one_that_was_changed_stopped_or_forgotten_since_is_tested_again(lab: Lab) -> None:
    changed, stopped = lab.save(NOWHERE), lab.save(NOWHERE)
    _, second = probes.start_saved(lab.ports, lab.person, [changed, stopped])
    change_row(lab, changed, version=2)
    probes.ask_stop(lab.ports, lab.person, second.probe_id)
    assert len(probes.start_saved(lab.ports, lab.person, [changed])) == 1
    lab.clock.shows(seconds=21)
    assert len(probes.start_saved(lab.ports, lab.person, [changed, stopped])) == 2


def test_a_key_that_no_longer_opens_is_told_at_its_step(lab: Lab) -> None:
    endpoint_id = lab.save(NOWHERE)
    other_keys = replace(lab.ports, sealer=Sealer(["another key of the tests, long enough"]))
    assert probes.start_saved(other_keys, lab.person, [endpoint_id]) == []
    found = query.latest(lab.ports.store, endpoint_id)
    assert found
    assert (found.verdict, [(each.name, each.code) for each in found.steps]) == ("failed", [("auth", "key_unreadable")])
    assert lab.endpoint(endpoint_id).verdict == "failed"


def test_an_address_that_is_no_longer_taken_is_told_at_its_step(lab: Lab) -> None:
    endpoint_id = lab.save(NOWHERE)
    change_row(lab, endpoint_id, base_url="http://somewhere:22/v1")
    assert probes.start_saved(lab.ports, lab.person, [endpoint_id]) == []
    found = query.latest(lab.ports.store, endpoint_id)
    assert found
    assert [(each.name, each.code) for each in found.steps] == [("address", "bad_address")]


def test_sixty_tests_a_minute_and_then_busy_with_the_time_to_wait(lab: Lab) -> None:
    clock = StillClock()
    ports = replace(lab.ports, clock=clock)
    for _ in range(59):
        probes.start_draft(ports, lab.person, target_at(NOWHERE))
    # Find models asks a server as a test does.
    probes.count_search(ports, lab.person)
    with pytest.raises(Busy) as refused:
        probes.start_draft(ports, lab.person, target_at(NOWHERE))
    assert (refused.value.retry_after, refused.value.status) == (42, 429)
    clock.move(refused.value.retry_after)
    probes.start_draft(ports, lab.person, target_at(NOWHERE))


def test_a_batch_counts_once_however_many_it_tests(lab: Lab) -> None:
    ids = [lab.save(NOWHERE) for _ in range(8)]
    ports = replace(lab.ports, clock=StillClock(), limits=TestLimits(per_minute=2))
    probes.start_saved(ports, lab.person, ids)
    probes.start_draft(ports, lab.person, target_at(NOWHERE))
    with pytest.raises(Busy):
        probes.start_draft(ports, lab.person, target_at(NOWHERE))


def test_whose_tests_wait_in_numbers_begins_no_others_until_some_have_ended(lab: Lab, ada: Actor) -> None:
    ids = [lab.save(NOWHERE) for _ in range(5)]
    ports = replace(lab.ports, limits=TestLimits(waiting_of_one=4))
    begun = probes.start_saved(ports, lab.person, ids)
    assert len(begun) == 5
    for act in (
        lambda: probes.start_draft(ports, lab.person, target_at(NOWHERE)),
        lambda: probes.start_saved(ports, lab.person, ids),
    ):
        with pytest.raises(Busy, match=r"5 of your tests run or wait for their turn\. .* fewer than 4") as refused:
            act()
        assert refused.value.retry_after == 10
    assert probes.start_saved(ports, SYSTEM, [lab.save(NOWHERE)])
    assert probes.start_draft(ports, ada, target_at(NOWHERE))
    ports = replace(ports, limits=TestLimits(waiting_of_one=4, waiting_in_all=7))
    with pytest.raises(Busy, match="Too many tests"):
        probes.start_draft(ports, ada, target_at(NOWHERE))
    with ports.store.write() as session:
        ended = update(Probe).where(Probe.id.in_([each.probe_id for each in begun[:2]]))
        session.execute(ended.values(verdict="passed"))
    assert probes.start_draft(ports, lab.person, target_at(NOWHERE))
    assert probes.start_draft(ports, ada, target_at(NOWHERE))


def test_one_persons_tests_do_not_hold_up_another(lab: Lab, ada: Actor) -> None:
    ports = replace(lab.ports, limits=TestLimits(per_minute=1))
    probes.start_draft(ports, lab.person, target_at(NOWHERE))
    assert probes.start_draft(ports, ada, target_at(NOWHERE))


def test_only_its_maker_stops_an_unsaved_test_and_anybody_a_saved_one(lab: Lab, ada: Actor) -> None:
    draft = probes.start_draft(lab.ports, lab.person, target_at(NOWHERE)).probe_id
    [saved] = probes.start_saved(lab.ports, lab.person, [lab.save(NOWHERE)])
    with pytest.raises(NotFound):
        probes.ask_stop(lab.ports, ada, draft)
    with pytest.raises(NotFound):
        probes.ask_stop(lab.ports, ada, "no such test")
    probes.ask_stop(lab.ports, lab.person, draft)
    probes.ask_stop(lab.ports, ada, saved.probe_id)
    assert lab.record(draft).stop_asked
    assert lab.record(saved.probe_id).stop_asked


def test_a_look_is_noted_every_two_seconds_at_most(lab: Lab) -> None:
    probe_id = probes.start_draft(lab.ports, lab.person, target_at(NOWHERE)).probe_id
    first = lab.record(probe_id).seen_at
    lab.clock.shows(seconds=1)
    probes.seen(lab.ports, probe_id, first)
    assert lab.record(probe_id).seen_at == first
    lab.clock.shows(seconds=3)
    probes.seen(lab.ports, probe_id, first)
    assert lab.record(probe_id).seen_at - first >= LOOK_NOTED
    assert lab.record(probe_id).seen_at - first < timedelta(seconds=4)
