"""A new user with five things wrong at once comes from red to green by pressing what each failed step proposes."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.domain.endpoints import EndpointDraft
from app.domain.roles import Actor
from app.queries import endpoints as query
from app.queries.endpoints import Filter
from app.services import endpoints
from app.services.ports import Ports
from tests.fakes.fault_server import FaultServer
from tests.fakes.faults import Fault
from tests.fakes.refusals import Style
from tests.fakes.wire_faults.tls import Shown
from tests.fixtures.served import SERVER_KEY, Enter, app, enter, settings
from tests.lib.authority import Issuer

__all__ = ["app", "enter", "settings"]
SERVED = "mistral-small-24b-instruct-2506"
DONE = re.compile("passed|warned|failed|unknown")


@pytest.fixture
def demanding() -> Iterator[FaultServer]:
    """Plain HTTP, below /v1, the key in x-api-key, a long name, and a newer name for the limit of tokens."""
    server = FaultServer(
        Fault.MAX_TOKENS_REFUSED, models=(SERVED,), api_key=SERVER_KEY, style=Style.OPENAI, key_header="x-api-key"
    )
    with server:
        yield server


def fill_in(page: Page, url: str) -> None:
    page.get_by_label("Server", exact=True).select_option("vllm")
    expect(page.get_by_label("Base URL")).to_have_attribute("placeholder", re.compile(":8000"))
    page.get_by_role("textbox", name="Name", exact=True).fill("Five wrongs")
    page.get_by_label("Base URL").fill(url)
    page.get_by_label(re.compile("API key")).fill(SERVER_KEY)
    page.get_by_label("Model name").fill("mistral-small")


def press_cure(page: Page, step: str, label: str, field: str) -> None:
    """The step is not green; its button is pressed, and the form says where the value went."""
    line = page.locator(f"[data-step={step}]")
    expect(page.locator("#test [data-verdict]")).to_have_attribute("data-verdict", DONE)
    expect(line).to_have_attribute("data-outcome", re.compile("failed|warned"))
    line.get_by_role("button", name=label).click()
    expect(page.locator("#endpoint")).to_contain_text(f"{field} holds the proposed value")


def test_five_wrongs_are_put_right_by_five_presses(
    enter: Enter, ports: Ports, ed: Actor, demanding: FaultServer
) -> None:
    visit = enter(ed, "/endpoints/new")
    page = visit.page
    fill_in(page, demanding.origin.replace("http:", "https:"))
    page.get_by_role("button", name="Test connection").click()
    press_cure(page, "tls", f"Use {demanding.origin}", "Base URL")
    press_cure(page, "auth", "Send it in x-api-key", "Header for the key")
    press_cure(page, "auth", f"Use {demanding.url}", "Base URL")
    press_cure(page, "model", f"Use {SERVED}", "Model name")
    press_cure(page, "chat", "Keep this for the endpoint", "Left out or renamed for this server")
    expect(page.locator("#test [data-verdict]")).to_have_attribute("data-verdict", "passed")
    visit.check_axe()
    visit.check_width()
    page.get_by_role("button", name="Create endpoint").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Five wrongs")
    (row,) = query.page_of(ports.store, Filter()).rows
    stored = query.endpoint(ports.store, row.id)
    assert stored
    assert (stored.base_url, stored.served_name, stored.key_header) == (demanding.url, SERVED, "x-api-key")
    assert list(stored.quirks) == ["max_completion_tokens"]


ROOT = Issuer.root("House authority")
DRAFT = EndpointDraft(name="Private", server="vllm", base_url="", identifier="alpha")


def test_a_stored_endpoint_trusts_the_authority_that_its_server_showed(
    enter: Enter, ports: Ports, ed: Actor, tmp_path: Path
) -> None:
    with FaultServer(certificate=Shown(tmp_path, ROOT.server("localhost"), (ROOT,))) as server:
        endpoint_id = endpoints.create(ports, ed, replace(DRAFT, base_url=server.url))
        page = enter(ed, f"/endpoints/{endpoint_id}").page
        page.get_by_role("button", name="Test now").click()
        expect(page.locator("[data-step=tls] code")).to_have_text(re.compile("^([0-9A-F]{2}:){31}[0-9A-F]{2}$"))
        page.get_by_role("link", name="Trust CN=House authority").click()
        expect(page.get_by_label("CA certificates")).to_have_value(ROOT.pem)
        expect(page.locator("#test [data-verdict]")).to_have_attribute("data-verdict", "passed")
        page.get_by_role("button", name="Save changes").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Private")
    stored = query.endpoint(ports.store, endpoint_id)
    assert stored
    assert stored.ca_pem.strip() == ROOT.pem.strip()


def test_where_the_server_shows_no_authority_the_field_for_it_opens(enter: Enter, ed: Actor, tmp_path: Path) -> None:
    with FaultServer(certificate=Shown(tmp_path, ROOT.server("localhost"))) as server:
        page = enter(ed, "/endpoints/new").page
        fill_in(page, server.url)
        page.get_by_role("button", name="Test connection").click()
        page.get_by_role("button", name="Add the authority's certificate").click()
        expect(page.get_by_label("CA certificates")).to_be_focused()
        expect(page.locator("#endpoint")).to_contain_text("Fill in CA certificates")
