"""The pages of tokens."""

import json
import re
import shlex
from html import unescape

import pytest

from app.domain.roles import Actor, Role
from app.domain.tokens import TokenDraft, read
from app.queries import api_tokens as query
from app.services import api_tokens
from app.services.ports import Ports
from tests.domain.token_cases import LIMIT_CASES, NO_LIMIT
from tests.fixtures.pages import Page, everything_stored, row_counts
from tests.fixtures.portal import OpenWindow, Window
from tests.fixtures.together import together

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


@together(
    ("typed", "field", "told"),
    [
        ({"name": ""}, "name", "Say what the token is for."),
        ({"days": "366"}, "days", "Use 1 to 365 days."),
        ({"days": "soon"}, "days", "Use 1 to 365 days."),
        *(({case.field: str(case.value)}, case.field, NO_LIMIT) for case in LIMIT_CASES),
        ({"tokens_per_minute": "many"}, "tokens_per_minute", NO_LIMIT),
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


def test_the_list_tells_limits_and_the_makers_last_sign_in(window: Window, ports: Ports, ada: Actor) -> None:
    limited = api_tokens.create(ports, ada, TokenDraft("a", "editor", (), 9, 60, 100_000)).id
    by_program = api_tokens.create(ports, Actor("token", "t", "a program", Role.ADMIN), TokenDraft("b", "viewer")).id
    page = Page(window.get(PLACE))
    told = page.words(f"token-{limited}")
    assert "60 requests, 100,000 tokens a minute" in told
    assert "Ada Admin, signed in just now" in told
    other = page.words(f"token-{by_program}")
    assert ("a program" in other, "signed in" in other, "a minute" in other) == (True, False, False)


@pytest.mark.parametrize(
    ("chosen", "model"),
    [
        ({"role": "", "features": ["code_completions", "duo_chat"]}, "duo_chat"),
        ({"role": "", "features": ["code_completions"]}, "code_completions"),
        ({"role": "editor"}, "duo_chat"),
    ],
)
def test_the_examples_call_a_feature_that_the_token_may_call(
    window: Window, portal_origin: str, chosen: dict[str, object], model: str
) -> None:
    page = window.post(PLACE, data={"name": "x", "days": "9", **chosen}).text
    (text,) = set(re.findall(r"mp_\w{61}", page))
    first, second = examples(page, "/v1/")
    assert first == ["curl", "-H", f"Authorization: Bearer {text}", f"{portal_origin}/v1/models"]
    assert second[:2] == ["curl", f"{portal_origin}/v1/chat/completions"]
    assert f"Authorization: Bearer {text}" in second
    body = json.loads(second[second.index("-d") + 1])
    assert (body["model"], [each["role"] for each in body["messages"]]) == (model, ["user"])


@pytest.mark.parametrize(("chosen", "shown"), [({"role": "viewer"}, 0), ({"role": "", "features": ["duo_chat"]}, 2)])
def test_who_calls_no_feature_gets_no_example_of_it(window: Window, chosen: dict[str, object], shown: int) -> None:
    page = window.post(PLACE, data={"name": "x", "days": "9", **chosen}).text
    assert len(examples(page, "/v1/chat/")) == shown // 2
    assert len(examples(page, "/api/v1/")) == (0 if shown else 1)


def examples(page: str, address: str) -> list[list[str]]:
    """The copyable lines for addresses below this one, as a shell splits them."""
    lines = [shlex.split(unescape(line)) for line in re.findall(r'data-copy="(curl [^"]+)"', page)]
    other = "/api/v1/" if address != "/api/v1/" else "/v1/none"
    return [line for line in lines if any(address in each and other not in each for each in line)]


def test_limits_are_typed_and_empty_is_none(window: Window, ports: Ports) -> None:
    chosen = {"name": "chat", "role": "editor", "days": "90", "requests_per_minute": " 60 ", "tokens_per_minute": ""}
    assert window.post(PLACE, data=chosen).status_code == 201
    (made,) = query.newest(ports.store, 2)
    assert (made.requests_per_minute, made.tokens_per_minute) == (60, None)


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
