"""However much the catalogue holds, a whole page asks the database little."""

import pytest

from app.domain.roles import Actor
from app.lib import clock
from app.services.ports import Ports
from tests.fixtures import crowds
from tests.fixtures.portal import OpenWindow, Window
from tests.fixtures.statements import statements
from tests.fixtures.stock import add_endpoint

MOST = 6
PAGES = (
    "",
    "?q=m",
    "?q=zebra",
    "?q=m&host=vllm&want=chat&level=partial&gpus=8x+H100&sort=votes",
    "?want=chat&gpus=2x+A100+40+GB",
    "/vllm/crowd-0",
    "/vllm/crowd-0?reports=all",
    "/vllm/crowd-0/history",
    "/feed.json",
    "/changes.atom",
)


@pytest.fixture
def window(window_of: OpenWindow, ports: Ports, ada: Actor) -> Window:
    crowds.fill(ports.store, clock.now(), pairings=100, reports=3000, votes=300, comments=9000)
    add_endpoint(ports, ada, "used")
    return window_of(ada)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_takes_at_most_six_statements(window: Window, ports: Ports, page: str) -> None:
    with statements(ports.store) as sent:
        answer = window.get(f"/catalogue{page}")
    assert answer.status_code == 200
    assert len(sent) <= MOST, sent


def test_who_types_in_the_finder_waits_for_no_more(window: Window, ports: Ports) -> None:
    headers = {"HX-Target": "found", "HX-Source": "form#finder"}
    with statements(ports.store) as sent:
        answer = window.get("/catalogue?q=mis", fragment=True, headers=headers)
    assert "<html" not in answer.text
    assert len(sent) <= MOST, sent
