"""The GitLab instance in a real browser: read, looked at, applied; dark, narrow, by keyboard, without a script."""

import os

import pytest
from playwright.sync_api import Locator, Page, expect

from app.domain.roles import Actor
from app.services import instance_choices
from app.services.ports import Ports
from tests.fakes.gitlab.server import GitLabServer
from tests.fixtures.browsers import LOOKS
from tests.fixtures.connected import gitlab, settings
from tests.fixtures.served import Enter, app, enter
from tests.fixtures.stock import UNLISTED, add_endpoint, assign, fall_back

__all__ = ["app", "enter", "gitlab", "settings"]
SHOTS = os.environ.get("SHOTS", "")
SLOW = 20_000


@pytest.fixture
def held(ports: Ports, ada: Actor) -> None:
    """What is held here: two features on one endpoint, one of them through Modelport, and a name that is in the way."""
    endpoint = add_endpoint(ports, ada, "Mistral Small (GPU pool A)", api_key="sk-of-the-tests")
    behind = add_endpoint(ports, ada, "Claude Sonnet 4.5", **UNLISTED)
    add_endpoint(ports, ada, "a-name-without-a-single-space-" * 7)
    for feature in ("code_completions", "duo_chat"):
        assign(ports, ada, feature, endpoint)
    fall_back(ports, "duo_chat", behind)
    instance_choices.set_way(ports, ada, "duo_chat", "through")


def furnish(gitlab: GitLabServer) -> None:
    """What GitLab has: more than a page of models, one in use, one in the way."""
    for number in range(26):
        gitlab.state.add_model(f"Theirs {number}")
    gitlab.state.add_model("Claude Sonnet 4.5", family="claude_3", endpoint="http://elsewhere.example/v1")
    gitlab.state.assign("duo_chat", "self_hosted", gitlab.state.model("Theirs 0"), author="Bob Builder")


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True, caret="initial")


def pressed(page: Page, button: Locator) -> None:
    """Press a button as who has no mouse does."""
    button.focus()
    page.keyboard.press("Enter")


@pytest.mark.usefixtures("held")
@LOOKS
def test_read_plan_apply(enter: Enter, ada: Actor, gitlab: GitLabServer, theme: str, width: int) -> None:
    furnish(gitlab)
    visit = enter(ada, "/instance", theme=theme, width=width)
    page, look = visit.page, f"{theme}-{width}"

    def check(name: str) -> None:
        visit.check_axe()
        visit.check_width()
        shot(page, f"{name}-{look}")

    check("unread")
    pressed(page, page.get_by_role("button", name="Read GitLab"))
    expect(page.locator("#facts")).to_contain_text("19.2.1-ee", timeout=SLOW)
    expect(page.get_by_role("button", name="Read again")).to_be_focused()
    check("read")
    pressed(page, page.get_by_role("link", name="See the plan"))
    expect(page.locator("#group-assign")).to_contain_text("Theirs 0 → becomes Modelport: General Chat")
    expect(page.locator("#blocked")).to_contain_text("GitLab has a model of this name")
    check("plan")
    pressed(page, page.get_by_role("button", name="Apply 5 steps"))
    expect(page.locator("#run-told")).to_have_text("All 5 steps are done.", timeout=SLOW)
    check("run")
    pressed(page, page.get_by_role("link", name="Back to the instance").last)
    expect(page.locator("#f-duo_chat")).to_contain_text("In step")


@pytest.mark.usefixtures("held")
def test_choices_keep_the_focus_and_the_plan_follows(enter: Enter, ada: Actor) -> None:
    page = enter(ada, "/instance").page
    page.get_by_role("button", name="Read GitLab").click()
    way = page.get_by_label("Way of Code Completion", exact=True)
    way.focus()
    way.select_option("through")
    expect(page.locator("#toasts")).to_contain_text("from the next plan on")
    expect(way).to_have_value("through")
    expect(way).to_be_focused()
    page.get_by_label("Those that serve a feature").check()
    expect(page.locator("#toasts")).to_contain_text("those that serve a feature")
    page.get_by_role("button", name="Check now").click()
    expect(page.locator("#health")).to_contain_text("gateway reachable.")
    page.get_by_role("link", name="See the plan").click()
    expect(page.locator("#plan")).to_contain_text("Modelport: Code Completion")


def test_models_are_searched_and_turned_as_pages(enter: Enter, ada: Actor, gitlab: GitLabServer) -> None:
    furnish(gitlab)
    page = enter(ada, "/instance").page
    page.get_by_role("button", name="Read GitLab").click()
    page.get_by_role("link", name="Next").click()
    expect(page.locator("#models")).to_contain_text("Page 2 of 2, 27 models.")
    page.get_by_label("Search GitLab's models").fill("sonnet")
    expect(page.locator("#models tbody tr")).to_have_count(1)
    assert page.url.endswith("/instance?q=sonnet")
    page.reload()
    expect(page.locator("#models tbody tr")).to_have_count(1)


@pytest.mark.usefixtures("held")
def test_it_goes_without_a_script(enter: Enter, ada: Actor) -> None:
    page = enter(ada, "/instance", javascript=False).page
    page.get_by_role("button", name="Read GitLab").click()
    expect(page.locator("#facts")).to_contain_text("19.2.1-ee", timeout=SLOW)
    page.get_by_label("Way of Code Completion", exact=True).select_option("through")
    page.get_by_role("button", name="Save the way of Code Completion").click()
    expect(page.get_by_label("Way of Code Completion", exact=True)).to_have_value("through")
    page.get_by_role("link", name="See the plan").click()
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#run-told")).to_contain_text("are done.", timeout=SLOW)


@pytest.mark.usefixtures("held")
def test_a_plan_that_changed_leads_to_the_new_one(enter: Enter, ada: Actor, ports: Ports) -> None:
    visit = enter(ada, "/instance", width=320)
    page = visit.page
    page.get_by_role("button", name="Read GitLab").click()
    page.get_by_role("link", name="See the plan").click()
    add_endpoint(ports, ada, "Another")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#run-told")).to_contain_text("Nothing was applied", timeout=SLOW)
    visit.check_axe()
    visit.check_width()
    page.get_by_role("link", name="See the new plan").click()
    expect(page.locator("#group-create")).to_contain_text("Another")


@pytest.mark.usefixtures("held")
def test_steps_that_failed_are_read_easily(enter: Enter, ada: Actor, gitlab: GitLabServer) -> None:
    visit = enter(ada, "/instance")
    page = visit.page
    page.get_by_role("button", name="Read GitLab").click()
    page.get_by_role("link", name="See the plan").click()
    gitlab.faults.add("closed", "aiSelfHostedModelCreate", times=None)
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#run-told")).to_contain_text("None of the 6 steps is done", timeout=SLOW)
    visit.check_looks()
    shot(page, "failed")
