"""Cloud credentials, TLS fields and a new key in a real browser."""

import re

from playwright.sync_api import expect

from app.domain.roles import Actor
from app.queries import endpoints as query
from app.services.ports import Ports
from tests.fakes.bedrock_server import KEYS, NAME, BedrockServer
from tests.fakes.fault_server import FaultServer
from tests.fixtures.served import SERVER_KEY, Enter, app, enter, models, settings, stored

__all__ = ["app", "enter", "models", "settings"]


def test_the_fields_of_every_cloud_are_accessible_and_fit(enter: Enter, ada: Actor) -> None:
    visit = enter(ada, "/endpoints/new")
    for cloud, projects in (("Amazon Bedrock", 0), ("Google Vertex AI", 1)):
        visit.page.get_by_role("radio", name=re.compile(cloud)).check()
        expect(visit.page.get_by_role("textbox", name="Region")).to_be_visible()
        expect(visit.page.get_by_role("textbox", name="Project")).to_have_count(projects)
        ways = visit.page.get_by_label("How to authorise").get_by_role("option").all_inner_texts()
        for way in ways:
            visit.page.get_by_label("How to authorise").select_option(label=way)
            expect(visit.page.get_by_label("How to authorise").locator("option:checked")).to_have_text(way)
            visit.check_looks()
    visit.page.get_by_text("TLS: private authorities").click()
    expect(visit.page.get_by_label("CA certificates")).to_be_visible()
    visit.check_looks()


def test_an_access_key_pair_is_tested_and_saved(enter: Enter, ports: Ports, ed: Actor) -> None:
    with BedrockServer() as server:
        page = enter(ed, "/endpoints/new").page
        page.get_by_role("radio", name=re.compile("Amazon Bedrock")).check()
        page.get_by_label("How to authorise").select_option("access_key")
        page.get_by_label("Access key id").fill(KEYS.access_key_id)
        page.get_by_role("textbox", name="Region").fill("eu-central-1")
        page.get_by_label("Base URL").fill(server.origin)
        page.get_by_label(re.compile("^Secret access key")).fill(KEYS.secret_access_key)
        page.get_by_role("textbox", name="Name", exact=True).fill("Bedrock")
        page.get_by_role("textbox", name="Model name").fill(NAME)
        page.get_by_role("button", name="Test connection").click()
        expect(page.locator("#test [data-verdict]")).to_have_attribute("data-verdict", "passed")
        page.get_by_role("button", name="Create endpoint").click()
        expect(page.get_by_role("heading", name="Bedrock", exact=True)).to_be_visible()
    record = query.page_of(ports.store, query.Filter()).rows[0]
    assert record.identifier == f"bedrock/{NAME}"
    assert KEYS.secret_access_key not in page.content()


def test_an_editor_is_not_offered_what_the_process_may_do(enter: Enter, ed: Actor) -> None:
    page = enter(ed, "/endpoints/new").page
    page.get_by_role("radio", name=re.compile("Amazon Bedrock")).check()
    ways = page.get_by_label("How to authorise").get_by_role("option")
    expect(ways).to_have_count(3)
    assert "Modelport's own process" not in " ".join(ways.all_inner_texts())


def test_a_new_key_is_tried_before_it_replaces_the_old_one(
    enter: Enter, ports: Ports, ed: Actor, models: FaultServer
) -> None:
    first, _ = stored(ports, ed, models, "First", "Second")
    visit = enter(ed, f"/endpoints/{first}/key")
    visit.expect_status(422)
    page = visit.page
    expect(page.get_by_role("checkbox")).to_have_count(2)
    visit.check_axe()
    page.get_by_label("New API key").fill("sk-not-the-right-key-at-all")
    page.get_by_role("button", name="Try and replace").click()
    expect(page.get_by_role("alert").get_by_text("nothing was stored").first).to_be_visible()
    visit.check_axe()
    page.get_by_label("New API key").fill(SERVER_KEY)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="First", exact=True)).to_be_visible()
