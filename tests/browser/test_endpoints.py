"""The endpoint's pages in a real browser: by keyboard, in both themes, narrow, in a frame and without a script."""

import re

from playwright.sync_api import Page, expect

from app.domain.endpoints import EndpointDraft
from app.domain.roles import Actor
from app.services import endpoints
from app.services.ports import Ports
from tests.fakes.fault_server import FaultServer
from tests.fakes.faults import Fault
from tests.fixtures.served import SERVER_KEY, Enter, app, enter, models, settings, stored

__all__ = ["app", "enter", "models", "settings"]
DONE = re.compile("passed|warned|failed|unknown")


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id || document.activeElement.tagName"))


def test_every_page_is_accessible_and_fits(enter: Enter, ports: Ports, ada: Actor, models: FaultServer) -> None:
    names = ("An endpoint with quite a long name in one of its pools", "Another")
    first, _ = stored(ports, ada, models, *names)
    visit = enter(ada, "/endpoints")
    origin = visit.page.url.removesuffix("/endpoints")
    for path in ("", "?q=nothing", f"/{first}", f"/{first}/edit", f"/{first}/delete", "/new"):
        visit.page.goto(f"{origin}/endpoints{path}")
        visit.check_looks()
    visit.page.get_by_label("Base URL").fill(models.url)
    visit.page.get_by_label(re.compile("API key")).fill(SERVER_KEY)
    visit.page.get_by_role("button", name="Find models").click()
    visit.page.get_by_role("checkbox", name=re.compile("alpha")).check()
    visit.page.get_by_role("button", name="Test connection").click()
    expect(visit.page.locator("#test [data-verdict]")).to_have_attribute("data-verdict", DONE)
    visit.check_looks()


def test_the_list_narrows_as_somebody_types_and_comes_back_by_history(
    enter: Enter, ports: Ports, ada: Actor, models: FaultServer
) -> None:
    stored(ports, ada, models, *(f"pool {number:02}" for number in range(26)), "gamma")
    page = enter(ada, "/endpoints").page
    page.get_by_role("searchbox").press_sequentially("gam", delay=20)
    expect(page.locator("#rows tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile(r"/endpoints\?q=gam$"))
    expect(page.get_by_role("button", name="Test these")).to_be_visible()
    assert focused(page) == "q"
    page.get_by_role("searchbox").fill("pool")
    expect(page.locator("#rows tbody tr")).to_have_count(25)
    page.get_by_role("link", name="Next").click()
    expect(page).to_have_url(re.compile(r"q=pool&page=2$"))
    expect(page.locator("#rows tbody tr")).to_have_count(1)
    page.locator("a.mp-name").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("pool 25")
    page.go_back()
    expect(page.locator("#rows tbody tr")).to_have_count(1)
    expect(page.get_by_role("searchbox")).to_have_value("pool")


def test_a_row_is_tested_where_it_stands_and_all_with_one_press(
    enter: Enter, ports: Ports, ed: Actor, models: FaultServer
) -> None:
    first, *_ = stored(ports, ed, models, "one", "two", "three")
    page = enter(ed, "/endpoints").page
    page.get_by_role("button", name="Test one").focus()
    page.keyboard.press("Enter")
    row = page.locator(f"#row-{first}")
    expect(row.locator("[data-verdict]")).to_have_attribute("data-verdict", "passed")
    assert focused(page) == f"act-{first}"
    page.get_by_role("button", name="Test all").click()
    expect(page.locator("#rows [data-verdict=passed]")).to_have_count(3)


def test_a_running_test_is_stopped_by_the_key_that_began_it(enter: Enter, ed: Actor, models: FaultServer) -> None:
    models.behave(Fault.HANG)
    page = enter(ed, "/endpoints/new").page
    page.get_by_label("Base URL").fill(models.url)
    page.get_by_label("Model name").fill("alpha")
    page.get_by_role("button", name="Test connection").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Stop")).to_be_focused()
    models.wait_for(1)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Test again")).to_be_focused()
    assert models.connections[-1].wait_until_closed(2)


def test_several_models_are_ticked_added_and_tested_together(enter: Enter, ed: Actor, models: FaultServer) -> None:
    visit = enter(ed, "/endpoints/new")
    visit.expect_status(422)
    page = visit.page
    page.get_by_label("Server", exact=True).select_option("vllm")
    page.get_by_label("Base URL").fill(models.url)
    page.get_by_label(re.compile("API key")).fill(SERVER_KEY)
    page.get_by_role("button", name="Find models").click()
    page.get_by_role("checkbox", name=re.compile("mistral")).check()
    expect(page.get_by_label("Prompt family")).to_have_value("mistral")
    expect(page.get_by_label("Model name")).to_be_hidden()
    page.get_by_role("checkbox", name=re.compile("alpha")).check()
    page.get_by_role("textbox", name="Name", exact=True).fill("x" * 300)
    page.get_by_role("button", name="Create 2 endpoints").click()
    expect(page.locator("#name-error")).to_contain_text("255 characters at most")
    expect(page.get_by_role("checkbox", name=re.compile("mistral"))).to_be_checked()
    expect(page.get_by_label(re.compile("API key"))).to_have_value(SERVER_KEY)
    page.get_by_role("textbox", name="Name", exact=True).fill("Pool")
    page.get_by_role("button", name="Create 2 endpoints").click()
    expect(page).to_have_url(re.compile(r"/endpoints\?q=Pool$"))
    page.get_by_role("button", name="Test these").click()
    expect(page.locator("#rows [data-verdict=passed]")).to_have_count(2)


def test_the_button_that_saves_stays_the_one_it_was_while_its_words_change(
    enter: Enter, ada: Actor, models: FaultServer
) -> None:
    page = enter(ada, "/endpoints/new").page
    page.get_by_label("Base URL").fill(models.url)
    page.get_by_label(re.compile("API key")).fill(SERVER_KEY)
    page.get_by_role("button", name="Find models").click()
    page.get_by_role("checkbox", name=re.compile("alpha")).check()
    kept = page.get_by_role("button", name="Create endpoint").element_handle()
    with page.expect_response(re.compile("/endpoints/draft/choice")):
        page.get_by_role("checkbox", name=re.compile("beta")).check()
    expect(page.get_by_role("button", name="Create 2 endpoints")).to_be_visible()
    assert kept.evaluate("button => button.isConnected && button.innerText.trim()") == "Create 2 endpoints"


def test_three_hundred_models_scroll_in_their_own_box(enter: Enter, ed: Actor) -> None:
    with FaultServer(models=tuple(f"model-{number:03}" for number in range(300))) as server:
        visit = enter(ed, "/endpoints/new", width=320)
        visit.page.get_by_label("Base URL").fill(server.url)
        visit.page.get_by_role("button", name="Find models").click()
        expect(visit.page.locator("#models legend")).to_contain_text("300 found")
        visit.check_axe("#models")
        visit.check_width()
        box = visit.page.locator(".mp-models").bounding_box()
        assert box
        assert box["height"] < 400


SLOWLY = """const send = window.fetch; window.fetch = async (...sent) => {
  const answer = await send(...sent); await new Promise(go => setTimeout(go, 500)); return answer; };"""


def slow_form(enter: Enter, actor: Actor) -> Page:
    """The empty form, where each answer takes half a second longer."""
    visit = enter(actor, "/help")
    visit.context.add_init_script(SLOWLY)
    visit.page.goto(visit.page.url.removesuffix("/help") + "/endpoints/new")
    return visit.page


def test_models_are_found_while_the_form_is_renewed(enter: Enter, ed: Actor, models: FaultServer) -> None:
    page = slow_form(enter, ed)
    page.get_by_label("Server", exact=True).select_option("vllm")
    page.get_by_label("Base URL").fill(models.url)
    page.get_by_label(re.compile("API key")).fill(SERVER_KEY)
    page.get_by_role("button", name="Find models").click()
    expect(page.get_by_role("checkbox", name=re.compile("alpha"))).to_be_visible()
    expect(page.get_by_label("Server", exact=True)).to_have_value("vllm")
    expect(page.get_by_label("Base URL")).to_have_value(models.url)


def test_what_is_typed_while_the_form_is_renewed_stays(enter: Enter, ed: Actor) -> None:
    page = slow_form(enter, ed)
    page.get_by_label("Server", exact=True).select_option("llama_cpp")
    page.get_by_role("textbox", name="Name", exact=True).fill("Typed in time")
    page.get_by_label("Base URL").fill("http://mine.example/v1")
    page.get_by_label("Catalogue model").select_option(index=2)
    page.get_by_label(re.compile("Owner")).fill("My team")
    chosen = page.get_by_label("Catalogue model").input_value()
    expect(page.get_by_label("Base URL")).to_have_attribute("placeholder", "http://HOST:8080/v1")
    expect(page.get_by_role("textbox", name="Name", exact=True)).to_have_value("Typed in time")
    expect(page.get_by_label("Base URL")).to_have_value("http://mine.example/v1")
    expect(page.get_by_label(re.compile("Owner"))).to_have_value("My team")
    expect(page.get_by_label("Catalogue model")).to_have_value(chosen)


def test_a_cure_is_tried_on_the_form_and_a_stored_endpoint_leads_to_it(
    enter: Enter, ports: Ports, ed: Actor, models: FaultServer
) -> None:
    (endpoint_id,) = stored(ports, ed, models, "one")
    draft = EndpointDraft(name="one", server="vllm", base_url=models.origin, identifier="alpha", api_key=SERVER_KEY)
    endpoints.update(ports, ed, endpoint_id, 1, draft)
    page = enter(ed, f"/endpoints/{endpoint_id}").page
    page.get_by_role("button", name="Test now").click()
    expect(page.locator("#verdict [data-verdict]")).to_have_attribute("data-verdict", "failed")
    page.get_by_role("link", name=f"Use {models.url}").click()
    expect(page.get_by_label("Base URL")).to_have_value(models.url)
    expect(page.locator("#endpoint")).to_contain_text("Base URL holds the proposed value")
    expect(page.locator("#test [data-verdict]")).to_have_attribute("data-verdict", "passed")
    page.get_by_role("button", name="Save changes").click()
    page.get_by_role("button", name="Test now").click()
    expect(page.locator("#verdict [data-verdict]")).to_have_attribute("data-verdict", "passed")
    expect(page.locator("#history li")).to_have_count(2)
