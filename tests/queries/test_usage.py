"""Reads of usage."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.roles import Actor
from app.domain.tokens import TokenDraft
from app.domain.usage import CallOutcome, Sums
from app.domain.usage_periods import Grouping, Period, Span, span_of
from app.models.store import Store
from app.models.usage import UsageHour
from app.queries import usage as query
from app.queries.usage import UsedName
from app.services import api_tokens, endpoints
from app.services.metering import Meter
from app.services.ports import Ports
from tests.domain.test_usage import call, summed
from tests.fixtures.statements import statements
from tests.fixtures.stock import add_endpoint

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)
DAY = span_of(Period.DAY, NOON + timedelta(minutes=30))
WEEK = span_of(Period.WEEK, NOON)


def write(ports: Ports, *calls: CallOutcome) -> None:
    meter = Meter(ports)
    for each in calls:
        meter.note(each)
    meter.write()


def numbers(sums: Sums) -> tuple[int, int, int]:
    return sums.requests, sums.errors, sums.prompt_tokens


@pytest.mark.parametrize(
    ("grouping", "expected"),
    [
        (Grouping.FEATURE, [("duo_chat", 3), ("code_completions", 1)]),
        (Grouping.ENDPOINT, [("e1", 2), ("e2", 2)]),
        (Grouping.TOKEN, [("t2", 3), ("t1", 1)]),
    ],
)
def test_sums_are_by_feature_endpoint_or_token_the_most_used_first(
    ports: Ports, grouping: Grouping, expected: list[tuple[str, int]]
) -> None:
    write(
        ports,
        call(at=NOON),
        call(at=NOON, token_id="t2"),
        call(at=NOON - timedelta(hours=5), endpoint_id="e2", token_id="t2"),
        call(at=NOON, feature="code_completions", endpoint_id="e2", token_id="t2"),
    )
    found = query.used_by(ports.store, DAY, grouping)
    assert [(each.key, each.sums.requests) for each in found] == expected


def test_sums_are_those_of_the_calls_buckets_included(ports: Ports) -> None:
    calls = [
        call(at=NOON - timedelta(hours=n), prompt_tokens=n, first_token_ms=n * 9.0, duration_ms=n * 400.0, error="x")
        for n in range(20)
    ]
    write(ports, *calls)
    expected = summed(*calls)
    (used,) = query.used_by(ports.store, DAY, Grouping.FEATURE)
    found = used.sums
    for name in ("requests", "errors", "prompt_tokens", "duration_ms", "first_token_buckets", "duration_buckets"):
        assert getattr(found, name) == getattr(expected, name), name


def test_only_what_lies_within_the_span_counts(ports: Ports) -> None:
    hours = (DAY.begin - timedelta(seconds=1), DAY.begin, DAY.end - timedelta(seconds=1), DAY.end)
    write(ports, *(call(at=at) for at in hours))
    assert query.in_all(ports.store, DAY).requests == 2
    assert query.in_all(ports.store, DAY.before()).requests == 1
    assert query.in_all(ports.store, Span(DAY.end, DAY.end + DAY.step, DAY.step)).requests == 1


def test_the_whole_is_the_sum_of_its_parts_without_buckets(ports: Ports) -> None:
    write(ports, call(prompt_tokens=3, fallback=True), call(feature="x", estimated=True, first_token_ms=4.5))
    found = query.in_all(ports.store, DAY)
    assert (found.requests, found.fallbacks, found.estimated, found.prompt_tokens) == (2, 1, 1, 3)
    assert (found.first_token_ms, sum(found.first_token_buckets)) == (4.5, 0)


def test_nothing_used_is_nothing_and_no_failure(ports: Ports) -> None:
    assert not query.has_any(ports.store)
    assert query.in_all(ports.store, DAY) == Sums()
    assert query.used_by(ports.store, DAY, Grouping.TOKEN) == ()
    assert list(query.steps(ports.store, DAY, Grouping.TOKEN)) == []


def test_every_step_has_its_point_whether_used_or_not(ports: Ports) -> None:
    write(ports, call(at=NOON), call(at=NOON + timedelta(minutes=20)), call(at=NOON - timedelta(hours=3), error="x"))
    points = query.over_time(ports.store, DAY)
    assert [each.at for each in points] == list(DAY.places())
    assert {each.at: numbers(each.sums) for each in points if each.sums.requests} == {
        NOON: (2, 0, 0),
        NOON - timedelta(hours=3): (1, 1, 0),
    }


def test_hours_are_put_together_to_days(ports: Ports) -> None:
    write(ports, *(call(at=WEEK.begin + timedelta(hours=n), duration_ms=5.0) for n in range(48)))
    points = query.over_time(ports.store, WEEK)
    assert [each.sums.requests for each in points] == [24, 24, 0, 0, 0, 0, 0]
    assert points[0].sums.duration_buckets[0] == 24


def test_steps_come_one_by_one_the_oldest_first(ports: Ports) -> None:
    write(ports, call(at=WEEK.begin), call(at=WEEK.begin + timedelta(days=2)), call(at=WEEK.begin, token_id="t2"))
    found = [(at.day, [each.key for each in used]) for at, used in query.steps(ports.store, WEEK, Grouping.TOKEN)]
    assert found == [(21, ["t1", "t2"]), (23, ["t1"])]


def test_a_list_from_before_a_bound_was_added_counts_as_far_as_it_goes(ports: Ports) -> None:
    write(ports, call(at=NOON, duration_ms=5.0))
    with ports.store.write() as session:
        row = session.get(UsageHour, (NOON, "duo_chat", "e1", "t1"))
        assert row is not None
        row.duration_buckets = row.duration_buckets[:3]
    (used,) = query.used_by(ports.store, DAY, Grouping.FEATURE)
    assert sum(used.sums.duration_buckets) == 1


def test_names_outlive_what_had_them(ports: Ports, ada: Actor) -> None:
    kept, gone = add_endpoint(ports, ada, "Kept"), add_endpoint(ports, ada, "Gone")
    endpoints.delete(ports, ada, gone, 1)
    token_id = api_tokens.create(ports, ada, TokenDraft("nightly", "viewer")).id
    assert query.names(ports.store, Grouping.ENDPOINT, [kept, gone, "never"]) == {
        kept: UsedName("Kept"),
        gone: UsedName("Gone", gone=True),
    }
    assert query.names(ports.store, Grouping.TOKEN, [token_id]) == {token_id: UsedName("nightly")}
    assert query.names(ports.store, Grouping.FEATURE, ["duo_chat"]) == {}


def test_each_read_takes_one_statement(store: Store) -> None:
    for read in (
        lambda: query.over_time(store, WEEK),
        lambda: query.in_all(store, WEEK),
        lambda: query.used_by(store, WEEK, Grouping.FEATURE),
    ):
        with statements(store) as sent:
            read()
        assert len(sent) == 1
