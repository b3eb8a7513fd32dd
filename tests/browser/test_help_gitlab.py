"""Searching what goes wrong in GitLab, in a real browser."""

import re

from playwright.sync_api import expect

from tests.fixtures.browsers import Open
from tests.fixtures.portal import LivePortal, SignIn


def test_the_page_is_accessible_and_fits_with_its_rows_open(
    browser: Open, sign_in: SignIn, live_portal: LivePortal
) -> None:
    visit = sign_in(browser(), "vi")
    for query in ("", "?q=A1003", "?q=elephant"):
        visit.page.goto(f"{live_portal.origin}/help/gitlab{query}")
        visit.page.locator("details").evaluate_all("rows => rows.forEach(row => row.open = true)")
        visit.check_looks()


def test_typing_narrows_the_list_and_an_emptied_search_brings_it_back(
    browser: Open, sign_in: SignIn, live_portal: LivePortal
) -> None:
    page = sign_in(browser(), "vi").page
    page.goto(f"{live_portal.origin}/help/gitlab")
    rows = page.locator("#rows details")
    expect(rows).to_have_count(38)
    page.get_by_role("searchbox").press_sequentially("a1003", delay=20)
    expect(rows).to_have_count(1)
    expect(page.get_by_text("DISABLE_STREAMING=true")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/help/gitlab\?q=a1003$"))
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.get_by_role("searchbox").fill("elephant")
    expect(page.get_by_role("heading", name="Nothing matches")).to_be_visible()
    page.get_by_role("searchbox").fill("")
    expect(rows).to_have_count(38)


def test_a_link_to_a_symptom_opens_it(browser: Open, sign_in: SignIn, live_portal: LivePortal) -> None:
    page = sign_in(browser(), "vi").page
    page.goto(f"{live_portal.origin}/help/gitlab#answers-cut-off")
    summary = page.locator("summary", has_text="Answers are cut off")
    expect(page.locator("#answers-cut-off")).to_be_visible()
    expect(summary).to_be_in_viewport()
    expect(page.locator("details[open]")).to_have_count(1)


def test_without_a_script_the_search_is_a_form(browser: Open, sign_in: SignIn, live_portal: LivePortal) -> None:
    page = sign_in(browser(javascript=False, width=320), "vi").page
    page.goto(f"{live_portal.origin}/help/gitlab")
    page.get_by_role("searchbox").fill("Bedrock denies")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("#rows details")).to_have_count(1)
    expect(page.locator("#bedrock-access-denied")).to_be_visible()
