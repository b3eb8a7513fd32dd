"""Reads of connection tests."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event

from app.models.endpoint import Endpoint
from app.models.probe import Probe, ProbeStep
from app.models.store import Store
from app.queries import probes as query

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def add_endpoint(store: Store, name: str) -> None:
    with store.write() as session:
        fields = {"platform": "openai_compatible", "base_url": "http://h/v1", "identifier": "custom_openai/a"}
        session.add(Endpoint(id=name, slug=name, name=name, name_key=name, served_name="a", family="other", **fields))


def add_probe(store: Store, name: str, endpoint: str | None, minute: int = 0, verdict: str = "passed") -> None:
    at = NOON + timedelta(minutes=minute)
    times = {"started_at": at, "lease_until": at, "seen_at": at}
    with store.write() as session:
        session.add(
            Probe(id=name, endpoint_id=endpoint, batch=name, person="p", person_name="P", verdict=verdict, **times)
        )


def add_steps(store: Store, probe: str, *names: str) -> None:
    with store.write() as session:
        for position, name in reversed(list(enumerate(names))):
            session.add(
                ProbeStep(
                    probe_id=probe, position=position, name=name, outcome="passed", figures={"n": position}, fix=None
                )
            )


@pytest.fixture
def filled(store: Store) -> Store:
    for name in ("one", "two"):
        add_endpoint(store, name)
    add_probe(store, "old", "one", 0)
    add_probe(store, "new", "one", 2, "running")
    add_probe(store, "middle", "one", 1, "failed")
    add_probe(store, "draft", None, 3)
    return store


def test_a_test_has_its_steps_in_order(filled: Store) -> None:
    add_steps(filled, "old", "address", "dns", "connect")
    found = query.probe(filled, "old")
    assert found
    assert [(each.name, each.figures["n"]) for each in found.steps] == [("address", 0), ("dns", 1), ("connect", 2)]
    assert not found.running


def test_what_is_not_there_is_none(filled: Store) -> None:
    assert query.probe(filled, "gone") is None
    assert query.latest(filled, "two") is None


def test_the_latest_is_the_one_begun_last_whatever_it_says(filled: Store) -> None:
    found = query.latest(filled, "one")
    assert found
    assert (found.id, found.running) == ("new", True)


def test_the_history_is_newest_first_of_one_endpoint_and_bounded(filled: Store) -> None:
    assert [each.id for each in query.history(filled, "one")] == ["new", "middle", "old"]
    assert [each.id for each in query.history(filled, "one", most=2)] == ["new", "middle"]
    assert query.history(filled, "two") == ()


def test_a_test_is_read_in_two_statements(filled: Store) -> None:
    add_steps(filled, "old", "address", "dns", "connect")
    statements: list[str] = []
    event.listen(filled.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    query.probe(filled, "old")
    assert len([each for each in statements if each.startswith("SELECT")]) == 2
