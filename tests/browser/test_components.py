"""The components page in a real browser: the look in each theme and width, and what the script does."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.fixtures.browsers import Open, Visit
from tests.fixtures.portal import LivePortal, SignIn

# What somebody might smuggle into a fragment. Each line would act on its own if it were let through.
SMUGGLED = """<form id="sample-dialog"><div data-slot></div>
<div hx-get="/smuggled?bare" hx-trigger="load">bare</div>
<div data-hx-get="/smuggled?data" hx-trigger="load">data</div>
<div hx-nonce="guessed" hx-get="/smuggled?guessed" hx-trigger="load">guessed</div>
<div hx-sse:connect="/smuggled?stream">stream</div>
<div hx-multipart:connect="/smuggled?parts">parts</div>
<a hx-boost:inherited="true" href="/smuggled?boost">boost</a>
<p id="stolen" hx-swap-oob="innerHTML:#main">stolen</p>
<hx-partial hx-target="#main">stolen too</hx-partial>
</form>"""
BACKGROUND = "getComputedStyle(document.querySelector('main')).backgroundColor"


@pytest.fixture
def visit(browser: Open, sign_in: SignIn, live_portal: LivePortal) -> Visit:
    """Vi at the components page."""
    return arrive(sign_in(browser(), "vi"), live_portal)


def arrive(visit: Visit, portal: LivePortal, query: str = "") -> Visit:
    visit.page.goto(f"{portal.origin}/help/components{query}")
    return visit


def open_dialog(page: Page) -> None:
    page.get_by_role("button", name="Open the dialog").click()


def test_every_component_is_accessible_and_fits(browser: Open, sign_in: SignIn, live_portal: LivePortal) -> None:
    visit = arrive(sign_in(browser(), "vi"), live_portal)
    visit.check_looks()
    for path in ("/help", "/help/components?theme=dark", "/help/components?theme=light"):
        visit.page.goto(live_portal.origin + path)
        visit.check_looks()


def test_without_a_choice_the_page_follows_the_system_without_a_script(
    browser: Open, sign_in: SignIn, live_portal: LivePortal
) -> None:
    grounds = []
    for theme in ("light", "dark"):
        visit = arrive(sign_in(browser(theme=theme, javascript=False), "vi"), live_portal)
        grounds.append(visit.page.locator("main").evaluate("main => getComputedStyle(main).backgroundColor"))
    assert grounds[0] == "rgb(255, 255, 255)"
    assert grounds[1] != grounds[0]


def test_a_chosen_theme_is_there_at_once_and_after_a_reload(visit: Visit) -> None:
    page = visit.page
    light = page.evaluate(BACKGROUND)
    page.get_by_role("button", name="Theme").click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_class("gl-dark")
    dark = page.evaluate(BACKGROUND)
    page.reload()
    assert page.evaluate(BACKGROUND) == dark != light


def test_the_dialog_takes_the_focus_keeps_a_refused_form_and_gives_the_focus_back(visit: Visit) -> None:
    page = visit.page
    visit.expect_status(422)
    open_dialog(page)
    name = page.locator("#dialog-name")
    expect(name).to_be_focused()
    name.fill("x" * 41)
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#dialog-name-error")).to_contain_text("40 characters")
    expect(name).to_be_focused()
    visit.check_axe("#dlg")
    name.fill("Mistral")
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("Mistral was read")
    expect(page.get_by_role("button", name="Open the dialog")).to_be_focused()


def test_escape_closes_the_dialog_which_does_not_show_its_old_content_again(visit: Visit) -> None:
    page = visit.page
    open_dialog(page)
    page.locator("#dialog-name").fill("half a name")
    page.keyboard.press("Escape")
    expect(page.locator("#dlg")).not_to_be_visible()
    open_dialog(page)
    expect(page.locator("#dialog-name")).to_have_value("")


def test_a_question_is_asked_before_the_act_and_escape_is_a_no(visit: Visit) -> None:
    page = visit.page
    page.locator("#ask").click()
    expect(page.locator("#question-text")).to_have_text("Shall the toast be shown?")
    visit.check_axe("#question")
    page.keyboard.press("Escape")
    expect(page.locator("#ask")).to_be_focused()
    expect(page.locator("#toasts")).to_be_empty()
    page.locator("#ask").click()
    page.locator("#question-yes").click()
    expect(page.locator("#toasts")).to_contain_text("goes by itself")


def test_a_value_is_copied_and_the_toast_can_be_dismissed(visit: Visit) -> None:
    page = visit.page
    visit.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy: Model identifier").click()
    expect(page.locator("#toasts")).to_contain_text("Copied")
    assert visit.copied() == "custom_openai/mistral-small-24b-2506"
    page.locator("#toasts").get_by_role("button", name="Dismiss").click()
    expect(page.locator("#toasts")).to_be_empty()


def test_a_proxys_error_page_is_reported_and_not_swapped_in(visit: Visit) -> None:
    page = visit.page
    visit.expect_status(502)
    page.route("**/components/toast", lambda route: route.fulfill(status=502, body="<h1>Bad Gateway</h1>"))
    page.locator("#show-toast").click()
    expect(page.locator("#alerts")).to_contain_text("could not answer (502)")
    expect(page.get_by_role("heading", name="Bad Gateway")).to_have_count(0)
    page.unroute("**/components/toast")
    page.locator("#show-toast").click()
    expect(page.locator("#alerts")).to_be_empty()


def test_an_error_while_a_dialog_is_open_is_said_inside_it(visit: Visit) -> None:
    page = visit.page
    visit.expect_status(502)
    open_dialog(page)
    page.locator("#dialog-name").fill("Mistral")
    page.route("**/components/dialog", lambda route: route.fulfill(status=502, body="x"))
    page.locator("#dialog-name").press("Enter")
    expect(page.locator("#dlg [data-slot]")).to_contain_text("could not answer (502)")


def test_what_is_smuggled_into_a_fragment_sends_nothing_and_replaces_nothing(visit: Visit) -> None:
    page = visit.page
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))

    def answer(route: Route) -> None:
        policy = {"Content-Security-Policy": "script-src 'nonce-fragment'", "Content-Type": "text/html"}
        route.fulfill(body=SMUGGLED, headers=policy)

    page.route("**/components/dialog", answer)
    open_dialog(page)
    expect(page.get_by_text("guessed", exact=True)).to_be_visible()
    page.wait_for_timeout(500)
    assert not [url for url in sent if "smuggled" in url]
    expect(page.locator("#buttons")).to_be_attached()


def test_on_a_narrow_screen_the_navigation_is_a_drawer(browser: Open, sign_in: SignIn, live_portal: LivePortal) -> None:
    visit = arrive(sign_in(browser(width=320), "vi"), live_portal)
    navigation = visit.page.locator("#nav")
    expect(navigation).not_to_be_visible()
    visit.page.get_by_role("button", name="Open navigation").click()
    expect(navigation).to_be_visible()
    visit.check_axe("#nav")
    visit.page.keyboard.press("Escape")
    expect(navigation).not_to_be_visible()


def test_the_first_stop_of_the_keyboard_leads_past_the_navigation(visit: Visit) -> None:
    page = visit.page
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
