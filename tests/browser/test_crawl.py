"""Every page in a real browser: no breach of the policy, accessible in light and dark, and no wider than a phone."""

import json
from collections.abc import Iterator
from http.server import ThreadingHTTPServer

from flask import Flask
from playwright.sync_api import Frame, Page

from app.cli import stand_in
from app.config import Settings
from app.domain.roles import Actor
from app.services.ports import Ports
from tests.fixtures.browsers import AXE, AXE_RULES, OF_COLOURS, RUN_AXE, Open, Visit
from tests.fixtures.every_page import every_page, stock
from tests.fixtures.portal import OpenWindow
from tests.fixtures.served import Enter, app, enter, serving, settings

__all__ = ["app", "enter", "settings"]
# What acts at a press and cannot be come to with the keyboard, or has no name to be read by.
UNREACHABLE = """() => {
  const acts = [...document.querySelectorAll("*")].filter((each) =>
    ["hx-get", "hx-post", "hx-put", "hx-patch", "hx-delete"].some((name) => each.hasAttribute(name)) &&
    !/load|every|revealed|from:|app:/.test(each.getAttribute("hx-trigger") ?? ""));
  const stops = "a[href], button, input, select, textarea, summary, form, [tabindex='0']";
  const lost = acts.filter((each) => !each.matches(stops));
  const ahead = [...document.querySelectorAll("[tabindex]")].filter((each) => each.tabIndex > 0);
  const dead = [...document.querySelectorAll("a:not([href])")];
  return [...lost, ...ahead, ...dead].map((each) => `no plain stop: ${each.outerHTML.slice(0, 160)}`);
}"""
# Of each kind one.
WRONG = """<!doctype html><html lang="en"><title>Wrong</title><main><h1>Wrong</h1><button></button><img src="data:,">
<div hx-get="/x">press</div><a>dead</a><p style="color: #aaa; background: #fff">faint</p>
<div style="width: 900px; height: 1px; background: #000"></div></main></html>"""
# Chromium focuses nothing by itself in a foreign frame, and a page that asks for news is left in the middle of it.
OF_FRAMES = ("Blocked autofocusing", "htmx:error: Failed to fetch")
SPARE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def faults(page: Page) -> Iterator[str]:
    """What is wrong with the open page: as it is light and wide, then dark and narrow."""
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    yield from (f"light: {each}" for each in page.evaluate(RUN_AXE, [None, AXE_RULES]))
    yield from page.evaluate(UNREACHABLE)
    page.set_viewport_size({"width": 320, "height": 900})
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    yield from (f"dark: {each}" for each in page.evaluate(RUN_AXE, [None, OF_COLOURS]))
    if (spare := page.evaluate(SPARE)) > 0:
        yield f"scrolls sideways by {spare}"


def faults_within(frame: Frame) -> Iterator[str]:
    """What is wrong with the page in a frame as narrow as a phone, dark as the page around it."""
    frame.page.set_viewport_size({"width": 360, "height": 900})
    frame.page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    frame.evaluate(AXE.read_text(encoding="utf-8"))
    yield from frame.evaluate(RUN_AXE, [None, AXE_RULES])
    if (spare := frame.evaluate(SPARE)) > 0:
        yield f"scrolls sideways by {spare}"


def crawl(visit: Visit, origin: str, addresses: list[str], *, framed: bool = False) -> dict[str, list[str]]:
    """The faults of each page that has some, those that the browser complains of among them."""
    found: dict[str, list[str]] = {}
    shown = visit.page.frames[1] if framed else visit.page
    for address in addresses:
        shown.goto(origin + address)
        told = [*(faults_within(shown) if isinstance(shown, Frame) else faults(shown)), *visit.problems]
        if framed:
            told = [each for each in told if not any(words in each for words in OF_FRAMES)]
        visit.problems.clear()
        if told:
            found[address] = told
    return found


def test_every_page_of_an_admin_keeps_the_policy_and_is_accessible(
    app: Flask, ports: Ports, ada: Actor, enter: Enter, window_of: OpenWindow
) -> None:
    addresses = every_page(app, window_of(ada), stock(ports, ada))
    assert len(addresses) > 40
    found = crawl(enter(ada, "/"), ports.origin, addresses)
    assert found == {}, json.dumps(found, indent=1)


def test_every_page_keeps_the_policy_and_is_accessible_in_a_frame(
    app: Flask, ports: Ports, ada: Actor, enter: Enter, window_of: OpenWindow, settings: Settings
) -> None:
    class Around(stand_in.Handler):
        portal = ports.origin

    (host,) = settings.embed_origins
    addresses = every_page(app, window_of(ada), stock(ports, ada))
    visit = enter(ada, "/")
    with serving(ThreadingHTTPServer(("127.0.0.1", int(host.rpartition(":")[2])), Around)):
        visit.page.goto(host + stand_in.PAGE)
        found = crawl(visit, ports.origin, addresses, framed=True)
        assert found == {}, json.dumps(found, indent=1)


def test_the_crawl_sees_what_is_wrong(browser: Open) -> None:
    page = browser().page
    page.set_content(WRONG)
    told = "\n".join(faults(page))
    for fault in ("button-name", "image-alt", "no plain stop: <div hx-get", "no plain stop: <a>", "scrolls sideways"):
        assert fault in told
    assert told.count("color-contrast") == 2
