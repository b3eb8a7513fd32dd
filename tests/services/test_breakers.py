"""Breakers: when an endpoint rests, how two processes agree on it, who makes the one trial, and what ends the rest."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from app.domain.breaker import RESTS, TRIAL_ENDS
from app.domain.endpoints import EndpointDraft
from app.domain.roles import SYSTEM, Actor
from app.lib import urls
from app.models.endpoint import Endpoint
from app.models.store import Store
from app.models.traffic import Alert, Breaker, BreakerChange
from app.services import endpoints
from app.services.breakers import Board
from app.services.ports import Hook, Ports
from tests.fakes.still_clock import StillClock
from tests.fixtures.statements import statements
from tests.fixtures.stock import add_endpoint, audit_rows

HOOK = Hook(urls.parse("https://alerts.example.com/in"), secret="a secret of the tests, long enough")
GIVEN = {"server": "vllm", "base_url": "https://models.example.com/v1", "identifier": "served", "family": "mistral"}


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def ports(ports: Ports, clock: StillClock) -> Ports:
    """With a clock that stands still and a webhook."""
    return replace(ports, clock=clock, hook=HOOK)


@pytest.fixture
def endpoint(ports: Ports, ada: Actor) -> str:
    return add_endpoint(ports, ada)


@dataclass
class Workers:
    """Two processes' boards on one database."""

    one: Board
    other: Board

    def sync(self) -> None:
        for board in (self.one, self.other, self.one):
            board.sync()

    def may_call(self, endpoint: str) -> list[bool]:
        return [board.may_call(endpoint) for board in (self.one, self.other)]


@pytest.fixture
def workers(ports: Ports) -> Workers:
    return Workers(Board(ports), Board(replace(ports, store=Store(ports.store.engine))))


def fail(board: Board, endpoint: str, times: int = 5, reason: str = "status_503") -> None:
    for _ in range(times):
        board.note(endpoint, ok=False, reason=reason)


@pytest.fixture
def resting(workers: Workers, endpoint: str) -> str:
    """An endpoint that both workers leave alone."""
    fail(workers.one, endpoint)
    workers.sync()
    assert workers.may_call(endpoint) == [False, False]
    return endpoint


def told(ports: Ports) -> list[tuple[str, str, str]]:
    """Every change, after seeing that the audit and the alerts say the same."""
    with ports.store.read() as session:
        changes = session.scalars(select(BreakerChange).order_by(BreakerChange.id)).all()
        kinds = session.scalars(select(Alert.kind).order_by(Alert.kind)).all()
    rests, resumes = audit_rows(ports.store, "endpoint:rest"), audit_rows(ports.store, "endpoint:resume")
    after = [each.after for each in changes]
    assert (len(rests), len(resumes)) == (after.count("open"), after.count("closed"))
    assert list(kinds) == sorted({"open": "endpoint.rests", "closed": "endpoint.resumed"}[each] for each in after)
    return [(each.before, each.after, each.reason) for each in changes]


def row_of(ports: Ports, endpoint: str) -> Breaker:
    with ports.store.read() as session:
        return session.get_one(Breaker, endpoint)


def test_after_five_failures_in_a_row_it_rests_at_once_and_for_all_after_the_next_sync(
    workers: Workers, endpoint: str
) -> None:
    fail(workers.one, endpoint, 4)
    assert workers.may_call(endpoint) == [True, True]
    fail(workers.one, endpoint, 1)
    assert workers.may_call(endpoint) == [False, True]
    workers.sync()
    assert workers.may_call(endpoint) == [False, False]
    assert [board.retry_in(endpoint) for board in (workers.one, workers.other)] == [RESTS.total_seconds()] * 2


def test_failures_that_two_workers_saw_count_together(workers: Workers, ports: Ports, endpoint: str) -> None:
    fail(workers.one, endpoint, 3)
    fail(workers.other, endpoint, 2)
    assert workers.may_call(endpoint) == [True, True]
    workers.sync()
    assert workers.may_call(endpoint) == [False, False]
    assert told(ports) == [("closed", "open", "status_503")]


def test_an_answer_in_between_begins_the_row_anew(workers: Workers, ports: Ports, endpoint: str) -> None:
    fail(workers.one, endpoint, 4)
    workers.one.note(endpoint, ok=True)
    fail(workers.one, endpoint, 4)
    workers.sync()
    assert workers.may_call(endpoint) == [True, True]
    assert told(ports) == []


def test_half_of_the_last_twenty_are_too_many_as_well(workers: Workers, ports: Ports, endpoint: str) -> None:
    for number in range(20):
        workers.one.note(endpoint, ok=number % 2 == 0, reason="" if number % 2 == 0 else "broken")
    workers.sync()
    assert told(ports) == [("closed", "open", "broken")]


def test_two_workers_that_both_see_it_fail_tell_it_once(workers: Workers, ports: Ports, endpoint: str) -> None:
    fail(workers.one, endpoint)
    fail(workers.other, endpoint)
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda board: board.sync(), (workers.one, workers.other)))
    assert told(ports) == [("closed", "open", "status_503")]
    (row,) = audit_rows(ports.store, "endpoint:rest")
    assert (row.person_name, row.object_id) == (SYSTEM.name, endpoint)
    assert row.changes == {"calls": ["sent", "held back"], "reason": [None, "status_503"]}


def test_an_answer_to_a_call_from_before_does_not_end_the_rest(workers: Workers, ports: Ports, endpoint: str) -> None:
    fail(workers.one, endpoint)
    workers.one.sync()
    workers.other.note(endpoint, ok=False, reason="broken")
    workers.other.note(endpoint, ok=True)
    workers.sync()
    assert workers.may_call(endpoint) == [False, False]
    assert len(told(ports)) == 1


def test_while_all_is_well_nothing_is_written(workers: Workers, ports: Ports, endpoint: str) -> None:
    for _ in range(3):
        workers.one.note(endpoint, ok=True)
    with statements(ports.store) as sent:
        workers.one.sync()
    assert [each.split()[0] for each in sent] == ["SELECT"]


def test_when_the_rest_is_over_one_worker_makes_one_trial(workers: Workers, resting: str, clock: StillClock) -> None:
    clock.move(RESTS.total_seconds())
    assert workers.may_call(resting) == [False, False]
    workers.sync()
    assert workers.may_call(resting) == [True, False]
    workers.sync()
    assert workers.may_call(resting) == [False, False]


def test_before_the_rest_is_over_there_is_no_trial(workers: Workers, resting: str, clock: StillClock) -> None:
    clock.move(RESTS.total_seconds() - 1)
    workers.may_call(resting)
    workers.sync()
    assert workers.may_call(resting) == [False, False]


@pytest.fixture
def tried(workers: Workers, resting: str, clock: StillClock) -> Iterator[str]:
    """An endpoint that the first worker tries just now."""
    clock.move(RESTS.total_seconds())
    workers.one.may_call(resting)
    workers.sync()
    assert workers.one.may_call(resting)
    return resting


def test_a_trial_that_answers_ends_the_rest_for_all(workers: Workers, ports: Ports, tried: str) -> None:
    workers.one.note(tried, ok=True)
    workers.sync()
    assert [workers.may_call(tried) for _ in range(2)] == [[True, True]] * 2
    assert told(ports) == [("closed", "open", "status_503"), ("open", "closed", "")]
    fail(workers.other, tried, 4)
    workers.sync()
    assert workers.may_call(tried) == [True, True]


def test_a_trial_that_fails_begins_another_rest_and_is_no_news(
    workers: Workers, ports: Ports, tried: str, clock: StillClock
) -> None:
    workers.one.note(tried, ok=False, reason="connect_refused")
    workers.sync()
    assert workers.may_call(tried) == [False, False]
    row = row_of(ports, tried)
    assert (row.state, row.reason, row.retry_at) == ("open", "connect_refused", clock.now + RESTS)
    assert len(told(ports)) == 1
    clock.move(RESTS.total_seconds())
    workers.sync()
    assert sum(workers.may_call(tried)) == 1


def test_a_trial_whose_worker_is_gone_is_made_by_another(workers: Workers, tried: str, clock: StillClock) -> None:
    clock.move(TRIAL_ENDS.total_seconds() - 1)
    assert not workers.other.may_call(tried)
    workers.other.sync()
    assert not workers.other.may_call(tried)
    clock.move(1)
    workers.other.sync()
    assert workers.other.may_call(tried)


def test_what_could_not_be_written_is_written_later(
    workers: Workers, ports: Ports, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_store: Store) -> None:
        raise OperationalError("UPDATE", {}, Exception("the database is away"))

    fail(workers.one, endpoint)
    with monkeypatch.context() as patch:
        patch.setattr(Store, "write", away)
        with pytest.raises(OperationalError):
            workers.one.sync()
    assert not workers.one.may_call(endpoint)
    workers.sync()
    assert len(told(ports)) == 1


def test_an_endpoint_that_was_deleted_is_forgotten(workers: Workers, ports: Ports, ada: Actor, resting: str) -> None:
    endpoints.delete(ports, ada, resting, None)
    fail(workers.other, resting)
    workers.sync()
    with ports.store.read() as session:
        assert list(session.scalars(select(Breaker.endpoint_id))) == []


CHANGES = [{"base_url": "https://models.example.com/v2"}, {"identifier": "other"}, {"api_key": "sk-another"}]


@pytest.mark.parametrize("changed", CHANGES, ids=lambda changed: next(iter(changed)))
def test_who_changes_what_is_called_need_not_wait(
    workers: Workers, ports: Ports, ada: Actor, resting: str, changed: dict[str, str]
) -> None:
    endpoints.update(ports, ada, resting, 1, EndpointDraft(name="Mistral", **{**GIVEN, **changed}))
    workers.sync()
    assert workers.may_call(resting) == [True, True]
    assert told(ports)[1:] == [("open", "closed", "edited")]


def test_another_name_ends_no_rest(workers: Workers, ports: Ports, ada: Actor, resting: str) -> None:
    seen = EndpointDraft(name="Mistral", **GIVEN)
    draft = replace(seen, name="Mistral 2", model="Mistral Small 24B Instruct 2506")
    endpoints.update(ports, ada, resting, 1, draft)
    workers.sync()
    assert workers.may_call(resting) == [False, False]


def test_failures_from_before_a_change_count_no_more(workers: Workers, ports: Ports, ada: Actor, endpoint: str) -> None:
    fail(workers.one, endpoint, 4)
    workers.sync()
    endpoints.update(ports, ada, endpoint, 1, EndpointDraft(name="Mistral", **{**GIVEN, "identifier": "other"}))
    workers.sync()
    fail(workers.one, endpoint, 1)
    assert workers.may_call(endpoint) == [True, True]
    assert told(ports) == []


def test_an_edit_and_a_sync_at_the_same_time_do_not_wait_for_each_other(
    workers: Workers, ports: Ports, ada: Actor, endpoint: str
) -> None:
    def edit(number: int) -> None:
        with ports.store.read() as session:
            version = session.get_one(Endpoint, endpoint).version
        changed = EndpointDraft(name="Mistral", **{**GIVEN, "identifier": f"m{number}"})
        endpoints.update(ports, ada, endpoint, version, changed)

    def flap(_number: int) -> None:
        fail(workers.one, endpoint)
        workers.one.sync()

    with ThreadPoolExecutor(2) as pool:
        for number in range(8):
            list(pool.map(lambda act, number=number: act(number), (edit, flap)))
    assert all({before, after} == {"open", "closed"} for before, after, _ in told(ports))


def test_without_a_webhook_no_alert_is_queued(ports: Ports, endpoint: str) -> None:
    board = Board(replace(ports, hook=None))
    fail(board, endpoint)
    board.sync()
    with ports.store.read() as session:
        assert session.scalar(select(Alert.id)) is None


def test_the_clock_of_a_rest_runs_down(workers: Workers, resting: str, clock: StillClock) -> None:
    clock.move(timedelta(seconds=12).total_seconds())
    assert workers.one.retry_in(resting) == 18.0
    clock.move(60)
    assert workers.one.retry_in(resting) == 0.0
