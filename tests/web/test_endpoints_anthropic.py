"""Anthropic as a platform in the endpoint's form and on its page."""

import pytest

from app.domain.roles import Actor
from tests.domain.endpoint_cases import GOOD
from tests.fakes.messages_server import MODELS, MessagesServer
from tests.fixtures.pages import Page
from tests.fixtures.portal import OpenWindow, Window

KEY = GOOD["api_key"]
TYPED = {**GOOD, "platform": "anthropic", "server": "", "family": "claude_3", "identifier": MODELS[0]}


@pytest.fixture
def window(window_of: OpenWindow, ed: Actor) -> Window:
    return window_of(ed)


def test_choosing_it_brings_its_address_and_says_what_may_be_left_out(window: Window) -> None:
    answer = window.post("/endpoints/draft/form", data={"platform": "anthropic"}, fragment=True)
    page = Page(answer)
    assert page.value("platform") == "anthropic"
    assert page.value("base_url") == "https://api.anthropic.com"
    assert "/v1 at its end is not needed" in page.words("base_url-help")
    assert page.controls("api_version") == page.controls("server") == []


@pytest.mark.parametrize("typed", ["", "https://api.anthropic.com", "https://api.anthropic.com/v1"])
def test_what_gitlab_wants_is_ready_to_copy(window: Window, typed: str) -> None:
    made = window.post("/endpoints", data={**TYPED, "base_url": typed})
    assert made.status_code == 303
    words = Page(window.get(made.headers["Location"])).words("main")
    assert f"anthropic/{MODELS[0]}" in words
    assert '"endpoint": "https://api.anthropic.com"' in words


def test_find_models_sends_the_key_in_its_own_header(window: Window) -> None:
    with MessagesServer(KEY) as server:
        answer = window.post("/endpoints/draft/models", data={**TYPED, "base_url": server.origin}, fragment=True)
        sent = server.requests[0][2]
    assert [each.get("value") for each in Page(answer).controls("models")] == list(MODELS)
    assert (sent["x-api-key"], sent["anthropic-version"], "authorization" in sent) == (KEY, "2023-06-01", False)
