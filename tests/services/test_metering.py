"""Counting calls: two workers on one database, threads, a database that is away, hours that are old."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from app.domain.errors import DatabaseAway
from app.domain.roles import Actor
from app.domain.tokens import TokenDraft
from app.models.store import Store
from app.models.usage import UsageHour, UsageTotal
from app.queries import api_tokens as tokens
from app.services import api_tokens, retention
from app.services.metering import Meter
from app.services.ports import Ports
from tests.domain.test_usage import call
from tests.fixtures.statements import statements

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


def hours(ports: Ports) -> list[UsageHour]:
    with ports.store.read() as session:
        return list(session.scalars(select(UsageHour).order_by(UsageHour.hour, UsageHour.feature)))


def totals(ports: Ports) -> list[UsageTotal]:
    with ports.store.read() as session:
        return list(session.scalars(select(UsageTotal).order_by(UsageTotal.endpoint, UsageTotal.error)))


def away(_store: Store) -> None:
    raise OperationalError("INSERT", {}, Exception("the database is away"))


def test_calls_are_written_as_one_row_for_each_hour_feature_endpoint_and_token(ports: Ports) -> None:
    meter = Meter(ports)
    meter.note(call(at=NOON + timedelta(minutes=59), prompt_tokens=100, completion_tokens=7, first_token_ms=30))
    meter.note(call(at=NOON, error="timeout", fallback=True, estimated=True, duration_ms=50))
    for other in ({"at": NOON + timedelta(hours=1)}, {"feature": "x"}, {"endpoint_id": "e2"}, {"token_id": "t2"}):
        meter.note(call(**other))
    meter.write()
    assert len(hours(ports)) == 5
    (first,) = [row for row in hours(ports) if row.requests == 2]
    assert (first.hour, first.errors, first.fallbacks, first.estimated) == (NOON, 1, 1, 1)
    assert (first.prompt_tokens, first.completion_tokens, first.first_token_ms) == (100, 7, 30.0)
    assert (sum(first.first_token_buckets), sum(first.duration_buckets)) == (1, 2)


def test_what_is_added_later_is_added_to_what_stands_there(ports: Ports) -> None:
    for _ in range(3):
        meter = Meter(ports)
        meter.note(call(duration_ms=15, prompt_tokens=5))
        meter.write()
    (hour,), (total,) = hours(ports), totals(ports)
    assert (hour.requests, hour.duration_buckets[1], hour.duration_ms) == (3, 3, 45.0)
    assert (total.requests, total.prompt_buckets[2], total.completion_buckets[0]) == (3, 3, 3)


def test_totals_tell_errors_apart_and_remember_what_was_served_last(ports: Ports) -> None:
    meter = Meter(ports)
    for each in (call(), call(served_name="renamed"), call(error="timeout"), call(operation="embeddings")):
        meter.note(each)
    meter.write()
    found = [(row.operation, row.error, row.served_name, row.requests) for row in totals(ports)]
    assert sorted(found) == [
        ("chat", "", "renamed", 2),
        ("chat", "timeout", "served", 1),
        ("embeddings", "", "served", 1),
    ]


def test_without_calls_nothing_is_asked_of_the_database(ports: Ports) -> None:
    with statements(ports.store) as sent:
        Meter(ports).write()
    assert sent == []


def test_two_workers_that_write_the_same_hours_at_once_lose_nothing(ports: Ports) -> None:
    meters = [Meter(ports), Meter(replace(ports, store=Store(ports.store.engine)))]
    features, ready = [f"feature-{n}" for n in range(4)], Barrier(2)

    def work(number: int) -> None:
        for round_ in range(10):
            for feature in features if number else reversed(features):
                meters[number].note(call(feature=feature, prompt_tokens=3, duration_ms=round_))
            ready.wait(30)
            meters[number].write()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, (0, 1)))
    assert [(row.requests, row.prompt_tokens, row.duration_ms) for row in hours(ports)] == [(20, 60, 90.0)] * 4
    assert [(row.requests, sum(row.prompt_buckets)) for row in totals(ports)] == [(20, 20)] * 4


def test_calls_that_end_while_others_are_written_are_counted_once(ports: Ports) -> None:
    meter = Meter(ports)

    def work(number: int) -> None:
        for _ in range(50):
            meter.note(call(endpoint_id=f"e{number % 2}"))
            if number < 2:
                meter.write()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    meter.write()
    assert sum(row.requests for row in hours(ports)) == 200


def test_what_could_not_be_written_is_kept_and_written_later_once(
    ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    meter = Meter(ports)
    meter.note(call(prompt_tokens=10, first_token_ms=20, served_name="old"))
    with monkeypatch.context() as patch:
        patch.setattr(Store, "write", away)
        for _ in range(3):
            with pytest.raises(OperationalError):
                meter.write()
        meter.note(call(prompt_tokens=5, at=NOON + timedelta(minutes=3), served_name="new"))
        meter.note(call(prompt_tokens=1, feature="another"))
    meter.write()
    meter.write()
    assert [(row.feature, row.requests, row.prompt_tokens) for row in hours(ports)] == [
        ("another", 1, 1),
        ("duo_chat", 2, 15),
    ]
    assert {row.served_name for row in totals(ports) if row.feature == "duo_chat"} == {"new"}


def test_a_write_that_fails_half_way_leaves_no_half_behind(ports: Ports, monkeypatch: pytest.MonkeyPatch) -> None:
    meter = Meter(ports)
    meter.note(call())
    with monkeypatch.context() as patch:
        patch.setattr("app.services.metering._add_totals", lambda *_: away(ports.store))
        with pytest.raises(DatabaseAway):
            meter.write()
    assert hours(ports) == []
    meter.write()
    assert (hours(ports)[0].requests, totals(ports)[0].requests) == (1, 1)


def test_a_token_is_seen_to_be_used_to_the_minute(ports: Ports, ada: Actor) -> None:
    token_id = api_tokens.create(ports, ada, TokenDraft("chat", features=("duo_chat",))).id
    meter = Meter(ports)

    def used(at: datetime) -> datetime | None:
        meter.note(call(token_id=token_id, at=at))
        meter.write()
        found = tokens.token(ports.store, token_id)
        return found.last_used_at if found else None

    assert used(NOON) == NOON
    assert used(NOON + timedelta(seconds=59)) == NOON
    assert used(NOON + timedelta(seconds=60)) == NOON + timedelta(seconds=60)


def test_old_hours_are_forgotten_and_totals_are_not(ports: Ports) -> None:
    timed = replace(ports, clock=lambda: NOON)
    meter = Meter(timed)
    for days in (0, 29, 31):
        meter.note(call(at=NOON - timedelta(days=days)))
    meter.write()
    retention.clear_usage(timed, 30)
    assert [row.hour for row in hours(ports)] == [NOON - timedelta(days=29), NOON]
    assert totals(ports)[0].requests == 3
