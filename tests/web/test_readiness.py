"""The matrix of endpoints and features as a page."""

import pytest

from app.domain.roles import Actor
from app.services.ports import Ports
from tests.fixtures.findings import SUITED, UNSUITED, measure
from tests.fixtures.pages import Page
from tests.fixtures.portal import OpenWindow, Window
from tests.fixtures.stock import UNLISTED, add_endpoint

ADDRESS = "/features/readiness"


@pytest.fixture
def window(window_of: OpenWindow, vi: Actor) -> Window:
    return window_of(vi)


@pytest.fixture
def shelf(ports: Ports, ed: Actor) -> dict[str, str]:
    found = {"Able": add_endpoint(ports, ed, "Able"), "Broken": add_endpoint(ports, ed, "Broken", **UNLISTED)}
    measure(ports, ed, found["Able"], *SUITED)
    measure(ports, ed, found["Broken"], *UNSUITED)
    return found


def test_each_cell_says_feature_verdict_and_reason_and_leads_to_more(window: Window, shelf: dict[str, str]) -> None:
    page = Page(window.get(ADDRESS))
    assert page.text.count("data-is=") == 2 * 18
    assert "18 work" in page.words(f"endpoint-{shelf['Able']}")
    broken = page.words(f"endpoint-{shelf['Broken']}")
    assert "General Chat : Will not work. It does not stream its answers." in broken
    assert "Merge Commit Message Generation : With limits. It reads 8,192 tokens" in broken
    assert f"/endpoints/{shelf['Broken']}#ready-duo_chat" in page.links()


@pytest.mark.usefixtures("shelf")
def test_filters_narrow_as_a_page_and_as_a_fragment(window: Window) -> None:
    for query, names in (("?q=bro", {"Broken"}), ("?tier=supported", {"Able"}), ("?suits=duo_chat", {"Able"})):
        answer = window.get(ADDRESS + query, fragment=True)
        assert "<html" not in answer.text
        assert {name for name in ("Able", "Broken") if f">{name}</a>" in answer.text} == names
    assert "Nothing matches" in window.get(f"{ADDRESS}?suits=nonsense").text
    assert Page(window.get(f"{ADDRESS}?suits=duo_chat&tier=other")).value("suits") == "duo_chat"


def test_pages_keep_the_filter(window: Window, ports: Ports, ed: Actor) -> None:
    for number in range(26):
        add_endpoint(ports, ed, f"pool {number:02}", **UNLISTED)
    page = Page(window.get(f"{ADDRESS}?q=pool"))
    assert f"{ADDRESS}?q=pool&page=2" in page.links()
    second = window.get(f"{ADDRESS}?q=pool&page=2").text
    assert "pool 25" in second
    assert "26 endpoints, page 2 of 2" in second


def test_without_endpoints_it_says_what_comes_first(window: Window) -> None:
    page = window.get(ADDRESS).text
    assert "No endpoint yet" in page
    assert "New endpoint" not in page


@pytest.mark.usefixtures("shelf")
def test_features_and_endpoints_lead_there(window: Window) -> None:
    for place in ("/features", "/endpoints"):
        assert ADDRESS in Page(window.get(place)).links()
