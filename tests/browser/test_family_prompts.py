"""Prompts in the open, in a real browser: wide and narrow, with and without a script, to the character."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from app.data.facts import Facts
from app.domain.roles import Actor
from app.services.ports import Ports
from tests.fixtures.prompts import FILES, facts_with
from tests.fixtures.served import Enter, app, enter, models, settings
from tests.fixtures.stock import add_endpoint

__all__ = ["app", "enter", "models", "settings"]

GAP = "/families/codestral/prompts/code_completions"
PAGES = (
    "/families", "/families/codestral", GAP, "/families/mixtral/prompts/duo_agent_platform",
    "/families/mixtral/prompts/summarize_review", "/families/mistral/changes", "/families/mixtral/changes/duo_chat",
)  # fmt: skip


@pytest.fixture
def facts(tmp_path: Path) -> Facts:
    return facts_with(tmp_path, FILES, "summarize_review/base/user.jinja")


def test_every_page_is_accessible_and_fits(enter: Enter, ports: Ports, ada: Actor) -> None:
    add_endpoint(ports, ada, "An endpoint with a name that is longer than most selects are wide")
    visit = enter(ada, "/families")
    origin = visit.page.url.removesuffix("/families")
    for path in PAGES:
        visit.page.goto(origin + path)
        visit.page.locator("details").evaluate_all("rows => rows.forEach(row => row.open = true)")
        visit.check_looks()


def test_own_input_is_shown_to_the_character_and_faults_leave_the_preview(enter: Enter, vi: Actor) -> None:
    visit = enter(vi, GAP)
    page = visit.page
    before, sent = page.get_by_label("Before the cursor"), page.locator("pre[data-message=user]")
    before.fill("\n\tif a  <b>:\n  ")
    page.get_by_label("After the cursor").fill("\n\n")
    button = page.get_by_role("button", name="Show what is sent")
    button.click()
    expect(page.get_by_role("heading", name="As sent").locator("..")).to_contain_text("With your input")
    expect(page.get_by_text("Shown with your input.")).to_be_visible()
    shown = "<s>[SUFFIX]\n\n[PREFIX]\n\tif a  <b>:\n  "
    assert sent.evaluate("each => each.textContent") == shown
    assert before.input_value() == "\n\tif a  <b>:\n  "
    expect(button).to_be_focused()
    visit.expect_status(422)
    before.fill("x" * 60_001)
    button.click()
    expect(page.locator("#in-prefix-error")).to_contain_text("use 60,000 characters at most")
    expect(before).to_be_focused()
    assert sent.evaluate("each => each.textContent") == shown
    visit.check_axe()
    before.fill("y")
    button.click()
    expect(page.locator("#in-prefix-error")).to_be_empty()
    expect(sent).to_contain_text("[PREFIX]y")
    page.get_by_role("link", name="Back to the sample").click()
    expect(sent).to_contain_text("class Line")


def test_choosing_another_family_compares_anew(enter: Enter, vi: Actor) -> None:
    page = enter(vi, "/families/mixtral/changes/duo_chat").page
    expect(page.locator("#change del")).to_have_count(6)
    page.get_by_label("Compared with").select_option("mistral")
    expect(page.get_by_role("status").filter(has_text="only with Mistral")).to_be_visible()
    expect(page.locator("#change del")).to_have_count(2)
    expect(page).to_have_url(re.compile(r"\?from=mistral$"))
    page.get_by_role("link", name="What it changes").click()
    expect(page.get_by_role("heading", name="What Mixtral changes")).to_be_visible()


def test_without_a_script_previews_and_comparisons_are_forms(enter: Enter, vi: Actor) -> None:
    page = enter(vi, GAP, javascript=False, width=320).page
    page.get_by_label("Before the cursor").fill("return ")
    page.get_by_label("After the cursor").fill("")
    page.get_by_role("button", name="Show what is sent").click()
    expect(page.locator("pre[data-message=user]")).to_have_text("<s>[SUFFIX][PREFIX]return ", use_inner_text=False)
    page.get_by_role("link", name="What this choice changes").click()
    page.get_by_label("Compared with").select_option("mistral")
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_text("Not a line differs.")).to_be_visible()


def test_a_narrow_matrix_shows_what_is_more_than_base(enter: Enter, vi: Actor) -> None:
    page = enter(vi, "/families", width=320).page
    row = page.locator("#of-duo_chat")
    expect(row.locator("td:visible")).to_have_count(3)
    row.get_by_label("All families").check()
    expect(row.locator("td:visible")).to_have_count(12)
    row.get_by_role("link", name=re.compile("Mixtral")).click()
    expect(page.get_by_role("heading", name="General Chat")).to_be_visible()
