"""Choosing a model where a question comes first: the dialog, the way out of it, and where the focus goes."""

import re

import pytest
from playwright.sync_api import Locator, expect

from app.cli.model_server import ModelServer
from tests.browser.test_assign_journey import add
from tests.fixtures.browsers import Open, Visit
from tests.fixtures.portal import LivePortal, SignIn


@pytest.fixture
def features(
    request: pytest.FixtureRequest,
    browser: Open,
    sign_in: SignIn,
    live_portal: LivePortal,
    model_server_with_key: ModelServer,
) -> Visit:
    """Ada at the features, with an endpoint that no list knows, named after the test."""
    visit = sign_in(browser(), "ada")
    visit.expect_status(409, 422)
    add(visit.page, live_portal, model_server_with_key, request.node.name, "other")
    visit.page.goto(f"{live_portal.origin}/features")
    return visit


def choice(visit: Visit, feature: str) -> Locator:
    return visit.page.locator(f"#m-{feature}")


def choose(visit: Visit, feature: str, label: str) -> None:
    choice(visit, feature).focus()
    choice(visit, feature).select_option(label=label)


def test_leaving_the_question_changes_nothing(features: Visit, request: pytest.FixtureRequest) -> None:
    choose(features, "duo_chat_fix_code", request.node.name)
    dialog = features.page.locator("#dlg")
    expect(dialog).to_contain_text("no vendor support")
    features.check_axe("#dlg")
    features.page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(choice(features, "duo_chat_fix_code")).to_have_value("")
    expect(choice(features, "duo_chat_fix_code")).to_be_focused()


def test_the_focus_comes_back_to_the_choice_that_was_confirmed(features: Visit, request: pytest.FixtureRequest) -> None:
    choose(features, "duo_chat_write_tests", request.node.name)
    dialog = features.page.locator("#dlg")
    dialog.get_by_text("I take note").click()
    dialog.get_by_role("button", name="Assign").click()
    expect(features.page.locator("#duo_chat_write_tests")).to_have_attribute("data-state", "endpoint")
    expect(choice(features, "duo_chat_write_tests")).to_be_focused()
    expect(features.page.locator("#toasts")).to_contain_text("is assigned to Test Generation")


def test_two_windows_meet_and_the_later_one_decides(features: Visit, request: pytest.FixtureRequest) -> None:
    other = features.context.new_page()
    other.goto(features.page.url)
    other.locator("#m-duo_chat_refactor_code").select_option("disabled")
    expect(other.locator("#duo_chat_refactor_code")).to_have_attribute("data-state", "disabled")
    choose(features, "duo_chat_refactor_code", request.node.name)
    dialog = features.page.locator("#dlg")
    expect(dialog).to_contain_text(re.compile("It is now.*Disabled.*You wanted.*meet", re.DOTALL))
    features.check_axe("#dlg")
    dialog.get_by_role("button", name="Leave it as it is now").click()
    expect(choice(features, "duo_chat_refactor_code")).to_have_value("disabled")


def test_gitlabs_values_open_beside_the_list(features: Visit) -> None:
    choice(features, "glab_ask_git_command").select_option("disabled")
    features.page.locator("#copy-glab_ask_git_command").click()
    expect(features.page.locator("#dlg")).to_contain_text("Disable GitLab Duo for CLI")
    features.check_axe("#dlg")
