"""The list of endpoints as a page and as the parts that a browser swaps."""

import pytest
from werkzeug.test import TestResponse

from app.domain.roles import Actor
from app.queries.endpoints import Filter
from app.services import endpoints, probes
from app.services.ports import Ports
from app.web.endpoint_list import list_address
from tests.fixtures.pages import Page
from tests.fixtures.portal import OpenWindow, Window
from tests.fixtures.statements import statements
from tests.fixtures.stock import UNLISTED, add_endpoint, assign, judge

TO_ROWS = {"HX-Target": "div#rows"}

pytestmark = pytest.mark.every_database


def names(answer: TestResponse) -> list[str]:
    tree = Page(answer).tree
    return ["".join(each.itertext()) for each in tree.iter("a") if "mp-name" in (each.get("class") or "")]


def fill(ports: Ports, ada: Actor, number: int) -> None:
    for each in range(number):
        add_endpoint(ports, ada, f"endpoint {each:02}", **UNLISTED)


@pytest.fixture
def window(window_of: OpenWindow, vi: Actor) -> Window:
    return window_of(vi)


def test_with_no_endpoint_the_list_says_what_to_do_first(window_of: OpenWindow, ed: Actor, vi: Actor) -> None:
    page = window_of(ed).get("/endpoints")
    assert "No endpoint yet" in page.text
    assert "/endpoints/new" in Page(page).links()
    assert 'name="q"' not in page.text
    assert "/endpoints/new" not in Page(window_of(vi).get("/endpoints")).links()


def test_a_row_names_what_there_is_to_know(window: Window, ports: Ports, ada: Actor) -> None:
    endpoint_id = add_endpoint(ports, ada, owner="Platform team")
    assign(ports, ada, "duo_chat", endpoint_id)
    judge(ports, endpoint_id, "warned")
    page = window.get("/endpoints").text
    for mark in (
        'data-tier="supported"',
        'data-verdict="warned"',
        "custom_openai/served",
        "vLLM",
        "1 feature",
        "just now",
    ):
        assert mark in page
    assert "states full functionality" in page


def test_the_whole_state_is_in_the_address(window: Window, ports: Ports, ada: Actor) -> None:
    fill(ports, ada, 26)
    add_endpoint(ports, ada, "listed", owner="Cloud team")
    assert names(window.get("/endpoints?q=list&tier=supported&owner=Cloud+team&platform=openai_compatible")) == [
        "listed"
    ]
    second = window.get("/endpoints?tier=other&sort=-name&page=2")
    assert names(second) == ["endpoint 00"]
    page = Page(second)
    assert (page.value("tier"), page.value("sort"), page.value("owner")) == ("other", "-name", "")
    assert "/endpoints?tier=other&sort=-name" in page.links()


def test_what_makes_no_sense_in_the_address_counts_as_not_given(window: Window, ports: Ports, ada: Actor) -> None:
    fill(ports, ada, 26)
    for query in ("page=0", "page=-1", "page=x", "page=²", "page=", "sort=evil", "sort=--name", "unknown=1", "q=%20"):
        assert len(names(window.get(f"/endpoints?{query}"))) == 25, query
    assert len(names(window.get("/endpoints?page=999999"))) == 1


def test_markup_in_the_address_is_shown_as_text(window: Window, ports: Ports, ada: Actor) -> None:
    fill(ports, ada, 1)
    page = window.get('/endpoints?q="><script>alert(1)</script>&owner=<b>')
    assert "<script>alert" not in page.text
    assert Page(page).value("q") == '"><script>alert(1)</script>'
    assert Page(page).value("owner") == "<b>"
    assert "Nothing matches" in page.text


def test_the_page_takes_four_statements_however_many_endpoints_there_are(
    window: Window, ports: Ports, ada: Actor
) -> None:
    assign(ports, ada, "duo_chat", add_endpoint(ports, ada, "used", owner="Platform team"))
    for more in (0, 30):
        fill(ports, ada, more)
        with statements(ports.store) as sent:
            window.get("/endpoints?q=e&sort=verdict")
        assert len(sent) == 4, sent


def test_who_changed_the_filter_gets_the_rows_and_the_words_of_the_button(
    window_of: OpenWindow, ports: Ports, ada: Actor
) -> None:
    fill(ports, ada, 3)
    answer = window_of(ada).get("/endpoints?q=02&platform=&sort=name", fragment=True, headers=TO_ROWS)
    assert names(answer) == ["endpoint 02"]
    assert "<html" not in answer.text
    assert answer.headers["HX-Replace-Url"] == "/endpoints?q=02"
    page = Page(answer)
    assert page.words("run-all") == "Test these"
    assert "/endpoints/test-all?q=02" in page.links()


def test_the_next_page_comes_with_its_filter_bar(window: Window, ports: Ports, ada: Actor) -> None:
    fill(ports, ada, 26)
    answer = window.get("/endpoints?page=2", fragment=True, headers={"HX-Target": "div#list"})
    assert "<html" not in answer.text
    assert Page(answer).by_id("filter") is not None
    assert names(answer) == ["endpoint 25"]


def test_coming_back_by_history_gets_the_whole_page(window: Window) -> None:
    answer = window.get("/endpoints", headers={"HX-Request-Type": "full", "HX-History-Restore-Request": "true"})
    assert "<html" in answer.text


@pytest.mark.parametrize(("who", "test", "delete"), [("vi", False, False), ("ed", True, False), ("ada", True, True)])
def test_each_role_is_offered_what_it_may_do(
    window_of: OpenWindow, ports: Ports, request: pytest.FixtureRequest, ada: Actor, who: str, test: bool, delete: bool
) -> None:
    endpoint_id = add_endpoint(ports, ada)
    links = Page(window_of(request.getfixturevalue(who)).get("/endpoints")).links()
    for address in (f"/endpoints/{endpoint_id}/test", f"/endpoints/{endpoint_id}/edit", "/endpoints/test-all"):
        assert (address in links) is test
    assert (f"/endpoints/{endpoint_id}/delete" in links) is delete


def test_a_running_row_asks_for_itself_and_offers_to_stop(window_of: OpenWindow, ports: Ports, ed: Actor) -> None:
    endpoint_id = add_endpoint(ports, ed)
    (started,) = probes.start_saved(ports, ed, [endpoint_id])
    page = window_of(ed).get("/endpoints")
    assert f'hx-get="/endpoints/{endpoint_id}/row" hx-trigger="every 500ms"' in page.text
    assert f"/probes/{started.probe_id}/stop" in Page(page).links()
    assert 'data-verdict="running"' in page.text


def test_a_switched_off_endpoint_says_so(window: Window, ports: Ports, ada: Actor) -> None:
    endpoints.set_enabled(ports, ada, add_endpoint(ports, ada), 1, enabled=False)
    assert "Switched off" in window.get("/endpoints").text


def test_addresses_leave_out_what_is_not_asked_for(window: Window) -> None:
    with window.application.test_request_context("/"):
        assert list_address(Filter()) == "/endpoints"
        assert list_address(Filter(q="a b&c", page=2)) == "/endpoints?q=a+b%26c&page=2"
        assert list_address(Filter(q="x", page=3), page=1) == "/endpoints?q=x"
