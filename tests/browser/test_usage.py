"""The page of usage in a real browser: in both themes, narrow, by the keyboard, without a script."""

from playwright.sync_api import expect

from app.domain.roles import Actor
from app.services.ports import Ports
from tests.fixtures.served import Enter, app, enter, settings
from tests.fixtures.traffic import busy_weeks

__all__ = ["app", "enter", "settings"]


def test_the_page_is_accessible_and_fits(enter: Enter, ports: Ports, ada: Actor) -> None:
    empty = enter(ada, "/usage")
    empty.check_looks()
    busy_weeks(ports, ada, days=12)
    visit = enter(ada, "/usage?period=30d")
    visit.check_width()
    for summary in visit.page.locator("figure summary").all():
        summary.click()
    visit.check_looks()


def test_period_and_grouping_change_in_place_by_the_keyboard(enter: Enter, ports: Ports, ada: Actor) -> None:
    busy_weeks(ports, ada, days=3)
    page = enter(ada, "/usage").page
    period = page.get_by_label("Period (UTC)")
    period.focus()
    page.keyboard.press("Home")
    expect(page).to_have_url(f"{page.url.partition('/usage')[0]}/usage?period=24h&by=feature")
    expect(page.locator("#chart-requests .mp-times")).to_contain_text(":00")
    expect(period).to_be_focused()
    page.get_by_role("link", name="By endpoint").press("Enter")
    expect(page.locator("#used tbody")).to_contain_text("Mistral Small 24B, Frankfurt")
    expect(page.get_by_role("link", name="By endpoint")).to_be_focused()
    expect(period).to_have_value("24h")
    page.go_back()
    expect(page.locator("#used tbody")).to_contain_text("General Chat")


def test_a_chart_is_read_as_a_table_by_the_keyboard(enter: Enter, ports: Ports, ada: Actor) -> None:
    busy_weeks(ports, ada, days=3)
    page = enter(ada, "/usage?period=90d").page
    drawing = page.get_by_role("img", name="Requests. Answered: at most")
    expect(drawing).to_be_visible()
    page.locator("#chart-requests summary").press("Enter")
    table = page.get_by_role("group", name="Requests")
    expect(table.get_by_role("row")).to_have_count(91)
    page.keyboard.press("Tab")
    expect(table).to_be_focused()


def test_without_a_script_the_same_choices_are_made(enter: Enter, ports: Ports, ada: Actor) -> None:
    busy_weeks(ports, ada, days=3)
    page = enter(ada, "/usage?by=endpoint", javascript=False).page
    page.get_by_label("Period (UTC)").select_option("30d")
    page.get_by_role("button", name="Show").click()
    expect(page).to_have_url(f"{page.url.partition('/usage')[0]}/usage?period=30d&by=endpoint")
    page.get_by_role("link", name="By token").click()
    expect(page.locator("#used tbody")).to_contain_text("Nightly review")
