"""The endpoint's pages where things are not as usual: two windows, an ended session, no script, a frame."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Response
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server

from app.config import Settings
from app.domain.roles import Actor
from app.queries import endpoints as query
from app.queries.endpoints import Filter
from app.services import endpoints
from app.services.ports import Ports
from tests.fakes.fault_server import FaultServer
from tests.fakes.faults import Fault
from tests.fixtures.served import SERVER_KEY, Enter, app, enter, models, serving, settings, stored

__all__ = ["app", "enter", "models", "settings"]


def test_two_windows_meet_and_both_versions_are_shown(
    enter: Enter, ports: Ports, ada: Actor, ed: Actor, models: FaultServer
) -> None:
    (endpoint_id,) = stored(ports, ed, models, "one")
    mine, theirs = (enter(actor, f"/endpoints/{endpoint_id}/edit") for actor in (ed, ada))
    mine.expect_status(409)
    theirs.page.get_by_label(re.compile("Owner")).fill("Adas team")
    theirs.page.get_by_role("button", name="Save changes").click()
    expect(theirs.page.get_by_role("heading", level=1)).to_have_text("one")
    mine.page.get_by_label(re.compile("Owner")).fill("Eds team")
    mine.page.get_by_label(re.compile("API key")).fill("sk-typed")
    mine.page.get_by_role("button", name="Save changes").click()
    expect(mine.page.locator("#conflict")).to_contain_text("Adas team")
    expect(mine.page.get_by_label(re.compile("API key"))).to_have_value("sk-typed")
    mine.check_axe()
    mine.page.get_by_role("button", name="Save changes").click()
    expect(mine.page.locator("#facts")).to_contain_text("Eds team")


def test_a_watched_test_says_when_the_session_is_gone_and_asks_no_more(
    enter: Enter, ports: Ports, ed: Actor, models: FaultServer
) -> None:
    models.behave(Fault.HANG)
    (endpoint_id,) = stored(ports, ed, models, "one")
    visit = enter(ed, f"/endpoints/{endpoint_id}")
    visit.expect_status(401)
    visit.page.get_by_role("button", name="Test now").click()
    expect(visit.page.get_by_role("button", name="Stop")).to_be_visible()
    visit.context.clear_cookies()
    expect(visit.page.locator("#test")).to_contain_text("Sign in to go on")
    asked: list[str] = []
    visit.page.on("request", lambda request: asked.append(request.url))
    visit.page.wait_for_timeout(1200)
    assert asked == []


def test_everything_works_without_a_script(enter: Enter, ports: Ports, ada: Actor, models: FaultServer) -> None:
    stored(ports, ada, models, "alpha one", "beta two")
    visit = enter(ada, "/endpoints?q=beta", javascript=False, width=320)
    visit.expect_status(409, 422)
    page = visit.page
    expect(page.locator("#rows tbody tr")).to_have_count(1)
    page.get_by_role("link", name="New endpoint").click()
    page.get_by_label("Server", exact=True).select_option("vllm")
    page.locator("#endpoint > noscript button").click()
    expect(page.get_by_label("Base URL")).to_have_value("http://HOST:8000/v1")
    page.get_by_label("Base URL").fill(models.url)
    page.get_by_label(re.compile("API key")).fill(SERVER_KEY)
    page.get_by_role("button", name="Find models").click()
    page.get_by_role("checkbox", name=re.compile("alpha")).check()
    page.get_by_role("button", name="Create endpoint").click()
    expect(page.locator("#name-error")).to_have_text("Give the endpoint a name.")
    page.get_by_role("textbox", name="Name", exact=True).fill("Without a script")
    page.get_by_label(re.compile("API key")).fill(SERVER_KEY)
    page.get_by_role("button", name="Create endpoint").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Without a script")
    visit.check_width()
    page.get_by_role("button", name="Test now").click()
    expect(page.locator("#test [data-verdict]")).to_have_attribute("data-verdict", "passed")
    page.get_by_role("link", name="To the endpoint").click()
    _meet_and_delete_without_a_script(page, ports, ada)


def _meet_and_delete_without_a_script(page: Page, ports: Ports, ada: Actor) -> None:
    page.get_by_role("link", name="Edit").click()
    row = next(row for row in query.page_of(ports.store, Filter(q="script")).rows)
    endpoints.set_enabled(ports, ada, row.id, row.version, enabled=False)
    page.get_by_label(re.compile("Owner")).fill("My team")
    page.get_by_role("button", name="Save changes").click()
    expect(page.locator("#conflict")).to_contain_text("Somebody else changed this endpoint first")
    page.get_by_role("button", name="Save changes").click()
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("button", name="Switch on").click()
    page.get_by_role("button", name="More actions").click()
    page.get_by_role("link", name="Delete").click()
    page.get_by_label(re.compile("to confirm")).fill("Without a script")
    page.get_by_role("button", name="Delete endpoint").click()
    expect(page.locator("#rows tbody tr")).to_have_count(2)


def test_a_frame_on_the_instances_page_works_like_the_page(
    enter: Enter, ports: Ports, ed: Actor, models: FaultServer, settings: Settings
) -> None:
    stored(ports, ed, models, "one")
    visit = enter(ed, "/endpoints", theme="dark")
    with an_instance(settings) as address:
        visit.page.goto(address)
        frame = visit.page.frame_locator("iframe")
        frame.get_by_role("button", name="Test one").click()
        expect(frame.locator("#rows [data-verdict]")).to_have_attribute("data-verdict", "passed")
        frame.get_by_role("link", name="one", exact=True).click()
        expect(frame.get_by_role("heading", level=1)).to_have_text("one")
        expect(frame.get_by_role("link", name="Open in Modelport")).to_be_visible()
        expect(frame.locator("#nav")).to_have_count(0)


@contextmanager
def an_instance(settings: Settings) -> Iterator[str]:
    """A page of the origin that may frame the portal, with the portal's list in it; its address."""
    (origin,) = settings.embed_origins
    markup = f"<!doctype html><title>Instance</title><iframe src='{settings.origin}/endpoints' width=900 height=700>"
    server = make_server("127.0.0.1", int(origin.rpartition(":")[2]), Response(markup, mimetype="text/html"))
    with serving(server):
        yield f"{origin}/"
