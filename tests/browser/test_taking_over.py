"""Taking over what GitLab has, in a real browser: read by axe, narrow, with the keyboard alone, without a script."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect
from pydantic import SecretStr

from app.config import Settings
from app.domain.roles import Actor
from app.queries.endpoint_names import endpoint_names
from app.services.ports import Ports
from tests.fakes.gitlab.server import GitLabServer
from tests.fixtures.instance import Sync
from tests.fixtures.served import Enter, app, enter
from tests.fixtures.stock import add_endpoint, assign

__all__ = ["app", "enter"]
PLACE = "/instance/take-over"


@pytest.fixture
def gitlab() -> Iterator[GitLabServer]:
    """A GitLab with a model of each kind."""
    with GitLabServer("19") as server:
        state = server.state
        pool = state.add_model("GPU pool", identifier="custom_openai/served", endpoint="https://models.example.com/v1")
        state.add_model("Keyed", identifier="custom_openai/keyed", token="a-key-in-gitlab")
        state.add_model("Cloud", provider="BEDROCK", identifier="bedrock/anthropic.claude-3", family="claude_3")
        state.add_model("Twin", identifier="custom_openai/one")
        state.add_model("twin", identifier="custom_openai/two")
        state.add_model("Renamed", identifier="custom_openai/renamed", endpoint="https://models.example.com/v1")
        state.add_model("Known", identifier="custom_openai/known", endpoint="https://models.example.com/v1")
        state.assign("code_completions", "self_hosted", pool)
        state.assign("duo_chat", "disabled")
        yield server


@pytest.fixture
def settings(settings: Settings, gitlab: GitLabServer) -> Settings:
    """Settings of a portal that keeps this GitLab in step."""
    return settings.model_copy(update={"gitlab_url": gitlab.url, "gitlab_token": SecretStr(gitlab.token)})


@pytest.fixture
def connected(ports: Ports, ada: Actor) -> Ports:
    """The portal with endpoints of its own, once it has read GitLab."""
    add_endpoint(ports, ada, "Another name", identifier="renamed")
    assign(ports, ada, "code_generations", add_endpoint(ports, ada, "Known", identifier="known"))
    assert Sync(ports, ada).read().state == "done"
    return ports


@pytest.mark.usefixtures("connected")
def test_the_pages_are_accessible_and_fit(enter: Enter, ada: Actor) -> None:
    visit = enter(ada, PLACE)
    for summary in visit.page.locator("#main details > summary").all():
        summary.click()
    visit.check_looks()
    visit.page.get_by_label("What happens to Cloud").select_option("leave")
    visit.page.get_by_label("I take note").check(force=True)
    visit.page.get_by_role("button", name="Take over", exact=True).click()
    expect(visit.page.get_by_role("heading", name="What was taken over")).to_be_focused()
    visit.check_looks()
    visit.page.goto(visit.page.url.replace(PLACE, "/features"))
    visit.check_looks()


@pytest.mark.usefixtures("connected")
def test_by_the_keyboard_a_fault_is_found_and_what_was_typed_stays(enter: Enter, ports: Ports, ada: Actor) -> None:
    visit = enter(ada, PLACE)
    visit.expect_status(422)
    page = visit.page
    page.get_by_label("API key of Keyed").focus()
    page.keyboard.type("sk-typed")
    page.get_by_label("I take note").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Take over", exact=True).press("Enter")
    expect(page.get_by_role("alert").filter(has_text="One model needs another look")).to_be_visible()
    expect(page.get_by_label("Region of Cloud")).to_be_focused()
    expect(page.get_by_label("API key of Keyed")).to_have_value("sk-typed")
    visit.check_axe()
    page.keyboard.type("eu-central-1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What was taken over")).to_be_focused()
    assert {"GPU pool", "Keyed", "Cloud"} <= {each.name for each in endpoint_names(ports.store)}
    expect(page.locator("#keys-missing")).to_have_count(0)


@pytest.mark.usefixtures("connected")
def test_without_a_script_the_same_is_done(enter: Enter, ada: Actor) -> None:
    page = enter(ada, f"{PLACE}?new=none", javascript=False).page
    page.get_by_label("What happens to GPU pool").select_option("make")
    page.locator("#acknowledged").check(force=True)
    page.get_by_role("button", name="Take over", exact=True).click()
    expect(page.locator("#made")).to_contain_text("GPU pool")
    expect(page.locator("#given")).to_contain_text("Code Completion")


@pytest.mark.usefixtures("connected")
def test_gitlabs_view_comes_beside_the_test_here(enter: Enter, ports: Ports, ada: Actor) -> None:
    known = next(each.id for each in endpoint_names(ports.store) if each.name == "Known")
    visit = enter(ada, f"/endpoints/{known}", theme="dark")
    visit.page.get_by_role("button", name="Let GitLab check it").press("Enter")
    panel = visit.page.locator("#gateway-check")
    expect(panel).to_contain_text("Only one side is known")
    expect(visit.page.get_by_role("button", name="Check again")).to_be_focused()
    visit.check_axe()
    visit.check_width()


@pytest.mark.usefixtures("connected")
def test_the_way_is_chosen_in_the_dialog(enter: Enter, ada: Actor) -> None:
    visit = enter(ada, "/features")
    page = visit.page
    page.locator("#edit-code_generations").press("Enter")
    page.get_by_label("Through Modelport").check(force=True)
    visit.check_axe("#dlg")
    page.get_by_role("button", name="See what changes").click()
    expect(page.locator("#review-way")).to_contain_text("Through Modelport")
    page.get_by_role("button", name="Apply").click()
    row = page.locator("#step-code_generations")
    expect(row).to_contain_text("Through Modelport")
    expect(row).to_have_attribute("data-step-in-gitlab", "differs")
