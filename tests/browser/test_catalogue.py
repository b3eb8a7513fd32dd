"""The catalogue in a real browser: typed, ticked, voted, reported; wide and narrow, with and without a script."""

import re

import pytest
from playwright.sync_api import expect

from app.domain.roles import Actor
from app.services.ports import Ports
from tests.fixtures.catalogue import DEPRECATED, GPT_OSS, MISTRAL, entry, report_elsewhere, shelf
from tests.fixtures.findings import SUITED, measure
from tests.fixtures.served import Enter, app, enter, models, settings
from tests.fixtures.stock import add_endpoint, assign

__all__ = ["app", "enter", "models", "settings"]
ASKED = "/catalogue?host=vllm&want=code_completion&gpus=2x+A100+40+GB"


@pytest.fixture
def tested(ports: Ports, ada: Actor) -> str:
    """The shelf with reports and an endpoint whose test has ended; its id."""
    shelf(ports)
    report_elsewhere(ports, entry(ports, MISTRAL).id, "notes", 3)
    endpoint_id = add_endpoint(ports, ada, "In Frankfurt")
    assign(ports, ada, "duo_chat", endpoint_id)
    measure(ports, ada, endpoint_id, *SUITED)
    return endpoint_id


def test_every_page_is_accessible_and_fits(enter: Enter, ports: Ports, ada: Actor, tested: str) -> None:
    visit = enter(ada, ASKED)
    visit.expect_status(422)
    origin = visit.page.url.removesuffix(ASKED)
    ids = "&".join(f"id={entry(ports, each).id}" for each in (MISTRAL, GPT_OSS, DEPRECATED))
    for path in (
        ASKED, "/catalogue?gpus=many+cards&tier=supported", "/catalogue?host=ollama",
        f"/catalogue/vllm/{MISTRAL[1]}", f"/catalogue/vllm/{DEPRECATED[1]}", f"/catalogue/compare?{ids}",
        f"/catalogue/report?endpoint={tested}", "/help#ratings",
    ):  # fmt: skip
        visit.page.goto(origin + path)
        visit.check_looks()


def test_the_answer_comes_while_one_types_and_the_address_says_it(enter: Enter, ports: Ports, vi: Actor) -> None:
    shelf(ports)
    page = enter(vi, "/catalogue").page
    page.get_by_label("I run").select_option("vllm")
    expect(page.get_by_text(re.compile(r"of 61 entries run on vLLM\."))).to_be_visible()
    page.get_by_label("My GPUs").press_sequentially("2x A100 40 GB")
    expect(page.get_by_text(re.compile("run on vLLM and fit 2 \u00d7 A100 40 GB"))).to_be_visible()
    expect(page).to_have_url(re.compile(r"\?host=vllm&gpus=2x\+A100\+40\+GB$"))
    expect(page.get_by_label("My GPUs")).to_be_focused()
    page.get_by_label("My GPUs").fill("rubbish")
    expect(page.locator("#f-gpus-error")).to_contain_text("Write the GPUs as")
    page.get_by_label("My GPUs").fill("80 GB")
    expect(page.locator("#f-gpus-error")).to_be_empty()
    page.get_by_role("link", name=re.compile("^vLLM")).first.click()
    expect(page.get_by_label("I run")).to_have_value("")


def test_what_is_ticked_stays_ticked_over_other_answers_and_is_compared(enter: Enter, ports: Ports, vi: Actor) -> None:
    shelf(ports)
    page = enter(vi, "/catalogue?host=vllm&sort=name").page
    page.get_by_label("Compare Codestral 22B v0.1 on vLLM").check()
    search = page.get_by_label("Search models")
    search.fill("gpt-oss")
    expect(page.locator("tbody tr")).to_have_count(2)
    page.get_by_label("Compare GPT-oss-120B on vLLM").check()
    search.fill("")
    expect(page.get_by_label("Compare Codestral 22B v0.1 on vLLM")).to_be_checked()
    page.get_by_role("button", name="Compare what is ticked").click()
    expect(page.locator("thead th")).to_have_count(3)
    maker = page.locator("tr", has=page.get_by_role("rowheader", name=re.compile("^Maker")))
    licence = page.locator("tr", has=page.get_by_role("rowheader", name=re.compile("^Weights")))
    expect(licence).to_be_visible()
    page.get_by_text("Show what differs alone").click()
    expect(maker).to_be_visible()
    expect(licence).to_be_hidden()


def test_votes_by_keyboard_keep_the_focus(enter: Enter, ports: Ports, vi: Actor) -> None:
    shelf(ports)
    page = enter(vi, f"/catalogue/vllm/{MISTRAL[1]}").page
    button = page.get_by_role("button", name=re.compile("We want this supported"))
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="We want this supported, 1", pressed=True)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="We want this supported, 0", pressed=False)).to_be_focused()
    assert entry(ports, MISTRAL).votes == 0


def test_a_test_becomes_a_report_and_is_taken_back(enter: Enter, ada: Actor, tested: str) -> None:
    visit = enter(ada, f"/endpoints/{tested}")
    page = visit.page
    page.get_by_role("link", name="Report this test to the catalogue").click()
    visit.expect_status(422)
    page.get_by_role("textbox", name="Note").fill("see http://10.0.0.1")
    page.get_by_role("button", name="Show what would be sent").click()
    expect(page.locator("#note-error")).to_contain_text("Leave out addresses")
    expect(page.get_by_role("textbox", name="Note")).to_be_focused()
    page.get_by_role("textbox", name="Note").fill("All of it works.")
    page.get_by_role("button", name="Show what would be sent").click()
    visit.check_axe()
    page.get_by_role("button", name="Send report").click()
    expect(page.locator("#toasts")).to_contain_text("Your report is stored and counts.")
    expect(page.get_by_text("All of it works.")).to_be_visible()
    page.get_by_role("button", name="Take it back").click()
    page.get_by_role("button", name="Go on").click()
    expect(page.locator("#toasts")).to_contain_text("Your report was taken back.")
    expect(page.get_by_text("All of it works.")).to_have_count(0)


def test_without_a_script_it_finds_compares_and_votes(enter: Enter, ports: Ports, vi: Actor) -> None:
    shelf(ports)
    page = enter(vi, "/catalogue", javascript=False, width=320).page
    page.get_by_label("I run").select_option("vllm")
    page.get_by_label("I want").select_option("code_completion")
    page.get_by_label("My GPUs").fill("2x A100 40 GB")
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_role("status").first).to_contain_text(re.compile(r"^\d+ of 61 entries run on vLLM, are stated"))
    page.get_by_role("button", name=re.compile("for GPT-oss-120B")).click()
    expect(page).to_have_url(re.compile(r"/catalogue\?host=vllm"))
    assert entry(ports, GPT_OSS).votes == 1
    for name in ("GPT-oss-120B", "Codestral 22B v0.1"):
        page.get_by_label(f"Compare {name} on vLLM").check()
    page.get_by_role("button", name="Compare what is ticked").click()
    expect(page.locator("thead th")).to_have_count(3)
