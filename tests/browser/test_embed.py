"""The portal in a frame of another page, over https: same site and cross-site, third-party cookies blocked or not."""

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page, Request, expect

from app.cli import stand_in
from app.config import Settings
from app.factory import create_app
from tests.browser.frame_stage import MODES, Stage, framed, launch, stage
from tests.fakes.mock_op import Lies
from tests.fixtures.browsers import AXE, AXE_RULES, RUN_AXE

Open = Callable[..., Page]
# Two windows load all that a page needs, and the machine may have other things to do.
PATIENCE = 20_000
SIGN_IN = re.compile("^Sign in$")
ONCE_MORE = re.compile("^(Sign in|Try again|Sign in as somebody else)$")


def built(settings: Settings) -> Flask:
    return create_app(settings, evaluation=True)


@pytest.fixture(scope="module")
def stages(_sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Stage]]:
    """Both ways to deploy a frame, for all tests here."""
    with ExitStack() as stack:
        made = {}
        for mode in MODES:
            folder = tmp_path_factory.mktemp(mode)
            shutil.copy(_sqlite_template, folder / "modelport.db")
            made[mode] = stack.enter_context(stage(folder, mode, built))
        yield made


@pytest.fixture(scope="module")
def browsers(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[bool, BrowserContext]]:
    """A browser that blocks third-party cookies (True), and one that does not."""
    kinds = {blocking: tmp_path_factory.mktemp("profile") for blocking in (True, False)}
    made = {kind: launch(chromium.browser_type, folder, blocking=kind) for kind, folder in kinds.items()}
    yield made
    for each in made.values():
        each.close()


@pytest.fixture
def visit(stages: dict[str, Stage], browsers: dict[bool, BrowserContext]) -> Iterator[Open]:
    """Open the page around the portal with no cookies: `visit("cross-site", blocking=True)`."""
    used: list[BrowserContext] = []

    def open_page(mode: str, *, blocking: bool = True) -> Page:
        context = browsers[blocking]
        context.clear_cookies()
        used.append(context)
        page = context.new_page()
        page.goto(stages[mode].page)
        return page

    yield open_page
    for context in used:
        for page in context.pages[1:]:
            page.close()
    for each in stages.values():
        each.op.lies = Lies()


def sign_in(page: Page) -> FrameLocator:
    """Press the button, let the window do the rest."""
    frame = framed(page)
    with page.context.expect_page() as opened:
        frame.get_by_role("button", name=SIGN_IN).click()
    expect(frame.get_by_role("button", name="Pages")).to_be_visible(timeout=PATIENCE)
    assert opened.value.is_closed()
    return frame


@pytest.mark.parametrize("blocking", [True, False], ids=["blocked", "allowed"])
@pytest.mark.parametrize("mode", MODES)
def test_signing_in_and_out_in_the_frame(
    visit: Open, stages: dict[str, Stage], mode: str, blocking: bool, soak: Callable[[int], int]
) -> None:
    for _ in range(max(1, soak(5))):
        page = visit(mode, blocking=blocking)
        loads: list[Request] = []
        page.on(
            "request", lambda request, seen=loads: seen.append(request) if request.is_navigation_request() else None
        )
        frame = sign_in(page)
        # Nothing but the one page that follows, and the frame was never sent to the provider.
        assert [request.url for request in loads] == [f"{stages[mode].portal}/"]
        frame.get_by_role("button", name="Pages").click()
        frame.get_by_role("link", name="Endpoints", exact=True).click()
        expect(frame.get_by_role("heading", level=1)).to_have_text("Endpoints")
        page.reload()
        expect(frame.get_by_role("heading", level=1)).to_have_text("Endpoints")
        # The browser takes the two for what the test calls them, and blocks what it is said to block.
        assert loads[-1].header_value("sec-fetch-site") == mode
        page.frames[1].evaluate("document.cookie = 'plain=1; SameSite=None; Secure'")
        kept = page.frames[1].evaluate("document.cookie.includes('plain')")
        assert kept is not (blocking and mode == "cross-site")
        frame.get_by_role("button", name="Pages").click()
        frame.get_by_role("button", name="Sign out").click()
        expect(frame.get_by_role("heading", level=1)).to_have_text("You are signed out")
        assert all(request.url.startswith((stages[mode].portal, stages[mode].host)) for request in loads)


def test_other_origins_may_not_frame_us(visit: Open, stages: dict[str, Stage]) -> None:
    at = stages["same-site"]
    secure, plain = at.host.rpartition(":")[2], at.plain.rpartition(":")[2]
    wrong = {
        "another scheme": f"http://gitlab.localhost:{plain}",
        "another port": at.elsewhere,
        "a subdomain": f"https://sub.gitlab.localhost:{secure}",
        "a sibling": f"https://other.localhost:{secure}",
        "the parent domain": f"https://localhost:{secure}",
        "a longer name": f"https://gitlab.localhost.evil.localhost:{secure}",
    }
    page = visit("same-site")
    for case, origin in {**wrong, "right": at.host}.items():
        page.goto(origin + stand_in.PAGE)
        page.wait_for_function("() => document.readyState == 'complete'")
        framed_address = page.frames[1].url
        assert framed_address.startswith(at.portal if case == "right" else "chrome-error:"), (case, framed_address)


def test_a_window_that_is_blocked_or_closed_is_told_and_so_is_a_cookie_that_does_not_come(
    visit: Open, stages: dict[str, Stage]
) -> None:
    page = visit("cross-site")
    frame = framed(page)
    expect(frame.get_by_text("Window blocked?")).to_be_visible()
    expect(frame.get_by_role("link", name="Open in a full page")).to_have_attribute("target", "_blank")
    page.frames[1].evaluate("() => { window.kept = window.open; window.open = () => null; }")
    frame.get_by_role("button", name=SIGN_IN).click()
    expect(frame.get_by_text("Your browser blocked the window.")).to_be_visible()
    page.frames[1].evaluate("() => { window.open = window.kept; }")
    stages["cross-site"].op.lies = Lies(pages={"/authorize": (200, {"Content-Type": "text/html"}, b"Who are you?")})
    with page.context.expect_page() as opened:
        frame.get_by_role("button", name=SIGN_IN).click()
    expect(frame.get_by_text("Waiting for you")).to_be_visible()
    opened.value.close()
    expect(frame.get_by_text("The window is closed")).to_be_visible()
    stages["cross-site"].op.lies = Lies()
    page.route("**/auth/embed/handoff", lambda route: route.fulfill(status=204))
    frame.get_by_role("button", name=SIGN_IN).click()
    expect(frame.get_by_text("your browser keeps the cookie from this frame")).to_be_visible(timeout=PATIENCE)
    page.unroute("**/auth/embed/handoff")
    sign_in(page)


@pytest.fixture
def asking(_sqlite_template: Path, tmp_path: Path) -> Iterator[Stage]:
    """A portal whose operator lets frames ask the browser for the cookie of a full page."""
    shutil.copy(_sqlite_template, tmp_path / "modelport.db")
    with stage(
        tmp_path, "cross-site", lambda settings: built(settings.model_copy(update={"storage_access": True}))
    ) as made:
        yield made


def test_a_frame_may_ask_for_the_cookie_of_a_full_page_where_the_operator_allows_it(
    browsers: dict[bool, BrowserContext], asking: Stage
) -> None:
    context = browsers[True]
    context.clear_cookies()
    page = context.new_page()
    page.goto(asking.portal)
    page.get_by_role("link", name=SIGN_IN).click()
    expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=PATIENCE)
    page.goto(asking.page)
    frame = framed(page)
    expect(frame.get_by_role("button", name=SIGN_IN)).to_be_visible(timeout=PATIENCE)
    # What a person answers to the browser's own question.
    context.grant_permissions(["storage-access"], origin=asking.portal)
    windows = len(context.pages)
    frame.get_by_role("button", name=SIGN_IN).click()
    expect(frame.get_by_role("button", name="Pages")).to_be_visible(timeout=PATIENCE)
    assert len(context.pages) == windows
    page.close()
    context.clear_permissions()


FAILING = {
    "The identity provider is starting.": Lies(pages={"/jwks": (503, {}, b"")}),
    "The identity provider failed.": Lies(pages={"/token": (503, {}, b"")}),
    "No connection": Lies(hang="/token"),
    "did not let you in": Lies(answer={"error": "access_denied"}),
    "no role follows": Lies(userinfo={"groups": []}, claims={"groups": []}),
}


def test_a_provider_that_fails_is_told_in_the_window_which_tries_again(visit: Open, stages: dict[str, Stage]) -> None:
    at = stages["cross-site"]
    page = visit("cross-site")
    at.forget_provider()
    again: Page | None = None
    for said, lies in FAILING.items():
        at.op.lies = lies
        if again is None:
            with page.context.expect_page() as opened:
                framed(page).get_by_role("button", name=SIGN_IN).click()
            again = opened.value
        else:
            again.get_by_role("link", name=ONCE_MORE).click()
        expect(again.get_by_text(said).first).to_be_visible()
        if lies.pages.get("/jwks"):
            # It comes up: the window has noticed by itself.
            at.op.lies = Lies()
            expect(again.get_by_role("link", name=ONCE_MORE)).to_be_visible()
    at.op.lies = Lies()
    assert again is not None
    again.get_by_role("link", name=ONCE_MORE).click()
    expect(framed(page).get_by_role("button", name="Pages")).to_be_visible()


def test_forged_messages_are_ignored(visit: Open) -> None:
    page = visit("same-site")
    frame = framed(page)
    expect(frame.get_by_role("button", name=SIGN_IN)).to_be_visible()
    inner = page.frames[1]
    posted: list[str] = []
    page.on("request", lambda request: posted.append(request.url) if request.method == "POST" else None)
    # From the page around, which is trusted with the theme and with nothing else.
    inside = "document.getElementById('modelport').contentWindow"
    code = {"type": "modelport:code", "code": "a" * 43}
    for data in (code, None, 7, {"type": "modelport:theme", "theme": "constructor"}):
        page.evaluate(f"data => {inside}.postMessage(data, '*')", data)
    # From a frame beside ours, which has the origin of the page around but is not that page, and from our own window.
    page.evaluate("document.body.append(document.createElement('iframe'))")
    page.frames[2].evaluate("parent.frames[0].postMessage({type: 'modelport:theme', theme: 'dark'}, '*')")
    for data in (code, {"type": "modelport:theme", "theme": "dark"}):
        inner.evaluate("data => window.postMessage(data, '*')", data)
    page.wait_for_timeout(200)
    assert inner.evaluate("document.documentElement.className") == ""
    assert posted == []
    # And what the frame says counts from the frame alone.
    before = page.url
    page.evaluate("""() => window.postMessage({type: "modelport:path", path: "/forged"}, "*")""")
    page.wait_for_timeout(100)
    assert page.url == before


def test_the_frame_follows_the_theme_and_fits_its_height(visit: Open) -> None:
    page = visit("cross-site")
    frame = sign_in(page)
    page.get_by_label("Theme").select_option("dark")
    expect(frame.locator("html")).to_have_class("gl-dark")
    page.frames[1].goto(page.frames[1].url.rstrip("/") + "/help")
    expect(frame.get_by_role("heading", level=1)).to_have_text("Help")
    # The server knows it before any message comes.
    assert 'class="gl-dark"' in page.frames[1].evaluate(
        "fetch('/help', {headers: {'Modelport-Frame': '1'}}).then(a => a.text())"
    )
    page.wait_for_function("() => document.getElementById('modelport').clientHeight > 1500")
    fits = "document.documentElement.scrollHeight <= document.documentElement.clientHeight"
    assert page.frames[1].evaluate(fits)
    tall = page.evaluate("document.getElementById('modelport').clientHeight")
    frame.get_by_role("button", name="Pages").click()
    frame.get_by_role("link", name="Tokens", exact=True).click()
    page.wait_for_function(f"() => document.getElementById('modelport').clientHeight < {tall}")


@pytest.mark.parametrize("inside", [True, False], ids=["framed", "full page"])
def test_a_session_that_ends_in_mid_work_keeps_what_was_typed(
    visit: Open, stages: dict[str, Stage], inside: bool
) -> None:
    at = stages["cross-site"]
    page = visit("cross-site")
    where: Page | FrameLocator = page
    if inside:
        where = sign_in(page)
        page.frames[1].goto(f"{at.portal}/endpoints/new")
    else:
        page.goto(f"{at.portal}/auth/login?go=1&next=/endpoints/new")
    where.get_by_label("Name", exact=True).fill("Typed before the session ended")
    at.end_sessions()
    where.get_by_role("button", name="Create endpoint").click()
    expect(where.get_by_text("Your session has ended.")).to_be_visible()
    with page.context.expect_page():
        where.get_by_role("button", name=SIGN_IN).click()
    expect(where.get_by_text("Signed in as Ada Admin.")).to_be_visible()
    expect(where.get_by_label("Name", exact=True)).to_have_value("Typed before the session ended")
    where.get_by_role("button", name="Create endpoint").click()
    # The server looks at the form once more, and finds what is still missing.
    expect(where.get_by_text("Signed in as Ada Admin.")).to_be_hidden()
    expect(where.get_by_label("Name", exact=True)).to_have_value("Typed before the session ended")
    expect(where.locator("[aria-invalid=true]").first).to_be_visible()


def test_buttons_that_matter_wait_until_they_were_seen(visit: Open, stages: dict[str, Stage]) -> None:
    page = visit("same-site")
    frame = sign_in(page)
    page.frames[1].goto(f"{stages['same-site'].portal}/help/components")
    button = frame.get_by_role("button", name="Delete", exact=True).first
    expect(button).to_be_disabled()
    expect(button).to_be_enabled(timeout=3000)
    page.goto(f"{stages['same-site'].portal}/help/components")
    expect(page.get_by_role("button", name="Delete", exact=True).first).to_be_enabled(timeout=1)


def test_nothing_serious_is_wrong_for_those_who_do_not_see_it(visit: Open) -> None:
    page = visit("cross-site")
    for prepare in (
        lambda: expect(framed(page).get_by_role("button", name=SIGN_IN)).to_be_visible(),
        lambda: sign_in(page),
    ):
        prepare()
        page.frames[1].evaluate(AXE.read_text(encoding="utf-8"))
        assert page.frames[1].evaluate(RUN_AXE, [None, AXE_RULES]) == []
