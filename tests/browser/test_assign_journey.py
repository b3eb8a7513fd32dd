"""The journey's second half: features are given to endpoints, and a viewer finds nothing to change."""

import re

import pytest
from playwright.sync_api import Page, expect

from app.cli.model_server import ModelServer
from tests.fixtures.browsers import Open, Visit
from tests.fixtures.portal import LivePortal, SignIn

LISTED_ON_VLLM = "Codestral 22B v0.1"
POST_UNASSIGN = """async () => {
  const csrf_token = document.querySelector("meta[name=csrf-token]").content;
  const body = new URLSearchParams({csrf_token, version: "1", endpoint_id: ""});
  return (await fetch("/features/duo_chat/assignment", {method: "POST", body})).status;
}"""


def add(page: Page, portal: LivePortal, server: ModelServer, name: str, kind: str, model: str = "") -> None:
    """Add an endpoint on the session's llama.cpp server, said to be `kind` of server."""
    page.goto(f"{portal.origin}/endpoints/new")
    with page.expect_response(re.compile("/endpoints/draft/form")):
        page.get_by_label("Server", exact=True).select_option(kind)
    page.get_by_role("textbox", name="Name", exact=True).fill(name)
    page.get_by_label("Base URL").fill(server.url)
    page.get_by_label(re.compile("API key")).fill(server.api_key or "")
    with page.expect_response(re.compile("/endpoints/draft/choice")):
        page.get_by_label("Model name").fill(server.served_name)
    page.get_by_label("Catalogue model").select_option(model)
    page.get_by_role("button", name="Create endpoint").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_features_are_assigned_and_a_viewer_changes_nothing(
    theme: str, browser: Open, sign_in: SignIn, live_portal: LivePortal, model_server_with_key: ModelServer
) -> None:
    admin = sign_in(browser(theme=theme), "ada")
    page = admin.page
    admin.expect_status(422)
    add(page, live_portal, model_server_with_key, f"Listed ({theme})", "vllm", LISTED_ON_VLLM)
    page.get_by_role("button", name="Test now").click()
    expect(page.locator("#test [data-verdict]")).to_have_attribute("data-verdict", "passed", timeout=20_000)
    add(page, live_portal, model_server_with_key, f"Unlisted ({theme})", "other")

    page.goto(f"{live_portal.origin}/features")
    assign_supported(page, theme)
    assign_other(page, theme)
    admin.check_axe()
    admin.check_width()
    look_as_viewer(sign_in(browser(theme=theme), "vi"), live_portal, theme)


def assign_supported(page: Page, theme: str) -> None:
    """A listed model on a listed host needs no acknowledgement."""
    row = page.locator("[data-feature=code_completions]")
    row.get_by_label(re.compile("^Model for")).select_option(label=f"Listed ({theme})")
    expect(row.locator("[data-tier]")).to_have_attribute("data-tier", "supported")
    row.locator("button[data-tier]").click()
    expect(row.locator("[popover]", has_text="GitLab").first).to_contain_text("functionality")
    page.keyboard.press("Escape")


def assign_other(page: Page, theme: str) -> None:
    """What nobody lists is acknowledged first; until then nothing is assigned."""
    row = page.locator("[data-feature=duo_chat]")
    row.get_by_label(re.compile("^Model for")).select_option(label=f"Unlisted ({theme})")
    dialog = page.locator("#dlg")
    expect(dialog).to_contain_text("no vendor support")
    # GitLab's style lays the label over its check box.
    dialog.get_by_text("I take note").click()
    dialog.get_by_role("button", name="Assign").click()
    expect(dialog).to_be_hidden()
    expect(row.locator("[data-tier]")).to_have_attribute("data-tier", "other")


def look_as_viewer(visit: Visit, portal: LivePortal, theme: str) -> None:
    """Everything is readable, nothing can be pressed, and a posted change is refused."""
    page = visit.page
    page.goto(f"{portal.origin}/features")
    row = page.locator("[data-feature=duo_chat]")
    expect(row).to_contain_text(f"Unlisted ({theme})")
    expect(page.locator("main select[name=endpoint_id], main [aria-label^='Model for']")).to_have_count(0)
    page.goto(f"{portal.origin}/endpoints")
    expect(page.get_by_role("button", name=re.compile("^Test"))).to_have_count(0)
    expect(page.get_by_role("link", name="New endpoint")).to_have_count(0)
    visit.expect_status(403)
    assert page.evaluate(POST_UNASSIGN) == 403
    visit.check_axe()
