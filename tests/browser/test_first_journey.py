"""The first journey of a new admin: sign in, add a model server, watch its test, meet what is wrong with its copies."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from app.cli.model_server import ModelServer
from tests.fixtures.browsers import Open, Visit
from tests.fixtures.portal import LivePortal, SignIn

STEPS = ("address", "dns", "connect", "tls", "auth", "model", "chat", "stream")


@pytest.fixture(params=["light", "dark"])
def admin(request: pytest.FixtureRequest, browser: Open, sign_in: SignIn) -> Visit:
    """Ada at the portal, in each theme."""
    visit = sign_in(browser(theme=request.param), "ada")
    visit.theme = request.param
    return visit


Add = Callable[..., Page]


@pytest.fixture
def new_endpoint(admin: Visit, live_portal: LivePortal, model_server_with_key: ModelServer) -> Add:
    """Open the form and fill it in for the session's llama.cpp server, with what differs."""

    def fill(name: str, url: str = model_server_with_key.url, key: str = model_server_with_key.api_key or "") -> Page:
        page = admin.page
        page.goto(f"{live_portal.origin}/endpoints/new")
        page.get_by_label("Server", exact=True).select_option("llama_cpp")
        expect(page.get_by_label("Base URL")).to_have_attribute("placeholder", re.compile(":8080"))
        page.get_by_role("textbox", name="Name", exact=True).fill(f"{name} ({admin.theme})")
        page.get_by_label("Base URL").fill(url)
        page.get_by_label(re.compile("API key")).fill(key)
        return page

    return fill


def outcome(page: Page, step: str) -> str:
    return page.locator(f"[data-step={step}]").get_attribute("data-outcome") or ""


def run_test(page: Page, verdict: str) -> None:
    page.get_by_role("button", name=re.compile("^Test ")).click()
    expect(page.locator("#test [data-verdict]")).to_have_attribute("data-verdict", verdict, timeout=20_000)


def test_the_models_are_found_tested_and_saved(admin: Visit, new_endpoint: Add) -> None:
    page = new_endpoint("Tiny")
    page.get_by_role("button", name="Find models").click()
    page.get_by_role("checkbox", name=re.compile("tiny-random")).check()
    run_test(page, "passed")
    assert {outcome(page, each) for each in STEPS} == {"passed", "skipped"}
    admin.check_axe()
    page.get_by_role("button", name="Create endpoint").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Tiny ({admin.theme})")
    expect(page.locator("h1 ~ [data-tier], [data-tier]").first).to_have_attribute("data-tier", "other")
    admin.check_axe()
    admin.check_width()


def test_a_wrong_key_is_named_and_nothing_after_it_runs(admin: Visit, new_endpoint: Add) -> None:
    page = new_endpoint("Wrong key", key="sk-wrong")
    page.get_by_label("Model name").fill("tiny-random")
    run_test(page, "failed")
    assert (outcome(page, "auth"), outcome(page, "chat")) == ("failed", "skipped")
    assert "sk-wrong" not in page.content()
    admin.check_axe()


def test_a_name_that_is_not_served_is_said(new_endpoint: Add) -> None:
    page = new_endpoint("Misspelt")
    page.get_by_label("Model name").fill("tiny-randon")
    run_test(page, "warned")
    assert outcome(page, "model") == "warned"
    expect(page.locator("#test")).to_contain_text("answers as tiny-random")


def test_an_address_without_v1_is_mended_with_one_click(new_endpoint: Add, model_server_with_key: ModelServer) -> None:
    page = new_endpoint("No path", url=model_server_with_key.url.removesuffix("/v1"))
    page.get_by_label("Model name").fill("tiny-random")
    run_test(page, "failed")
    page.get_by_role("button", name=f"Use {model_server_with_key.url}").click()
    expect(page.get_by_label("Base URL")).to_have_value(model_server_with_key.url)
    expect(page.locator("#test [data-verdict]")).to_have_attribute("data-verdict", "passed", timeout=20_000)


def test_what_is_typed_while_the_form_is_renewed_stays(admin: Visit, live_portal: LivePortal) -> None:
    page = admin.page
    page.goto(f"{live_portal.origin}/endpoints/new")
    page.get_by_label("Server", exact=True).select_option("llama_cpp")
    page.get_by_role("textbox", name="Name", exact=True).fill("Typed in time")
    expect(page.get_by_label("Base URL")).to_have_attribute("placeholder", re.compile(":8080"))
    expect(page.get_by_role("textbox", name="Name", exact=True)).to_have_value("Typed in time")
