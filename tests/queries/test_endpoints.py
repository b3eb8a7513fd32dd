"""Reads of endpoints: the list's search, filters, order and pages, and what one record holds."""

from dataclasses import fields
from typing import Any

import pytest
from sqlalchemy import update

from app.domain.roles import Actor
from app.models.endpoint import Endpoint
from app.queries import endpoints as query
from app.queries.endpoints import Filter
from app.services import endpoints, probes
from app.services.ports import Ports
from tests.fixtures.statements import statements
from tests.fixtures.stock import UNLISTED, add_endpoint, assign, judge

AZURE = {"platform": "azure_openai", "server": "", "base_url": "https://company.openai.azure.com", **UNLISTED}


def names(ports: Ports, **wanted: Any) -> list[str]:
    return [row.name for row in query.page_of(ports.store, Filter(**wanted)).rows]


@pytest.fixture
def shelf(ports: Ports, ada: Actor) -> None:
    """Four endpoints that differ in everything that can be asked for."""
    found = {
        "Alpha": add_endpoint(ports, ada, "Alpha", owner="Platform team"),
        "beta 100%": add_endpoint(ports, ada, "beta 100%", identifier="qwen3_coder", **UNLISTED),
        "Gamma": add_endpoint(ports, ada, "Gamma", identifier="gpt-4o", owner="Cloud team", **AZURE),
        "Delta": add_endpoint(ports, ada, "Delta", base_url="https://delta.models.example/v1", **UNLISTED),
    }
    judge(ports, found["Alpha"], "passed")
    judge(ports, found["beta 100%"], "failed", days=2)
    judge(ports, found["Gamma"], "warned", days=1)
    return found


def fill(ports: Ports, ada: Actor, number: int) -> None:
    for each in range(number):
        add_endpoint(ports, ada, f"endpoint {each:02}", **UNLISTED)


FILTERS: list[tuple[dict[str, str], list[str]]] = [
    ({}, ["Alpha", "beta 100%", "Delta", "Gamma"]),
    ({"platform": "azure_openai"}, ["Gamma"]),
    ({"platform": "skynet"}, []),
    ({"tier": "supported"}, ["Alpha"]),
    ({"tier": "other"}, ["beta 100%", "Delta", "Gamma"]),
    ({"verdict": "failed"}, ["beta 100%"]),
    ({"verdict": "untested"}, ["Delta"]),
    ({"owner": "Cloud team"}, ["Gamma"]),
    ({"owner": "cloud"}, []),
    ({"tier": "other", "verdict": "warned", "owner": "Cloud team"}, ["Gamma"]),
]
SEARCHES = {
    "ALPHA": ["Alpha"],
    "  beta  ": ["beta 100%"],
    "coder": ["beta 100%"],
    "delta.models": ["Delta"],
    "mistral small": ["Alpha"],
    "delta alpha": [],
    "100%": ["beta 100%"],
    "%": ["beta 100%"],
    "qwen3_c": ["beta 100%"],
    "a_p": [],
    "\\": [],
    "'; DROP TABLE endpoint; --": [],
    "x" * 5000: [],
    "a e " * 50: [],
}
ORDERS = {
    "name": ["Alpha", "beta 100%", "Delta", "Gamma"],
    "-name": ["Gamma", "Delta", "beta 100%", "Alpha"],
    "platform": ["Gamma", "Alpha", "beta 100%", "Delta"],
    "tier": ["Alpha", "beta 100%", "Delta", "Gamma"],
    "verdict": ["beta 100%", "Gamma", "Delta", "Alpha"],
    "-tested": ["Alpha", "Gamma", "beta 100%", "Delta"],
    "tested": ["Delta", "beta 100%", "Gamma", "Alpha"],
    "nonsense": ["Alpha", "beta 100%", "Delta", "Gamma"],
}


@pytest.mark.usefixtures("shelf")
def test_filters_narrow_together(ports: Ports) -> None:
    assert [(wanted, names(ports, **wanted)) for wanted, _ in FILTERS] == FILTERS


@pytest.mark.usefixtures("shelf")
def test_every_word_of_a_search_is_in_name_identifier_address_or_model(ports: Ports) -> None:
    assert {q: names(ports, q=q) for q in SEARCHES} == SEARCHES


@pytest.mark.usefixtures("shelf")
def test_orders_are_the_same_on_every_database(ports: Ports) -> None:
    assert {sort: names(ports, sort=sort) for sort in ORDERS} == ORDERS


def test_a_search_finds_letters_beyond_ascii_in_any_case(ports: Ports, ada: Actor) -> None:
    add_endpoint(ports, ada, "Größe Ärger", **UNLISTED)
    assert names(ports, q="GRÖSSE ärger") == ["Größe Ärger"]


def test_a_page_has_25_rows_and_counts_what_the_filter_shows_and_what_there_is(ports: Ports, ada: Actor) -> None:
    fill(ports, ada, 30)
    first, second = (query.page_of(ports.store, Filter(q="endpoint", page=page)) for page in (1, 2))
    assert (len(first.rows), len(second.rows), first.total, first.pages) == (25, 5, 30, 2)
    assert {row.id for row in first.rows}.isdisjoint({row.id for row in second.rows})
    assert (first.failed, first.untested) == (0, 30)
    narrow = query.page_of(ports.store, Filter(q="endpoint 07"))
    assert (narrow.total, narrow.stored) == (1, 30)


@pytest.mark.parametrize("page", [3, 999_999])
def test_beyond_the_end_is_the_last_page(ports: Ports, ada: Actor, page: int) -> None:
    fill(ports, ada, 26)
    last = query.page_of(ports.store, Filter(page=page))
    assert (last.page, len(last.rows)) == (2, 1)


def test_an_empty_list_has_one_page(ports: Ports) -> None:
    empty = query.page_of(ports.store, Filter())
    assert (empty.rows, empty.total, empty.pages, empty.page, empty.stored) == ((), 0, 1, 1, 0)


def test_a_page_takes_two_statements(ports: Ports, ada: Actor) -> None:
    fill(ports, ada, 3)
    with statements(ports.store) as sent:
        query.page_of(ports.store, Filter(q="endpoint", sort="verdict"))
    assert len(sent) == 2, sent


def test_a_row_counts_its_uses_and_knows_its_running_test(ports: Ports, ada: Actor) -> None:
    endpoint_id = add_endpoint(ports, ada)
    for feature in ("duo_chat", "code_completions"):
        assign(ports, ada, feature, endpoint_id)
    (started,) = probes.start_saved(ports, ada, [endpoint_id])
    row = query.row_of(ports.store, endpoint_id)
    assert row
    assert (row.uses, row.running, row.verdict) == (2, started.probe_id, "")
    assert sorted(query.uses(ports.store, endpoint_id)) == ["code_completions", "duo_chat"]


def test_what_is_not_there_is_none(ports: Ports) -> None:
    assert query.row_of(ports.store, "nothing") is None
    assert query.endpoint(ports.store, "nothing") is None
    assert query.standings(ports.store, "nothing") == {}


def test_all_that_the_filter_shows_is_tested_except_what_is_switched_off(ports: Ports, ada: Actor) -> None:
    fill(ports, ada, 30)
    off = add_endpoint(ports, ada, "endpoint off", **UNLISTED)
    endpoints.set_enabled(ports, ada, off, 1, enabled=False)
    add_endpoint(ports, ada, "another", **UNLISTED)
    assert len(query.ids_of(ports.store, Filter(q="endpoint", page=2), 1000)) == 30
    assert len(query.ids_of(ports.store, Filter(), 7)) == 7


@pytest.mark.usefixtures("shelf")
def test_owners_to_choose_from_are_each_named_once(ports: Ports, ada: Actor) -> None:
    add_endpoint(ports, ada, "Epsilon", owner="Cloud team")
    assert query.owners(ports.store) == ["Cloud team", "Platform team"]
    assert query.owners(ports.store, most=1) == ["Cloud team"]
    assert query.owners(ports.store, chosen="Nobody any more") == ["Cloud team", "Nobody any more", "Platform team"]


def test_a_record_says_of_the_key_only_that_it_is_there(ports: Ports, ada: Actor) -> None:
    endpoint_id = add_endpoint(ports, ada, api_key="sk-of-the-tests")
    found = query.endpoint(ports.store, endpoint_id)
    assert found
    assert (found.has_key, len(found.key_fingerprint)) == (True, 8)
    assert "api_key" not in {each.name for each in fields(found)}
    with ports.store.read() as session:
        sealed = session.get_one(Endpoint, endpoint_id).api_key
    assert sealed
    assert sealed not in repr(found)


def test_a_row_that_another_process_changed_is_read_anew(ports: Ports, ada: Actor) -> None:
    endpoint_id = add_endpoint(ports, ada)
    assert names(ports) == ["Mistral"]
    with ports.store.write() as session:
        session.execute(update(Endpoint).where(Endpoint.id == endpoint_id).values(name="Renamed"))
    assert names(ports) == ["Renamed"]
