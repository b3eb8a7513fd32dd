"""The pages of tokens."""

import re

import pytest

from app.domain.roles import Actor
from app.domain.tokens import TokenDraft, read
from app.queries import api_tokens as query
from app.services import api_tokens
from app.services.ports import Ports
from tests.fixtures.pages import Page, everything_stored, row_counts
from tests.fixtures.portal import OpenWindow, Window

PLACE = "/settings/tokens"


@pytest.fixture
def window(window_of: OpenWindow, ada: Actor) -> Window:
    return window_of(ada)


def test_only_admins_see_them(window_of: OpenWindow, ed: Actor) -> None:
    window = window_of(ed)
    assert [window.get(f"{PLACE}{path}").status_code for path in ("", "/new")] == [403, 403]
    assert f'href="{PLACE}"' not in window.get("/").text


def test_the_first_page_leads_to_the_form(window: Window) -> None:
    assert f"{PLACE}/new" in Page(window.get(PLACE)).links()


def test_the_text_is_on_the_answer_and_nowhere_else(window: Window, ports: Ports) -> None:
    answer = window.post(PLACE, data={"name": "nightly", "role": "editor", "days": "30"})
    assert (answer.status_code, answer.headers["Cache-Control"]) == (201, "no-store")
    (text,) = set(re.findall(r"mp_\w{61}", answer.text))
    parts = read(text)
    assert parts is not None
    assert f'data-copy="{text}"' in answer.text
    assert api_tokens.authenticate(ports, text).actor is not None
    assert parts.secret not in window.get(PLACE).text + everything_stored(ports)


def test_a_token_for_features_lists_them(window: Window, ports: Ports) -> None:
    chosen = {"name": "chat", "role": "", "features": ["duo_chat", "duo_agent_platform"], "days": "90"}
    answer = window.post(PLACE, data=chosen)
    (made,) = query.newest(ports.store, 2)
    assert (answer.status_code, made.features) == (201, ("duo_chat", "duo_agent_platform"))
    assert "General Chat" in Page(window.get(PLACE)).words(f"token-{made.id}")


@pytest.mark.parametrize(
    ("typed", "field", "told"),
    [
        ({"name": ""}, "name", "Say what the token is for."),
        ({"days": "366"}, "days", "Use 1 to 365 days."),
        ({"days": "soon"}, "days", "Use 1 to 365 days."),
        ({"role": ""}, "features", "Choose a role, or the features that the token may call."),
        ({"role": "", "features": ["none"]}, "features", "There is no feature “none”."),
        ({"role": "owner"}, "role", "There is no role “owner”. Choose one of viewer, editor, admin."),
    ],
)
def test_what_does_not_fit_is_told_at_its_field_and_the_rest_kept(
    window: Window, ports: Ports, typed: dict[str, object], field: str, told: str
) -> None:
    before = row_counts(ports)
    answer = window.post(PLACE, data={"name": "nightly", "role": "viewer", "days": "30", **typed})
    page = Page(answer)
    assert (answer.status_code, page.error(field)) == (422, told)
    assert page.value("name") == typed.get("name", "nightly")
    assert row_counts(ports) == before


def test_revoking_asks_for_the_name_first(window: Window, ports: Ports, ada: Actor) -> None:
    made = api_tokens.create(ports, ada, TokenDraft("nightly", "viewer"))
    place = f"{PLACE}/{made.id}/revoke"
    assert "never used" in window.get(place).text
    wrong = window.post(place, data={"confirm": "nightl"})
    assert (wrong.status_code, Page(wrong).words("confirm-error")) == (422, "Type nightly to revoke it.")
    assert window.post(place, data={"confirm": "nightly"}).status_code == 303
    row = Page(window.get(PLACE)).words(f"token-{made.id}")
    assert "Revoked" in row
    assert place not in Page(window.get(PLACE)).links()
    assert window.get(f"{PLACE}/none/revoke").status_code == 404
