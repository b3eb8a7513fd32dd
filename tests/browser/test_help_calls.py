"""The help page on calls in a real browser."""

from tests.fixtures.browsers import Open
from tests.fixtures.portal import LivePortal, SignIn


def test_the_page_is_accessible_and_fits(browser: Open, sign_in: SignIn, live_portal: LivePortal) -> None:
    visit = sign_in(browser(), "vi")
    visit.page.goto(f"{live_portal.origin}/help/calls")
    visit.check_looks()
