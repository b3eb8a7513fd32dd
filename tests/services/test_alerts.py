"""Alerts to the webhook: queued with the change, sent once, signed, tried again, given up, forgotten."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from sqlalchemy import select

from app.domain.roles import Actor
from app.lib import urls
from app.lib.signing import as_secret
from app.models.store import Store
from app.models.traffic import Alert
from app.services import alerts
from app.services.breakers import Board
from app.services.ports import Hook, Ports
from tests.fakes.receiver import Receiver
from tests.fakes.still_clock import StillClock
from tests.fixtures.stock import add_endpoint

SECRET = as_secret(b"a secret of the tests, long enough")
KEY = "sk-a-key-of-the-tests"


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def ports(ports: Ports, clock: StillClock, receiver: Receiver) -> Ports:
    """With alerts to the receiver, whose address holds a secret of its own."""
    hook = Hook(urls.parse(receiver.url), (("token", "of the receiver"),), SECRET)
    return replace(ports, clock=clock, hook=hook)


def queue(ports: Ports, number: int = 1) -> None:
    for each in range(number):
        with ports.store.write() as session:
            alerts.queue(ports, session, "endpoint.rests", {"number": each})


def alert(ports: Ports) -> Alert:
    with ports.store.read() as session:
        return session.scalars(select(Alert)).one()


def test_an_endpoint_that_rests_is_told_with_no_secret_in_it(ports: Ports, ada: Actor, receiver: Receiver) -> None:
    endpoint = add_endpoint(ports, ada, api_key=KEY)
    board = Board(ports)
    for _ in range(5):
        board.note(endpoint, ok=False, reason="status_503")
    board.sync()
    alerts.send_due(ports)
    (got,) = receiver.received
    assert json.loads(got.body) == {
        "type": "endpoint.rests",
        "timestamp": "2026-11-27T12:00:18+00:00",
        "data": {
            "endpoint": {"id": endpoint, "slug": "mistral", "name": "Mistral"},
            "before": "closed",
            "after": "open",
            "reason": "status_503",
            "retry_at": "2026-11-27T12:00:48+00:00",
        },
    }
    assert KEY not in got.body.decode() + str(got.headers)


def test_it_is_signed_as_the_standard_has_it(ports: Ports, receiver: Receiver, clock: StillClock) -> None:
    queue(ports)
    alerts.send_due(ports)
    (got,) = receiver.received
    assert got.is_signed_with(SECRET)
    assert not replace(got, body=got.body + b" ").is_signed_with(SECRET)
    assert got.headers["webhook-timestamp"] == str(int(clock.now.timestamp()))
    assert got.headers["webhook-id"] == alert(ports).id
    assert got.headers["content-type"] == "application/json"
    assert got.path == "/alerts?token=of%20the%20receiver"


def test_two_workers_send_each_alert_once(ports: Ports, receiver: Receiver) -> None:
    queue(ports, 6)
    workers = [replace(ports, store=Store(ports.store.engine)) for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(alerts.send_due, workers))
    alerts.send_due(ports)
    assert sorted(json.loads(got.body)["data"]["number"] for got in receiver.received) == [*range(6)]


def test_what_was_sent_is_not_due_any_more(ports: Ports, receiver: Receiver, clock: StillClock) -> None:
    queue(ports)
    alerts.send_due(ports)
    clock.move(3600)
    alerts.send_due(ports)
    row = alert(ports)
    assert (len(receiver.received), row.attempts, row.due_at, row.failure) == (1, 1, None, "")
    assert row.sent_at is not None


def test_a_failure_is_tried_again_after_growing_pauses_and_then_given_up(
    ports: Ports, receiver: Receiver, clock: StillClock
) -> None:
    receiver.statuses = [500]
    queue(ports)
    pauses = [each.total_seconds() for each in alerts.PAUSES]
    assert pauses == sorted(set(pauses))
    alerts.send_due(ports)
    for number, pause in enumerate(pauses, 1):
        clock.move(pause - 1)
        alerts.send_due(ports)
        assert len(receiver.received) == number
        clock.move(1)
        alerts.send_due(ports)
        assert len(receiver.received) == number + 1
    row = alert(ports)
    assert (row.due_at, row.sent_at) == (None, None)
    assert row.failure == "The receiver answered with status 500."
    assert len({got.headers["webhook-id"] for got in receiver.received}) == 1


def test_what_arrives_at_the_second_try_is_no_failure(ports: Ports, receiver: Receiver, clock: StillClock) -> None:
    receiver.statuses = [503, 204]
    queue(ports)
    alerts.send_due(ports)
    assert alert(ports).failure == "The receiver answered with status 503."
    clock.move(alerts.PAUSES[0].total_seconds())
    alerts.send_due(ports)
    row = alert(ports)
    assert (row.attempts, row.failure, row.due_at) == (2, "", None)
    assert all(got.is_signed_with(SECRET) for got in receiver.received)
    assert len({got.headers["webhook-timestamp"] for got in receiver.received}) == 2


def test_a_receiver_that_is_not_there_is_a_failure_in_words(ports: Ports) -> None:
    with Receiver() as gone:
        hook = Hook(urls.parse(gone.url), secret=SECRET)
    ports = replace(ports, hook=hook)
    queue(ports)
    alerts.send_due(ports)
    assert alert(ports).failure == "The host is there, but nothing accepts connections on that port."


def test_what_a_process_claimed_and_did_not_send_another_sends(
    ports: Ports, receiver: Receiver, clock: StillClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object) -> str:
        raise KeyboardInterrupt

    queue(ports)
    with monkeypatch.context() as patch:
        patch.setattr(alerts, "_send", dies)
        with pytest.raises(KeyboardInterrupt):
            alerts.send_due(ports)
    alerts.send_due(ports)
    assert receiver.received == []
    clock.move(alerts.CLAIMED.total_seconds())
    alerts.send_due(ports)
    assert len(receiver.received) == 1


def test_a_slow_receiver_does_not_make_claims_run_out(
    ports: Ports, clock: StillClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []

    def slowly(ports: Ports, _hook: Hook, alert_id: str, _body: object) -> str:
        clock.move(alerts.LIMITS.total)
        sent.append(alert_id)
        if len(sent) == 5:
            # The fifth is under way here; of what is due there is nothing for another worker but the sixth.
            alerts.send_due(ports)
        return ""

    queue(ports, 6)
    monkeypatch.setattr(alerts, "_send", slowly)
    alerts.send_due(ports)
    assert len(sent) == len(set(sent)) == 6


def test_without_a_webhook_nothing_is_queued_or_read(ports: Ports) -> None:
    without = replace(ports, hook=None)
    queue(without)
    alerts.send_due(without)
    with ports.store.read() as session:
        assert session.scalar(select(Alert.id)) is None


def test_alerts_go_after_a_week(ports: Ports, clock: StillClock) -> None:
    queue(ports)
    clock.move(alerts.KEPT.total_seconds())
    alerts.forget_old(ports)
    queue(ports)
    assert alert_count(ports) == 2
    clock.move(1)
    alerts.forget_old(ports)
    assert alert_count(ports) == 1


def alert_count(ports: Ports) -> int:
    with ports.store.read() as session:
        return len(session.scalars(select(Alert.id)).all())
