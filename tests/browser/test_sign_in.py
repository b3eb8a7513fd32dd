"""Signing in and out in a real browser: at the evaluation's provider, at a strict one, and while there is none."""

import re
import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from pydantic import SecretStr
from werkzeug.serving import make_server

from app.config import Settings
from app.web.auth.client import OidcSettings, Provider
from app.web.auth.desk import Desk, desk, open_desk
from tests.fakes.mock_op import CLIENT_ID, CLIENT_SECRET, Lies, mock_op
from tests.fixtures.browsers import Open, Visit
from tests.fixtures.portal import Build, LivePortal, SignIn
from tests.fixtures.servers import StrictProvider

DISCOVERY = "/.well-known/openid-configuration"


@pytest.fixture
def door(build: Build, settings: Settings, oidc_provider: StrictProvider) -> Iterator[Flask]:
    """A portal that serves at the address its strict provider knows."""
    secret = SecretStr(oidc_provider.client_secret)
    values = {"oidc_issuer": oidc_provider.issuer, "oidc_client_secret": secret, "session_idle_minutes": 7}
    app = build(settings.model_copy(update=values))
    server = make_server("127.0.0.1", settings.bind_port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield app
    server.shutdown()
    thread.join()
    server.server_close()


def enter(visit: Visit, provider: StrictProvider, login: str) -> Page:
    """Type name and password at the strict provider's page."""
    visit.ignore(provider.issuer)
    page = visit.page
    page.get_by_role("link", name="Sign in").click()
    page.get_by_label("Name").fill(login)
    page.get_by_label("Password").fill(provider.people[login].password)
    page.get_by_role("button", name="Sign in").click()
    return page


def test_the_sign_in_page(live_portal: LivePortal, browser: Open) -> None:
    visit = browser()
    visit.page.goto(live_portal.origin)
    expect(visit.page.get_by_role("heading", level=1)).to_have_text("Sign in to Modelport")
    expect(visit.page.get_by_role("main").get_by_role("link", name="Sign in")).to_be_visible()
    expect(visit.page.get_by_text("This is an evaluation.")).to_be_visible()
    visit.check_looks()


def test_signing_in_and_out_at_the_evaluations_provider(
    live_portal: LivePortal, browser: Open, sign_in: SignIn
) -> None:
    visit = sign_in(browser(), "ada", afresh=True)
    page = visit.page
    page.goto(f"{live_portal.origin}/settings/identity")
    expect(page.get_by_text("stands in MODELPORT_ROLE_ADMIN")).to_be_visible()
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in to Modelport")
    page.go_back()
    page.goto(f"{live_portal.origin}/settings/identity")
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    page.get_by_role("link", name="Sign in").click()
    expect(page.get_by_placeholder("jdoe")).to_be_visible()


@pytest.mark.usefixtures("door")
def test_signing_out_at_a_provider_that_asks_first(
    portal_origin: str, oidc_provider: StrictProvider, browser: Open
) -> None:
    visit = browser()
    visit.page.goto(f"{portal_origin}/settings/identity")
    page = enter(visit, oidc_provider, "vi")
    expect(page.get_by_role("heading", level=1)).to_have_text("How you are signed in")
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in to Modelport")


@pytest.mark.usefixtures("door")
def test_the_page_for_people_without_access(portal_origin: str, oidc_provider: StrictProvider, browser: Open) -> None:
    visit = browser()
    visit.expect_status(403)
    visit.page.goto(portal_origin)
    page = enter(visit, oidc_provider, "nox")
    expect(page.get_by_role("heading", level=1)).to_have_text("You have no access yet")
    page.get_by_role("button", name="Copy the text").click()
    expect(page.locator("#toasts")).to_contain_text("Copied")
    assert "Groups received: everyone" in visit.copied()
    visit.check_looks()


@pytest.mark.usefixtures("door")
def test_the_page_about_ones_own_sign_in(portal_origin: str, oidc_provider: StrictProvider, browser: Open) -> None:
    visit = browser()
    visit.page.goto(f"{portal_origin}/settings/identity")
    page = enter(visit, oidc_provider, "ada")
    page.get_by_text("Try other claims").click()
    page.get_by_label("Claims as JSON").fill('{"groups": ["modelport-editors"]}')
    page.get_by_role("button", name="Show the role").click()
    expect(page.get_by_text("Role: editor.")).to_be_visible()
    visit.expect_status(422)
    page.get_by_label("Claims as JSON").fill("groups")
    page.get_by_role("button", name="Show the role").click()
    expect(page.get_by_text("This is not JSON.")).to_be_visible()
    expect(page.get_by_label("Claims as JSON")).to_be_focused()
    visit.check_looks()


@pytest.mark.parametrize("javascript", [True, False])
def test_the_page_waits_for_a_provider_that_starts(
    door: Flask, portal_origin: str, browser: Open, javascript: bool
) -> None:
    with mock_op() as op:
        op.lies = Lies(pages={DISCOVERY: (503, {}, b"")})
        provider = Provider(OidcSettings(op.issuer, CLIENT_ID, CLIENT_SECRET, f"{portal_origin}/auth/callback"))
        with door.app_context():
            open_desk(door, Desk(provider, desk().rules))
        visit = browser(javascript=javascript)
        visit.page.goto(portal_origin)
        expect(visit.page.get_by_text("The identity provider is starting.")).to_be_visible()
        expect(visit.page.get_by_text("It answered with status 503.")).to_be_visible()
        if javascript:
            visit.check_axe()
        op.lies = Lies()
        expect(visit.page.get_by_role("link", name=re.compile("^Sign in$"))).to_be_visible(timeout=15_000)
        asked = len(op.requests)
        visit.page.wait_for_timeout(2500)
        assert len(op.requests) == asked
