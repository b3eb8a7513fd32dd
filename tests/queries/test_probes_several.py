"""Reads of many connection tests at once."""

from app.models.store import Store
from app.queries import probes as query
from tests.fixtures.statements import statements
from tests.queries.test_probes import NOON, add_endpoint, add_probe, add_steps


def stock(store: Store) -> None:
    """Two endpoints with three tests and one, two of them at the same moment."""
    for name in ("a", "b"):
        add_endpoint(store, name)
    for name, endpoint, minute in (("a1", "a", 1), ("a2", "a", 2), ("a3", "a", 2), ("b1", "b", 3)):
        add_probe(store, name, endpoint, minute)
        add_steps(store, name, "address", "dns")


def test_tests_by_id_come_with_their_steps_in_two_statements(store: Store) -> None:
    stock(store)
    with statements(store) as sent:
        found = query.several(store, ["a1", "b1", "gone"])
    assert {name: [step.name for step in each.steps] for name, each in found.items()} == {
        "a1": ["address", "dns"],
        "b1": ["address", "dns"],
    }
    assert len(sent) == 2


def test_an_endpoints_tests_are_read_backwards_page_by_page(store: Store) -> None:
    stock(store)
    first = query.before(store, "a", 2)
    rest = query.before(store, "a", 2, (first[-1].started_at, first[-1].id))
    assert [each.id for each in first + rest] == ["a3", "a2", "a1"]
    assert query.before(store, "a", 2, (NOON, "")) == ()


def test_the_newest_test_of_each_endpoint_is_named_in_one_statement(store: Store) -> None:
    stock(store)
    add_endpoint(store, "untested")
    with statements(store) as sent:
        assert query.newest_of(store, ["a", "b", "untested"]) == {"a": "a3", "b": "b1"}
    assert len(sent) == 1
