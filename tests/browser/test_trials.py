"""Tries of prompts in a real browser: chosen, watched, marked blind, with a fake server and with llama.cpp."""

import os
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from app.cli.model_server import ModelServer
from app.domain.roles import Actor
from app.services.ports import Ports
from tests.fakes.trial_scripts import CHATTY, GOOD, drips, first_and_other, hangs
from tests.fakes.upstream import Upstream
from tests.fixtures.browsers import LOOKS
from tests.fixtures.served import Enter, app, enter, settings
from tests.fixtures.stock import UNLISTED, add_endpoint, marked

__all__ = ["app", "enter", "settings"]
SHOTS = os.environ.get("SHOTS", "")


@pytest.fixture
def server() -> Iterator[Upstream]:
    with Upstream(first_and_other(drips(*GOOD), drips(*CHATTY))) as upstream:
        yield upstream


@pytest.fixture
def pair(ports: Ports, ada: Actor, server: Upstream) -> str:
    """The form's address with two families on one endpoint."""
    endpoint = add_endpoint(ports, ada, "Quartz", base_url=server.url, **UNLISTED)
    chosen = f"endpoint={endpoint}&family=mistral&other_endpoint={endpoint}&other_family=claude_3"
    return f"/tries/new?feature=generate_commit_message&{chosen}"


@LOOKS
def test_two_answers_are_watched_and_marked_blind(enter: Enter, ada: Actor, pair: str, theme: str, width: int) -> None:
    visit = enter(ada, pair, theme=theme, width=width)
    page = visit.page
    visit.check_axe()
    visit.check_width()
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/form-{theme}-{width}.png", full_page=True)
    page.get_by_role("button", name="Try it").click()
    expect(page.locator("#answer-a")).to_contain_text(re.compile("feat:|Sure"))
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/running-{theme}-{width}.png", full_page=True)
    expect(page.locator("#standing")).to_contain_text("Which is better?")
    assert not re.search("Mistral|Claude|Quartz|tokens", page.locator("#try").inner_text())
    visit.check_axe()
    visit.check_width()
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/blind-{theme}-{width}.png", full_page=True)
    page.get_by_role("button", name="A is better").click()
    expect(page.locator("#answer-a")).to_contain_text(re.compile("Mistral|Claude"))
    expect(page.locator("#standing")).to_be_focused()
    visit.check_axe()
    visit.check_width()
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/marked-{theme}-{width}.png", full_page=True)


def test_another_feature_brings_its_own_inputs_and_keeps_who_answers(enter: Enter, ada: Actor, pair: str) -> None:
    page = enter(ada, pair).page
    page.get_by_label("Feature").select_option("duo_chat")
    expect(page.locator("#input_question")).not_to_be_empty()
    expect(page.locator("#other_family")).to_have_value("claude_3")
    expect(page.locator("#feature")).to_be_visible()


def test_the_tally_stands_on_the_endpoints_page_and_form(enter: Enter, ada: Actor, ports: Ports) -> None:
    endpoint = add_endpoint(ports, ada, "Quartz", identifier="mistral-small")
    marked(ports, endpoint, 4, 1)
    visit = enter(ada, f"/endpoints/{endpoint}")
    for path, place in (("", "#marks"), ("/edit", "#choice")):
        visit.page.goto(visit.page.url.removesuffix("/edit") + path)
        expect(visit.page.locator(place)).to_contain_text("4 of 5 blind marks preferred Mistral here.")
        visit.check_looks()
        if SHOTS:
            visit.page.screenshot(path=f"{SHOTS}/tally{path.strip('/')}.png", full_page=True)


def test_an_input_may_be_as_long_as_its_limit(enter: Enter, ada: Actor, pair: str, server: Upstream) -> None:
    page = enter(ada, pair).page
    page.locator("#input_diff").evaluate("each => { each.value = '+ ä\\n'.repeat(90000) }")
    page.get_by_role("button", name="Try it").click()
    expect(page.locator("#standing")).to_contain_text("Which is better?")
    assert "+ ä\n" * 90_000 in server.bodies[0]["messages"][-1]["content"]


def test_a_try_without_javascript(enter: Enter, ada: Actor, pair: str) -> None:
    page = enter(ada, pair, javascript=False).page
    page.get_by_role("button", name="Try it").click()
    page.get_by_role("button", name="Neither is better").click()
    expect(page.locator("#standing")).to_have_text("You found neither better.")


def test_a_try_that_hangs_is_stopped(enter: Enter, ada: Actor, pair: str, server: Upstream) -> None:
    server.script = hangs
    page = enter(ada, pair).page
    page.get_by_role("button", name="Try it").click()
    expect(page.locator("#answer-b")).to_contain_text("It began")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#answer-b")).to_contain_text("Stopped")
    expect(page.get_by_role("button", name="A is better")).to_have_count(0)


def test_one_answer_of_the_real_server(enter: Enter, ada: Actor, ports: Ports, model_server: ModelServer) -> None:
    endpoint = add_endpoint(
        ports,
        ada,
        "Llama",
        server="llama_cpp",
        base_url=model_server.url,
        identifier=model_server.served_name,
        **UNLISTED,
    )
    visit = enter(ada, f"/tries/new?feature=duo_chat&endpoint={endpoint}&family=other")
    visit.page.get_by_role("button", name="Try it").click()
    answer = visit.page.locator("#answer")
    expect(answer).to_have_attribute("data-state", re.compile("answered|failed"), timeout=60_000)
    expect(answer).to_have_attribute("data-state", "answered")
    expect(answer).to_contain_text(re.compile(r"\d read, [\d,]+ written"))
    assert "estimated" not in answer.inner_text()
    visit.check_axe()
    if SHOTS:
        visit.page.screenshot(path=f"{SHOTS}/real.png", full_page=True)
