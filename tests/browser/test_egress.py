"""The dry run of the rules for outbound calls in a real browser."""

from playwright.sync_api import expect

from app.domain.roles import Actor
from tests.fixtures.browsers import LOOKS
from tests.fixtures.served import Enter, app, enter, settings

__all__ = ["app", "enter", "settings"]


@LOOKS
def test_an_address_is_tried_by_keyboard_and_the_outcome_is_said(
    enter: Enter, ed: Actor, theme: str, width: int
) -> None:
    visit = enter(ed, "/settings/egress", theme=theme, width=width)
    visit.expect_status(422)
    page = visit.page
    page.get_by_label("Address").fill("http://[::ffff:169.254.169.254]:8000/latest")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="Rule")).to_contain_text("It would not be called")
    visit.check_axe()
    visit.check_width()
    page.get_by_label("Address").fill("http://10.0.0.5:8000/v1")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="Rule")).to_contain_text("MODELPORT_EGRESS_ALLOW_PRIVATE")
    page.get_by_label("Address").fill("http://ada@models.test/")
    page.keyboard.press("Enter")
    expect(page.locator("#address-error")).to_contain_text("Leave out the user name")
    visit.check_axe()
    visit.check_width()


def test_it_works_without_javascript(enter: Enter, ed: Actor) -> None:
    page = enter(ed, "/settings/egress", javascript=False).page
    page.get_by_label("Address").fill("http://100.64.0.7:8000/v1")
    page.get_by_role("button", name="Show what the rules say").click()
    expect(page.get_by_text("MODELPORT_EGRESS_ALLOW=100.64.0.7:8000 would admit it.")).to_be_visible()
