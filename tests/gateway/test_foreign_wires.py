"""Callers speak OpenAI's protocol, whichever platform answers: tools, streams and refusals on each of them."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest
from openai.types.chat import ChatCompletion, ChatCompletionChunk

from app.clients import google_credentials
from app.domain.roles import Actor
from app.services.ports import Ports
from tests.fakes import bedrock_server, messages_server, vertex_server
from tests.fakes.bedrock_server import BedrockServer
from tests.fakes.eventstream import event, exception
from tests.fakes.google_tokens import key_file
from tests.fakes.messages_server import MessagesServer
from tests.fakes.openai_bodies import HI, image, result, shown, tool
from tests.fakes.vertex_server import ANTHROPICS, GOOGLES, VertexServer
from tests.fixtures.stock import assign
from tests.fixtures.together import together
from tests.gateway.conftest import Caller, endpoint_at

KEY = "key-of-the-gateways-tests"
USED = {"type": "tool_use", "id": "toolu_1", "name": "weather"}
USE = {"toolUseId": "tooluse_1", "name": "weather"}
GOOGLES_CALL = {"functionCall": {"name": "weather", "args": {"city": "Bern"}}, "thoughtSignature": "c2lnbmVk"}


def messages_events(model: str) -> list[Mapping[str, Any]]:
    """An answer of the Messages API that looks and calls."""

    def block(index: int, begin: Any, *changes: Any) -> list[dict[str, Any]]:
        deltas = [{"type": "content_block_delta", "index": index, "delta": each} for each in changes]
        start = {"type": "content_block_start", "index": index, "content_block": begin}
        return [start, *deltas, {"type": "content_block_stop", "index": index}]

    parts = [{"type": "input_json_delta", "partial_json": each} for each in ("", '{"city":', ' "Bern"}')]
    looks = block(0, messages_server.text(""), {"type": "text_delta", "text": "I look."})
    start, end = messages_server.streamed(model)[0], messages_server.streamed(model)[-2:]
    ending = {**end[0], "delta": {"stop_reason": "tool_use"}}
    return [start, *looks, *block(1, {**USED, "input": {}}, *parts), ending, end[1]]


CONVERSE_EVENTS = (
    event("messageStart", role="assistant"),
    event("contentBlockDelta", contentBlockIndex=0, delta={"text": "I look."}),
    event("contentBlockStop", contentBlockIndex=0),
    event("contentBlockStart", contentBlockIndex=1, start={"toolUse": USE}),
    event("contentBlockDelta", contentBlockIndex=1, delta={"toolUse": {"input": '{"city":'}}),
    event("contentBlockDelta", contentBlockIndex=1, delta={"toolUse": {"input": ' "Bern"}'}}),
    event("contentBlockStop", contentBlockIndex=1),
    event("messageStop", stopReason="tool_use"),
    event("metadata", usage=bedrock_server.USAGE, metrics={"latencyMs": 40}),
)
LOOKS = vertex_server.text("I look.")
CALL = {**USED, "input": {"city": "Bern"}}
# So many events do not come in one piece.
MANY = 4000


def messages_script(model: str) -> dict[str, Any]:
    """The Messages API's answers: calling, whole and streamed, failing soon and late, and refusing a picture."""
    told, failure = messages_events(model)[:3], messages_server.error(0, "overloaded_error", "Overloaded")[1]
    return {
        "chat": (200, messages_server.message(model, messages_server.text("I look."), CALL, stop="tool_use")),
        "stream": (200, messages_events(model)),
        "fails": (200, [*told, failure]),
        "fails_late": (200, [*told, *told[2:] * MANY, failure]),
        "stops_late": (200, [*told, *told[2:] * MANY]),
        "no_images": messages_server.error(400, "invalid_request_error", "This model does not support image input"),
    }


GOOGLES_PIECE = vertex_server.content(LOOKS, finish=None)
GOOGLES_FAILURE = vertex_server.error(503, "UNAVAILABLE", "Try later.")[1]
GOOGLES_SCRIPT = {
    "chat": (200, vertex_server.content(LOOKS, GOOGLES_CALL)),
    "stream": (200, [GOOGLES_PIECE, vertex_server.content(GOOGLES_CALL)]),
    "fails": (200, [GOOGLES_PIECE, GOOGLES_FAILURE]),
    "fails_late": (200, [*[GOOGLES_PIECE] * MANY, GOOGLES_FAILURE]),
    "stops_late": (200, [GOOGLES_PIECE] * MANY),
    "no_images": vertex_server.error(400, "INVALID_ARGUMENT", "Image input modality is not enabled for this one"),
}
BEDROCK_FAILURE = exception("modelStreamErrorException", "Oh.")
BEDROCK_SCRIPT = {
    "chat": bedrock_server.said({"text": "I look."}, {"toolUse": {**USE, "input": {"city": "Bern"}}}, stop="tool_use"),
    "stream": bedrock_server.events(*CONVERSE_EVENTS),
    "fails": bedrock_server.events(*CONVERSE_EVENTS[:2], BEDROCK_FAILURE),
    "fails_late": bedrock_server.events(*CONVERSE_EVENTS[:2], *CONVERSE_EVENTS[1:2] * MANY, BEDROCK_FAILURE),
    "stops_late": bedrock_server.events(*CONVERSE_EVENTS[:2], *CONVERSE_EVENTS[1:2] * MANY),
    "no_images": bedrock_server.error(400, "ValidationException", "This model doesn't support the image field."),
}
CLOUD = {"region": vertex_server.REGION, "project": vertex_server.PROJECT, "auth": "service_account"}


@dataclass(frozen=True)
class Platform:
    """Where a platform is faked: `stored` is the endpoint's draft, `answers` what its server may be told to say.

    `call_id` is how it names its calls, "" where the gateway has to.
    """

    server: Callable[[], Any]
    stored: dict[str, str]
    answers: dict[str, Any]
    usage: tuple[int, int]
    call_id: str = ""
    extra: dict[str, Any] = field(default_factory=dict)


PLATFORMS = {
    "anthropic": Platform(
        lambda: MessagesServer(KEY),
        {"platform": "anthropic", "served": messages_server.MODELS[0], "api_key": KEY},
        messages_script(messages_server.MODELS[0]),
        (12, 5),
        "toolu_1",
    ),
    "bedrock": Platform(
        lambda: BedrockServer(api_key=KEY),
        {"platform": "bedrock", "served": bedrock_server.NAME, "api_key": KEY, "region": bedrock_server.REGION},
        BEDROCK_SCRIPT,
        (12, 5),
        "tooluse_1",
    ),
    "googles": Platform(
        VertexServer,
        {"platform": "vertex_ai", "served": GOOGLES, **CLOUD},
        GOOGLES_SCRIPT,
        (12, 7),
        extra={"google": {"thought_signature": "c2lnbmVk"}},
    ),
    "resold": Platform(
        VertexServer,
        {"platform": "vertex_ai", "served": ANTHROPICS, **CLOUD},
        messages_script(ANTHROPICS),
        (12, 5),
        "toolu_1",
    ),
}


class Served:
    """A platform that General Chat and Code Completion are given to."""

    def __init__(self, platform: Platform, server: Any) -> None:
        self.platform = platform
        self._server = server

    def says(self, name: str, kind: str) -> None:
        """From now on the server answers a `kind` of call with one of the platform's answers."""
        self._server.script[kind] = self.platform.answers[name]

    def forgets(self) -> None:
        """From now on it answers that it works."""
        self._server.script.clear()

    @property
    def heard(self) -> str:
        """The last body that it was sent."""
        last = self._server.requests[-1]
        return str(last.body.decode() if hasattr(last, "body") else json.dumps(last[3]))

    @property
    def calls(self) -> int:
        return len(self._server.requests)


@pytest.fixture(params=PLATFORMS)
def served(
    request: pytest.FixtureRequest, ports: Ports, ada: Actor, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Served]:
    """One platform after the other."""
    platform = PLATFORMS[request.param]
    with ExitStack() as stack:
        server = stack.enter_context(platform.server())
        stored = {"server": "", **platform.stored}
        if stored["platform"] == "vertex_ai":
            monkeypatch.setattr(google_credentials, "TOKEN_URL", server.token_url)
            stored["api_key"] = key_file()
        endpoint = endpoint_at(ports, ada, server.origin, **stored)
        for feature in ("duo_chat", "code_completions"):
            assign(ports, ada, feature, endpoint)
        yield Served(platform, server)


def chunks_of(text: str) -> list[ChatCompletionChunk]:
    """Every event but the last, as the official client reads it."""
    *events, done, rest = text.split("\n\n")
    assert (done, rest) == ("data: [DONE]", "")
    return [ChatCompletionChunk.model_validate_json(each.removeprefix("data: "), strict=True) for each in events]


def test_a_chat_is_told_in_openais_words(caller: Caller, served: Served) -> None:
    answer = caller.chat()
    told = ChatCompletion.model_validate(answer.json, strict=True)
    assert (told.choices[0].message.content, told.choices[0].finish_reason) == ("It works.", "stop")
    assert told.usage is not None
    assert (told.usage.prompt_tokens, told.usage.completion_tokens) == served.platform.usage
    assert told.model == served.platform.stored["served"]
    assert "Hi" in served.heard


def test_a_streamed_chat_is_told_in_openais_words(caller: Caller, served: Served) -> None:
    answer = caller.chat(stream=True, stream_options={"include_usage": True})
    *said, usage = chunks_of(answer.text)
    assert "".join(each.choices[0].delta.content or "" for each in said) == "It works."
    assert (said[0].choices[0].delta.role, said[-1].choices[0].finish_reason) == ("assistant", "stop")
    assert usage.usage is not None
    assert (usage.usage.prompt_tokens, usage.usage.completion_tokens) == served.platform.usage


def test_a_call_of_a_tool_goes_there_and_back(caller: Caller, served: Served) -> None:
    served.says("chat", "chat")
    first = caller.chat(messages=HI, tools=[tool()], tool_choice="auto")
    choice = ChatCompletion.model_validate(first.json, strict=True).choices[0]
    assert (choice.finish_reason, choice.message.content) == ("tool_calls", "I look.")
    message = first.json["choices"][0]["message"]
    (made,) = message["tool_calls"]
    assert (made["function"]["name"], json.loads(made["function"]["arguments"])) == ("weather", {"city": "Bern"})
    assert made["id"] == served.platform.call_id or made["id"].startswith("call_")
    assert made.get("extra_content", {}) == served.platform.extra
    served.forgets()
    told = caller.chat(messages=[*HI, message, result(made["id"])], tools=[tool()])
    assert told.json["choices"][0]["message"]["content"] == "It works."
    assert all(each in served.heard for each in ("12 degrees", served.platform.call_id, '"weather"', "Bern"))
    assert ("c2lnbmVk" in served.heard) is bool(served.platform.extra)


def test_a_streamed_call_of_a_tool_is_put_together(caller: Caller, served: Served) -> None:
    served.says("stream", "stream")
    said = chunks_of(caller.chat(messages=HI, tools=[tool()], stream=True).text)
    parts = [part for each in said for part in each.choices[0].delta.tool_calls or ()]
    assert "".join(each.choices[0].delta.content or "" for each in said) == "I look."
    assert {part.index for part in parts} == {0}
    assert [part.function.name for part in parts if part.function and part.function.name] == ["weather"]
    assert parts[0].id
    assert parts[0].id == served.platform.call_id or parts[0].id.startswith("call_")
    assert json.loads("".join(part.function.arguments or "" for part in parts if part.function)) == {"city": "Bern"}
    assert said[-1].choices[0].finish_reason == "tool_calls"


def test_a_stream_that_fails_at_once_has_not_begun(caller: Caller, served: Served) -> None:
    served.says("fails", "stream")
    answer = caller.chat(stream=True)
    assert (answer.status_code, answer.json["error"]["code"]) == (502, "endpoint_failed")


@pytest.mark.parametrize("way", ["fails_late", "stops_late"])
def test_a_failure_inside_a_stream_is_told_inside_it(caller: Caller, served: Served, way: str) -> None:
    served.says(way, "stream")
    *said, last, rest = caller.chat(stream=True).text.split("\n\n")
    assert "I look." in said[-1]
    assert json.loads(last.removeprefix("data: "))["error"]["code"] == "endpoint_broke_off"
    assert rest == ""


def test_what_the_platform_has_no_words_for_is_refused_before_it_is_asked(caller: Caller, served: Served) -> None:
    answer = caller.chat(logprobs=True)
    assert (answer.status_code, answer.json["error"]["code"]) == (400, "unsupported_parameter")
    assert answer.json["error"]["param"] == "logprobs"
    assert served.calls == 0


def test_a_picture_that_the_model_cannot_see_is_refused_as_such(caller: Caller, served: Served) -> None:
    served.says("no_images", "chat")
    answer = caller.chat(messages=[shown(image())])
    assert (answer.status_code, answer.json["error"]["code"]) == (400, "image_unsupported")


def test_a_gap_in_code_is_filled_by_chat(caller: Caller, served: Served) -> None:
    answer = caller("/completions", {"model": "code_completions", "prompt": "a = ", "suffix": "\nb", "max_tokens": 9})
    assert (answer.json["object"], answer.json["choices"][0]["text"]) == ("text_completion", "It works.")
    assert "a = " in served.heard


@together(("path", "words"), [("/completions", {"prompt": "a"}), ("/embeddings", {"input": "a"})])
def test_what_the_platform_has_no_address_for_is_refused(
    caller: Caller, served: Served, path: str, words: dict[str, str]
) -> None:
    answer = caller(path, {"model": "endpoint:here", **words})
    assert (answer.status_code, answer.json["error"]["code"]) == (400, "operation_unsupported")
    assert served.calls == 0
