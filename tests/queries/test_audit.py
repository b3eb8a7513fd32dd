"""Reads of the audit log."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.models.audit import AuditRow
from app.models.store import Store
from app.queries import audit as query
from app.queries.audit import Filter
from tests.fixtures.statements import statements

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def write(store: Store, count: int, **values: object) -> None:
    """Rows an hour apart, the last at noon."""
    common = {"action": "endpoint:update", "object_type": "endpoint", "object_id": "e1", "object_name": "Mistral 100%"}
    person = {"person": "https://id.example.com ada", "person_name": "Ada Admin", "role": "admin"}
    with store.write() as session:
        for number in range(count):
            at = NOON - timedelta(hours=count - 1 - number)
            session.add(AuditRow(**{"at": at, **common, **person, "changes": {"n": [None, number]}, **values}))
            session.flush()


def numbers(rows: tuple[query.AuditRecord, ...]) -> list[int]:
    return [row.changes["n"][1] for row in rows]


def test_pages_lead_to_older_entries_and_back_without_a_gap(store: Store) -> None:
    write(store, 120)
    first = query.page_of(store, Filter())
    second = query.page_of(store, Filter(), older=first.older)
    third = query.page_of(store, Filter(), older=second.older)
    assert numbers(first.rows) + numbers(second.rows) + numbers(third.rows) == list(range(119, -1, -1))
    assert (first.newer, third.older) == (None, None)
    back = query.page_of(store, Filter(), newer=third.newer)
    assert back.rows == second.rows
    assert query.page_of(store, Filter(), newer=back.newer).rows == first.rows


def test_the_newest_page_reached_from_below_has_nothing_newer(store: Store) -> None:
    write(store, 60)
    second = query.page_of(store, Filter(), older=query.page_of(store, Filter()).older)
    assert query.page_of(store, Filter(), newer=second.newer).newer is None


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Filter(), 3),
        (Filter(type="endpoint"), 2),
        (Filter(action="feature:assign"), 1),
        (Filter(object="e1"), 2),
        (Filter(object="mistral 100%"), 2),
        (Filter(object="100_"), 0),
        (Filter(person="ada"), 2),
        (Filter(person="https://id.example.com bea"), 1),
        (Filter(since=date(2026, 11, 22), until=date(2026, 11, 22)), 3),
        (Filter(until=date(2026, 11, 21)), 0),
        (Filter(since=date(2026, 11, 23)), 0),
        (Filter(type="endpoint", person="bea"), 0),
    ],
)
def test_the_log_is_narrowed(store: Store, wanted: Filter, found: int) -> None:
    write(store, 2)
    other = {"object_type": "feature", "object_id": "duo_chat", "object_name": "General Chat"}
    write(store, 1, action="feature:assign", person="https://id.example.com bea", person_name="Bea", **other)
    assert len(query.page_of(store, wanted).rows) == found
    assert sum(map(len, query.chunks(store, wanted))) == found


def test_chunks_give_everything_once_oldest_first_and_stop_at_what_was_there(store: Store) -> None:
    write(store, 25)
    chunks = query.chunks(store, Filter(), size=10)
    seen = list(next(chunks))
    write(store, 5)
    seen += [row for chunk in chunks for row in chunk]
    assert numbers(tuple(seen)) == list(range(25))


def test_a_page_takes_one_statement(store: Store) -> None:
    write(store, 3)
    with statements(store) as sent:
        query.page_of(store, Filter(type="endpoint", object="x", person="y", since=date(2026, 1, 1)))
    assert len(sent) == 1


def test_the_filter_offers_what_the_log_has(store: Store) -> None:
    write(store, 2)
    assert query.words(store) == query.Words(("endpoint:update",), ("endpoint",))
