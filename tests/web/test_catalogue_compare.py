"""Entries side by side."""

import pytest

from app.domain.roles import Actor
from app.services.ports import Ports
from tests.fixtures.catalogue import DEPRECATED, GPT_OSS, MISTRAL, entry, shelf
from tests.fixtures.pages import Page
from tests.fixtures.portal import OpenWindow, Window

pytestmark = pytest.mark.seeded

CODESTRAL = ("vllm", "codestral-22b-v0-1")
CLAUDE = ("bedrock", "claude-4-sonnet")


@pytest.fixture
def window(window_of: OpenWindow, ports: Ports, vi: Actor) -> Window:
    shelf(ports)
    return window_of(vi)


def side_by_side(window: Window, ports: Ports, *addresses: tuple[str, str]) -> Page:
    ids = [entry(ports, each).id for each in addresses]
    return Page(window.get("/catalogue/compare", query_string={"id": ids}))


def lines(page: Page) -> dict[str, tuple[str, list[str]]]:
    """Whether each line differs, and what it says, by its label."""
    found = {}
    for row in page.tree.iter("tr"):
        if row.get("data-differs"):
            words = [" ".join(" ".join(cell.itertext()).split()) for cell in row]
            found[words[0].removesuffix(", differs").strip()] = (row.get("data-differs", ""), words[1:])
    return found


def test_it_marks_what_differs_and_what_does_not(window: Window, ports: Ports) -> None:
    page = side_by_side(window, ports, MISTRAL, GPT_OSS)
    found = lines(page)
    assert found["Host"] == ("no", ["vLLM", "vLLM"])
    assert found["Maker"] == ("yes", ["Mistral AI", "OpenAI"])
    assert found["Size"] == ("yes", ["24 billion parameters", "117 billion parameters"])
    assert found["Tier"] == ("no", ["Supported", "Supported"])
    assert found["Rating"] == ("no", ["None", "None"])
    assert "2 \u00d7 A100 40 GB" in found["GPUs that were stated"][1][1]
    assert "2\u00a0\u00d7\u00a0A100 40 GB" in "".join(page.tree.itertext()), "a number stays beside its card"


def test_what_nobody_knows_is_said_to_be_unknown(window: Window, ports: Ports) -> None:
    found = lines(side_by_side(window, ports, MISTRAL, CLAUDE))
    assert found["Size"][1][1].endswith("Not stated")
    assert found["Weights"] == ("yes", ["Open", "Not published"])


def test_the_order_is_the_one_asked_for_and_one_can_be_left_out(window: Window, ports: Ports) -> None:
    page = side_by_side(window, ports, GPT_OSS, MISTRAL)
    assert lines(page)["Maker"][1] == ["OpenAI", "Mistral AI"]
    ids = {each: entry(ports, each).id for each in (GPT_OSS, MISTRAL)}
    assert f"/catalogue/compare?id={ids[MISTRAL]}" in page.links()
    assert f"/catalogue?id={ids[GPT_OSS]}&id={ids[MISTRAL]}" in page.links()


def test_more_than_four_is_told(window: Window, ports: Ports) -> None:
    page = side_by_side(window, ports, MISTRAL, GPT_OSS, CODESTRAL, CLAUDE, DEPRECATED)
    assert "1 more was chosen and is left out" in page.text
    assert len(lines(page)["Host"][1]) == 4


@pytest.mark.parametrize("query", ["", "?id=", "?id=nothing&id=%3Cb%3E"])
def test_without_an_entry_it_says_how_to_choose(window: Window, query: str) -> None:
    assert "Nothing to compare yet" in window.get(f"/catalogue/compare{query}").text


def test_one_alone_is_shown_and_asks_for_another(window: Window, ports: Ports) -> None:
    page = side_by_side(window, ports, MISTRAL)
    assert "There is one entry only." in page.text
    assert lines(page)["Host"] == ("no", ["vLLM"])
