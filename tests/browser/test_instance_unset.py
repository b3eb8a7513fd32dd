"""The page of the GitLab instance where none is connected."""

import os

from app.domain.roles import Actor
from tests.fixtures.served import Enter, app, enter, settings

__all__ = ["app", "enter", "settings"]
SHOTS = os.environ.get("SHOTS", "")


def test_it_says_what_to_do(enter: Enter, vi: Actor) -> None:
    visit = enter(vi, "/instance")
    visit.page.get_by_role("button", name="Copy: Address of GitLab").click()
    visit.check_looks()
    if SHOTS:
        visit.page.screenshot(path=f"{SHOTS}/unset.png", full_page=True, caret="initial")
