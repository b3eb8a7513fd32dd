"""People and sessions in a real browser, and the fresh sign-in that some acts want: in both themes, narrow, by keys."""

from datetime import timedelta

from playwright.sync_api import expect
from sqlalchemy import update

from app.domain.roles import Actor
from app.models.sign_in import SignInSession
from app.services import sessions
from app.services.ports import Ports
from app.services.sessions import SignedIn, Visitor
from tests.fixtures.browsers import LOOKS
from tests.fixtures.served import Enter, app, enter, settings
from tests.fixtures.stock import add_endpoint

__all__ = ["app", "enter", "settings"]
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 26_2 like Mac OS X) Version/26.2 Safari/604.1"


def elsewhere(ports: Ports, actor: Actor) -> None:
    """A session of the same person on another device."""
    who = SignedIn(actor.issuer, actor.subject, actor.name, actor.role, groups=actor.groups)
    sessions.begin(ports, who, Visitor("2001:db8:1234:5678:9abc:def0:1234:5678", PHONE))


@LOOKS
def test_another_session_is_ended_by_keyboard_on_ones_own_page_and_on_an_admins(
    enter: Enter, ports: Ports, ada: Actor, ed: Actor, theme: str, width: int
) -> None:
    for actor in (ada, ed):
        elsewhere(ports, actor)
    visit = enter(ada, "/settings/identity", theme=theme, width=width)
    page = visit.page
    visit.check_axe()
    visit.check_width()
    page.get_by_role("button", name="End the session of Safari on iOS").press("Enter")
    expect(page.locator("#sessions tbody tr")).to_have_count(1)
    page.goto(page.url.replace("identity", "people"))
    visit.check_axe()
    visit.check_width()
    page.get_by_role("link", name=ed.name).press("Enter")
    visit.check_axe()
    visit.check_width()
    page.get_by_role("button", name="End all sessions").press("Enter")
    expect(page.get_by_text("No session is open.")).to_be_visible()


def test_without_a_script_a_session_is_ended_as_well(enter: Enter, ports: Ports, ada: Actor) -> None:
    elsewhere(ports, ada)
    page = enter(ada, "/settings/identity", javascript=False, width=320).page
    page.get_by_role("button", name="End the session of Safari on iOS").click()
    expect(page.locator("#sessions tbody tr")).to_have_count(1)


@LOOKS
def test_an_old_sign_in_is_told_where_the_work_is_and_what_was_typed_stays(
    enter: Enter, ports: Ports, ada: Actor, theme: str, width: int
) -> None:
    endpoint_id = add_endpoint(ports, ada, api_key="sk-of-the-tests")
    visit = enter(ada, f"/endpoints/{endpoint_id}/key", theme=theme, width=width)
    with ports.store.write() as session:
        session.execute(update(SignInSession).values(created_at=ports.clock() - timedelta(minutes=11)))
    visit.expect_status(403)
    page = visit.page
    page.locator("input[type=password]").fill("sk-a-new-one")
    page.locator("input[type=password]").press("Enter")
    expect(page.locator("#sign-in")).to_contain_text("Sign in again for this")
    assert page.locator("input[type=password]").input_value() == "sk-a-new-one"
    visit.check_axe()
    visit.check_width()
