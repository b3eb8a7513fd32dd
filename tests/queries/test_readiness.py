"""Reads of what was measured, and the matrix of endpoints and features."""

from typing import Any

import pytest

from app.domain.endpoints import EndpointDraft
from app.domain.roles import Actor
from app.queries import capabilities
from app.queries import readiness as query
from app.queries.capabilities import CapabilityRecord
from app.queries.readiness import Matrix, Wanted
from app.services import endpoints
from app.services.ports import Ports
from tests.fixtures.findings import SUITED, UNSUITED, finding, measure
from tests.fixtures.statements import statements
from tests.fixtures.stock import UNLISTED, add_endpoint


def matrix(ports: Ports, page: int = 1, **wanted: Any) -> Matrix:
    return query.readiness_matrix(ports.store, Wanted(**wanted), page)


def names(found: Matrix) -> list[str]:
    return [row.name for row in found.rows]


@pytest.fixture
def shelf(ports: Ports, ada: Actor) -> dict[str, str]:
    """An endpoint that suits everything, one that suits little, and one that was never measured."""
    found = {name: add_endpoint(ports, ada, name, **UNLISTED) for name in ("Broken", "New")}
    found["Able"] = add_endpoint(ports, ada, "Able")
    measure(ports, ada, found["Able"], *SUITED)
    measure(ports, ada, found["Broken"], *UNSUITED)
    return found


def of(ports: Ports, endpoint_id: str) -> dict[str, CapabilityRecord]:
    return {each.ability: each for each in capabilities.capabilities(ports.store, endpoint_id)}


def test_what_was_measured_comes_with_the_figures_of_its_step(ports: Ports, ada: Actor) -> None:
    endpoint_id = add_endpoint(ports, ada)
    probe_id = measure(
        ports, ada, endpoint_id, finding("tools", "partly", structured=2, tries=3), finding("quick", value=212)
    )
    found = of(ports, endpoint_id)
    assert set(found) == {"tools", "quick"}
    tools = found["tools"]
    assert (tools.grade, tools.figures, tools.probe_id, tools.aged) == (
        "partly",
        {"structured": 2, "tries": 3},
        probe_id,
        "",
    )
    assert (found["quick"].value, found["quick"].milliseconds) == (212, 12.5)


def test_a_later_test_replaces_what_it_looked_at_and_leaves_the_rest(ports: Ports, ada: Actor) -> None:
    endpoint_id = add_endpoint(ports, ada)
    first = measure(ports, ada, endpoint_id, finding("tools"), finding("chat"))
    second = measure(ports, ada, endpoint_id, finding("chat"))
    assert {name: each.probe_id for name, each in of(ports, endpoint_id).items()} == {"tools": first, "chat": second}


def test_what_was_measured_is_read_in_one_statement(ports: Ports, ada: Actor) -> None:
    endpoint_id = add_endpoint(ports, ada)
    measure(ports, ada, endpoint_id, *SUITED)
    with statements(ports.store) as sent:
        capabilities.capabilities(ports.store, endpoint_id)
    assert len(sent) == 1, sent
    assert capabilities.capabilities(ports.store, "nothing") == ()


@pytest.mark.usefixtures("shelf")
def test_every_endpoint_has_a_cell_for_every_feature(ports: Ports) -> None:
    able, broken, new = matrix(ports).rows
    assert {len(row.cells) for row in (able, broken, new)} == {18}
    assert [row.cells["duo_chat"].readiness for row in (able, broken, new)] == ["works", "no", "unknown"]
    assert (able.tier, able.cells["duo_chat"].tier, broken.cells["duo_chat"].tier) == (
        "supported",
        "supported",
        "other",
    )
    assert broken.cells["duo_chat"].reasons == ("It does not stream its answers.",)
    assert (able.cells["duo_chat"].measured_at is None, new.cells["duo_chat"].measured_at) == (False, None)


@pytest.mark.usefixtures("shelf")
def test_the_matrix_narrows_by_search_tier_and_suited_feature(ports: Ports) -> None:
    assert names(matrix(ports, q="bRok")) == ["Broken"]
    assert names(matrix(ports, tier="supported")) == ["Able"]
    assert names(matrix(ports, suits="duo_chat")) == ["Able"]
    assert names(matrix(ports, suits="generate_commit_message")) == ["Able", "Broken"]
    assert names(matrix(ports, tier="other", suits="duo_chat")) == []
    assert names(matrix(ports, suits="nonsense")) == []


def test_an_edited_endpoints_cells_say_so(ports: Ports, ada: Actor) -> None:
    endpoint_id = add_endpoint(ports, ada)
    measure(ports, ada, endpoint_id, *SUITED)
    moved = EndpointDraft(name="Mistral", server="vllm", base_url="https://other.example.com/v1", identifier="served")
    endpoints.update(ports, ada, endpoint_id, 1, moved)
    (row,) = matrix(ports).rows
    assert (row.cells["duo_chat"].readiness, row.cells["duo_chat"].aged) == ("works", "edited")


def test_a_page_of_the_matrix_has_25_endpoints_and_takes_two_statements(ports: Ports, ada: Actor) -> None:
    for number in range(27):
        add_endpoint(ports, ada, f"endpoint {number:02}", **UNLISTED)
    with statements(ports.store) as sent:
        first = matrix(ports)
    assert len(sent) == 2, sent
    last = matrix(ports, page=9, q="endpoint")
    assert (len(first.rows), first.total, first.pages, first.stored) == (25, 27, 2, 27)
    assert (last.page, names(last)) == (2, ["endpoint 25", "endpoint 26"])


def test_an_empty_matrix_has_one_page(ports: Ports) -> None:
    assert matrix(ports, page=3) == Matrix((), 0, 0, 1)
