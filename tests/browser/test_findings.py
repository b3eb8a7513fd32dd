"""What tests found, in a real browser: the matrix wide and narrow, and a full test that changes the endpoint's page."""

import re

import pytest
from playwright.sync_api import expect

from app.domain.roles import Actor
from app.services.ports import Ports
from tests.fakes.fault_server import FaultServer
from tests.fixtures.findings import SUITED, UNSUITED, measure
from tests.fixtures.served import Enter, app, enter, models, settings, stored
from tests.fixtures.stock import UNLISTED, add_endpoint

__all__ = ["app", "enter", "models", "settings"]
MATRIX = "/features/readiness"


@pytest.fixture
def shelf(ports: Ports, ada: Actor) -> dict[str, str]:
    found = {"Able": add_endpoint(ports, ada, "Able"), "Broken": add_endpoint(ports, ada, "Broken", **UNLISTED)}
    measure(ports, ada, found["Able"], *SUITED)
    measure(ports, ada, found["Broken"], *UNSUITED)
    for number in range(20):
        add_endpoint(ports, ada, f"An endpoint with quite a long name, {number:02}", **UNLISTED)
    return found


@pytest.mark.usefixtures("shelf")
def test_the_matrix_is_accessible_and_fits(enter: Enter, vi: Actor) -> None:
    visit = enter(vi, MATRIX)
    visit.check_looks()
    visit.page.locator("#f-suits").select_option("duo_chat")
    expect(visit.page.locator("#rows tbody tr")).to_have_count(1)
    expect(visit.page).to_have_url(re.compile("suits=duo_chat"))
    visit.check_looks()


def test_the_matrix_keeps_head_and_names_in_sight_and_a_sign_leads_to_its_reasons(
    enter: Enter, vi: Actor, shelf: dict[str, str]
) -> None:
    page = enter(vi, MATRIX, width=1170, height=600).page
    region = page.get_by_role("region", name="Readiness of endpoints for features")
    region.focus()
    page.keyboard.press("End")
    region.evaluate("each => each.scrollTo(9999, 9999)")
    expect(page.get_by_role("columnheader", name="Vulnerability Resolution")).to_be_in_viewport()
    expect(page.get_by_role("rowheader", name="Broken")).to_be_in_viewport()
    page.locator(f"#endpoint-{shelf['Broken']}").get_by_role("link", name=re.compile("^Agentic Chat: Will not")).press(
        "Enter"
    )
    expect(page).to_have_url(re.compile(f"{shelf['Broken']}#ready-"))
    expect(page.get_by_role("row", name=re.compile("^Agentic Chat")).get_by_text("Will not work")).to_be_in_viewport()


@pytest.mark.parametrize("javascript", [True, False])
def test_a_card_shows_what_does_not_simply_work_and_all_on_demand(
    enter: Enter, vi: Actor, shelf: dict[str, str], javascript: bool
) -> None:
    page = enter(vi, MATRIX, width=320, javascript=javascript).page
    able, broken = (page.locator(f"#endpoint-{shelf[name]}") for name in ("Able", "Broken"))
    expect(broken.get_by_text("2 work, 3 with limits, 13 will not work")).to_be_visible()
    expect(broken.locator("td:visible")).to_have_count(16)
    expect(able.locator("td:visible")).to_have_count(0)
    able.get_by_label("All features of Able").check()
    expect(able.locator("td:visible")).to_have_count(18)


def test_a_full_test_changes_tiles_and_readiness_without_a_reload(
    enter: Enter, ports: Ports, ed: Actor, models: FaultServer
) -> None:
    (endpoint_id,) = stored(ports, ed, models, "one")
    visit = enter(ed, f"/endpoints/{endpoint_id}")
    page = visit.page
    tile = page.locator("[data-ability=chat]")
    expect(tile).to_contain_text("Not measured")
    page.locator("#abilities").get_by_role("button", name="Full test").click()
    dialog = page.get_by_role("dialog", name="What a full test sends")
    expect(dialog).to_contain_text("no code of yours")
    dialog.get_by_role("button", name="Start full test").press("Enter")
    expect(dialog).to_be_hidden()
    expect(page.locator("#test-title")).to_have_text("Full test")
    expect(page.locator("#test > header [data-verdict]")).not_to_have_attribute(
        "data-verdict", "running", timeout=60_000
    )
    expect(tile).to_contain_text("Yes")
    expect(page.locator("#ready-duo_chat")).not_to_contain_text("chat, streaming")
    expect(page.locator("#history li")).to_have_count(1)
    # What came anew still works: its buttons open what a test sends.
    page.locator(".mp-head").get_by_role("button", name="Full test").click()
    expect(page.get_by_role("dialog", name="What a full test sends")).to_be_visible()
    visit.check_axe()


def test_a_form_is_tested_in_full_and_again_by_the_same_key(enter: Enter, ed: Actor, models: FaultServer) -> None:
    page = enter(ed, "/endpoints/new").page
    page.get_by_label("Base URL").fill(models.url)
    page.get_by_label("Model name").fill("alpha")
    page.get_by_role("button", name="Full test").click()
    page.get_by_role("button", name="Start full test").press("Enter")
    expect(page.get_by_role("button", name="Test again")).to_be_focused(timeout=60_000)
    expect(page.locator("#test-title")).to_have_text("Full test")
    expect(page.get_by_role("button", name="Quick test")).to_be_visible()
