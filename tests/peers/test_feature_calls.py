"""Features called by clients that others wrote, answered by a real llama.cpp server in families of three shapes."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any

import httpx
import openai
import pytest

from app.cli.model_server import ModelServer
from app.config import Settings
from app.data.facts import Facts
from app.domain.assignments import Change, State
from app.domain.roles import Actor
from app.services import assignments
from app.services.ports import Ports
from tests.gateway.conftest import endpoint_at
from tests.gateway.processes import Served, served
from tests.peers.conftest import TokenOf
from tests.peers.feature_clients import CHAT, CLIENTS, COMPLETIONS, Ask, Told, curl, official

FEATURES = ("duo_chat", "code_completions", "generate_commit_message")
# System text in a turn of its own; before the user's first words; around a gap none, but the marks of its training.
FAMILIES = ("other", "mixtral", "codellama")
PREFIX, SUFFIX = "def total(lines):\n    return ", "\n\n\ndef is_free(lines):\n    return total(lines) == 0\n"
DIFF = "--- a/mean.py\n+++ b/mean.py\n@@ -1 +1,2 @@\n+    if not values: return 0\n     return sum(values)\n"
INPUTS = {"prefix": PREFIX, "suffix": SUFFIX, "language": "", "file_name": ""}
SHORT = {"max_tokens": 12, "temperature": 0}
MESSAGES = [{"role": "user", "content": "What is a rebase?"}]
TALK = Ask(CHAT, "duo_chat", {"messages": MESSAGES, **SHORT})
TALK_STREAMED = Ask(CHAT, "duo_chat", {"messages": MESSAGES, **SHORT}, stream=True)
INSERT = Ask(CHAT, "code_completions", SHORT, {"prefix": PREFIX, "suffix": SUFFIX})
FILL = Ask(COMPLETIONS, "code_completions", {"prompt": PREFIX, "suffix": SUFFIX, **SHORT})
FILL_STREAMED = Ask(COMPLETIONS, "code_completions", {"prompt": PREFIX, "suffix": SUFFIX, **SHORT}, stream=True)
COMMIT = Ask(CHAT, "generate_commit_message", SHORT, {"diff": DIFF, "title": "Report no orders as 0"})
ASKS = [TALK, TALK_STREAMED, INSERT, FILL, FILL_STREAMED, COMMIT]
Serve = Callable[..., AbstractContextManager[Served]]


@pytest.fixture
def serve(ports: Ports, ada: Actor, settings: Settings, model_server: ModelServer) -> Serve:
    """Serve the three features in a family by the real model server, to whoever has the token."""

    def begin(token: str, family: str = "other") -> AbstractContextManager[Served]:
        endpoint = endpoint_at(ports, ada, model_server.url, "Llama", model_server.served_name)
        for feature in FEATURES:
            change = Change(feature, 0, State.ENDPOINT, endpoint, acknowledged=True, family=family)
            assignments.change(ports, ada, change)
        return served(settings, token, model_server.url, workers=1)

    return begin


@pytest.mark.parametrize("family", FAMILIES)
def test_every_client_is_answered(
    serve: Serve, token_of: TokenOf, family: str, facts: Facts, model_server: ModelServer
) -> None:
    with serve(token_of("editor"), family) as portal:
        # LiteLLM takes ten seconds to start, and no client knows of families.
        heard = {name: ask(portal, ASKS) for name, ask in CLIENTS.items() if name != "litellm" or family == "other"}
    for name, answers in heard.items():
        for ask, told in zip(ASKS, answers, strict=True):
            check(told, ask, family, f"{name}, {ask.model} at {ask.address}")
    costs = {name: [each.prompt_tokens for each in answers] for name, answers in heard.items()}
    assert all(each == costs["curl"] for each in costs.values())
    # Only the composed words cost what they cost when the server is sent them by hand.
    talk, insert = costs["curl"][ASKS.index(TALK)], costs["curl"][ASKS.index(INSERT)]
    assert talk == cost(model_server, talk_by_hand(facts, family))
    assert insert == cost(model_server, insert_by_hand(facts, family))


def check(told: Told, ask: Ask, family: str, whose: str) -> None:
    """An answer that names who served it, says something, was cut at its length and counted."""
    named = [told.headers[f"x-modelport-{each}"] for each in ("endpoint", "family", "tier", "fallback")]
    assert named == ["llama", family, "other", "false"], whose
    assert told.headers["content-type"].partition(";")[0] == (
        "text/event-stream" if ask.stream else "application/json"
    ), whose
    assert told.text.strip(), whose
    assert (told.finish, told.completion_tokens) == ("length", SHORT["max_tokens"]), whose
    assert told.pieces > 5 if ask.stream else told.pieces == 0, whose


def talk_by_hand(facts: Facts, family: str) -> list[dict[str, Any]]:
    """The messages that a question in General Chat becomes."""
    system = facts.prompts.system("duo_chat", facts.families[family])
    return in_its_place(family, system, MESSAGES[0]["content"])


def insert_by_hand(facts: Facts, family: str) -> list[dict[str, Any]]:
    """The messages that a gap in code becomes."""
    if family == "codellama":
        return [{"role": "user", "content": f"<PRE> {PREFIX} <SUF> {SUFFIX} <MID>"}]
    texts = facts.prompts.render("code_completions", facts.families[family], INPUTS, ())
    return in_its_place(family, texts.system, texts.user)


def in_its_place(family: str, system: str, user: str) -> list[dict[str, Any]]:
    """Two texts as the family's models take them."""
    if family == "mixtral":
        return [{"role": "user", "content": f"{system}\n\n{user}"}]
    return [{"role": "system", "content": system}, {"role": "user", "content": user}]


def cost(server: ModelServer, messages: list[dict[str, Any]]) -> int:
    """The tokens that llama.cpp counts of messages, asked without us."""
    body = {"model": server.served_name, "messages": messages, "max_tokens": 1}
    answer = httpx.post(f"{server.url}/chat/completions", json=body, timeout=30, trust_env=False)
    counted: int = answer.raise_for_status().json()["usage"]["prompt_tokens"]
    return counted


def test_the_sdk_lists_what_may_be_called(serve: Serve, token_of: TokenOf) -> None:
    with serve(token_of("", "duo_chat", "code_completions")) as portal, official(portal) as client:
        listed = {each.id for each in client.models.list()}
        shown = client.models.retrieve("duo_chat")
    assert listed == {"duo_chat", "duo_chat:raw", "code_completions", "code_completions:raw"}
    assert shown.model_extra is not None
    assert (shown.owned_by, shown.model_extra["endpoint"], shown.model_extra["family"]) == (
        "modelport",
        "llama",
        "other",
    )


def test_refusals_are_the_sdks_own_errors(serve: Serve, token_of: TokenOf, ports: Ports, ada: Actor) -> None:
    assignments.change(ports, ada, Change("duo_chat_fix_code", 0, State.DISABLED))
    with serve(token_of("editor")) as portal, official(portal) as client:
        assert refusal(client, openai.NotFoundError, model="duo_chatt").code == "model_not_found"
        assert refusal(client, openai.NotFoundError, model="summarize_review").code == "feature_unassigned"
        assert refusal(client, openai.PermissionDeniedError, model="duo_chat_fix_code").code == "feature_disabled"
        both = refusal(client, openai.BadRequestError, extra_body={"inputs": {"question": "Why?"}})
        assert (both.code, both.param) == ("messages_or_inputs", "messages")
        stranger = client.with_options(api_key=f"{portal.token[:-1]}-")
        assert refusal(stranger, openai.AuthenticationError).status_code == 401
        status, headers, _ = curl(portal, "/chat/completions", {"model": "duo_chatt", "messages": MESSAGES})
    assert (status, headers["content-type"]) == (404, "application/json")


def test_a_limit_is_the_sdks_own_error(serve: Serve, token_of: TokenOf) -> None:
    token = token_of("", "duo_chat", requests_per_minute=1)
    with serve(token) as portal, official(portal) as client:
        # Of three calls two may fall on either side of a minute's turn.
        refused = [each for each in (outcome(client) for _ in range(3)) if each is not None]
    assert {type(each) for each in refused} == {openai.RateLimitError}
    assert 1 <= int(refused[0].response.headers["Retry-After"]) <= 60


def test_a_token_calls_its_own_features_alone(serve: Serve, token_of: TokenOf) -> None:
    with serve(token_of("", "duo_chat")) as portal, official(portal) as client:
        assert outcome(client) is None
        assert refusal(client, openai.PermissionDeniedError, model="code_completions").code == "feature_not_allowed"


def outcome(client: openai.OpenAI, **change: Any) -> openai.APIStatusError | None:
    """The error that a call ends in, None for an answer."""
    body: Mapping[str, Any] = {"model": "duo_chat", "messages": MESSAGES, "max_tokens": 4, **change}
    try:
        client.chat.completions.create(**body)
    except openai.APIStatusError as error:
        return error
    return None


def refusal(client: openai.OpenAI, kind: type[openai.APIStatusError], **change: Any) -> openai.APIStatusError:
    """The error, which has to be of this very kind and say something."""
    error = outcome(client, **change)
    assert type(error) is kind
    assert isinstance(error.body, dict)
    assert error.body["message"].endswith(".")
    return error
