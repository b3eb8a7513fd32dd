"""A chain is composed in the dialog, looked at and applied, also without a script; a section takes one endpoint."""

import re

import pytest
from playwright.sync_api import Locator, expect

from app.domain.roles import Actor
from app.services.ports import Ports
from tests.fixtures.browsers import LOOKS
from tests.fixtures.served import Enter, app, enter, settings
from tests.fixtures.stock import UNLISTED, add_endpoint, attest, ready, uses

__all__ = ["app", "enter", "settings"]
CHAT = "duo_chat"


@pytest.fixture
def stored(ports: Ports, ada: Actor) -> dict[str, str]:
    """Two listed endpoints in two regions, and one that no list knows."""
    found = {name: add_endpoint(ports, ada, name) for name in ("First", "Second")}
    found["Weak"] = add_endpoint(ports, ada, "Weak", **UNLISTED)
    attest(ports, ada, found["First"], "EU")
    attest(ports, ada, found["Second"], "US")
    ready(ports, found["First"])
    ready(ports, found["Weak"], "limits", "code_completions", "code_generations")
    return found


def compose(scope: Locator) -> None:
    """First, then Second and Weak, which the buttons turn around."""
    scope.get_by_label("Endpoint", exact=True).select_option(label="First")
    for number, name in ((1, "Second"), (2, "Weak")):
        scope.get_by_role("button", name="Add a fallback").click()
        scope.get_by_label(f"Fallback {number}", exact=True).select_option(label=name)
    scope.get_by_role("button", name="Move fallback 2 up").click()
    expect(scope.get_by_label("Fallback 1", exact=True).locator("option:checked")).to_have_text("Weak")
    scope.get_by_role("button", name="See what changes").click()
    expect(scope.locator("#review")).to_contain_text("Second: Data leave EU for US.")


@pytest.mark.usefixtures("stored")
@LOOKS
def test_a_chain_is_composed_looked_at_and_applied(
    enter: Enter, ports: Ports, ada: Actor, theme: str, width: int
) -> None:
    visit = enter(ada, "/features", theme=theme, width=width)
    visit.expect_status(422)
    row, dialog = visit.page.locator(f"[data-feature={CHAT}]"), visit.page.locator("#dlg")
    row.get_by_role("button", name=re.compile("^Edit")).click()
    compose(dialog)
    visit.check_axe("#dlg")
    dialog.get_by_role("button", name="Apply").click()
    expect(dialog.locator("#acknowledged-error")).to_have_text("Tick this box first.")
    dialog.get_by_text("I take note").click()
    dialog.get_by_role("button", name="Apply").click()
    expect(dialog).to_be_hidden()
    expect(row).to_contain_text("1 Weak")
    expect(row.locator("[data-readiness]")).to_have_attribute("data-readiness", "works")
    expect(visit.page.locator(f"#edit-{CHAT}")).to_be_focused()
    assert uses(ports.store, CHAT) == ["First", "Weak", "Second"]
    visit.check_axe()
    visit.check_width()


@pytest.mark.usefixtures("stored")
def test_without_a_script_the_same_pages_lead_there(enter: Enter, ports: Ports, ada: Actor) -> None:
    visit = enter(ada, f"/features/{CHAT}/edit", javascript=False)
    compose(visit.page.locator("main"))
    visit.page.get_by_text("I take note").click()
    visit.page.get_by_role("button", name="Apply").click()
    expect(visit.page).to_have_url(re.compile(f"/features#{CHAT}$"))
    assert uses(ports.store, CHAT) == ["First", "Weak", "Second"]


@pytest.mark.usefixtures("stored")
def test_a_section_takes_what_suits_it_after_one_note(enter: Enter, ports: Ports, ada: Actor) -> None:
    visit = enter(ada, "/features")
    visit.expect_status(422)
    dialog = visit.page.locator("#dlg")
    visit.page.get_by_role("button", name="Assign to all that it suits: Code Suggestions").click()
    dialog.get_by_label("Model").select_option(label="Weak")
    expect(dialog.locator("#differences [data-readiness=limits]")).to_have_count(2)
    visit.check_axe("#dlg")
    dialog.get_by_text("I take note").click()
    dialog.get_by_role("button", name="Assign to 2 features").click()
    expect(visit.page.locator("[data-feature=code_generations]")).to_have_attribute("data-state", "endpoint")
    assert [uses(ports.store, each) for each in ("code_completions", "code_generations")] == [["Weak"], ["Weak"]]
