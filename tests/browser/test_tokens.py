"""The pages of tokens in a real browser: made, copied, revoked; in both themes, narrow, without a script."""

import pytest
from playwright.sync_api import expect

from app.domain.roles import Actor
from app.domain.tokens import TokenDraft, read
from app.services import api_tokens
from app.services.ports import Ports
from tests.fixtures.served import Enter, app, enter, settings

__all__ = ["app", "enter", "settings"]
PLACE = "/settings/tokens"


@pytest.mark.parametrize(
    ("theme", "width", "javascript"), [("light", 1280, True), ("dark", 320, True), ("light", 320, False)]
)
def test_a_token_is_made_and_revoked(enter: Enter, ada: Actor, theme: str, width: int, javascript: bool) -> None:
    visit = enter(ada, PLACE, theme=theme, width=width, javascript=javascript)
    page = visit.page
    page.get_by_role("link", name="New token").click()
    page.get_by_label("Name").fill("nightly export")
    page.get_by_role("button", name="Make token").click()
    text = page.locator("#made code").first.inner_text()
    assert read(text) is not None
    if javascript:
        visit.check_axe()
        visit.check_width()
    page.get_by_role("link", name="Done").click()
    page.get_by_role("link", name="Revoke nightly export").click()
    page.get_by_label("Type nightly export").fill("nightly export")
    page.get_by_role("button", name="Revoke token").click()
    expect(page.locator("tbody tr")).to_contain_text("Revoked")


def test_every_page_is_accessible_and_fits(enter: Enter, ports: Ports, ada: Actor) -> None:
    made = api_tokens.create(ports, ada, TokenDraft("A token with quite a long name of its own", "admin"))
    features = tuple(ports.facts.features)[:9]
    api_tokens.create(ports, ada, TokenDraft("features", features=features))
    visit = enter(ada, PLACE)
    for path in ("", "/new", f"/{made.id}/revoke"):
        visit.page.goto(visit.page.url.partition(PLACE)[0] + PLACE + path)
        visit.check_looks()
