"""The Messages API's shapes on the wire: what is sent, and what is read from answers, events and errors."""

import json
from typing import Any

import pytest

from app.clients.anthropic import Anthropic
from app.clients.dialect import Ask, Piece, ToolCall, ToolPiece, Trouble, WireError
from app.clients.target import Target
from app.lib import urls
from app.lib.http import Answer
from tests.fakes.messages_server import delta, error, message, streamed, text

WIRE = Anthropic()
ASK = Ask("Say that the connection works.", "Be brief.", 16)


def target(address: str = "https://api.anthropic.com", **more: Any) -> Target:
    named = {"key_header": "x-api-key", "api_key": "key-of-a-test", **more}
    return Target("anthropic", "", urls.parse(address), "claude-opus-4-6", **named)


def answer(status: int, body: Any) -> Answer:
    return Answer(status, {"content-type": "application/json"}, json.dumps(body).encode(), 1, 1)


@pytest.mark.parametrize("typed", ["", "/", "/v1", "/v1/"])
def test_an_address_works_with_and_without_v1(typed: str) -> None:
    asked = target(f"https://api.anthropic.com{typed}")
    calls = WIRE.list_call(asked), WIRE.chat_call(asked, ASK), WIRE.key_check_call(asked)
    assert [(each.method, each.address.path) for each in calls] == [
        ("GET", "/v1/models"),
        ("POST", "/v1/messages"),
        ("POST", "/v1/messages"),
    ]


def test_a_path_of_a_gateway_stays_in_front() -> None:
    assert WIRE.list_call(target("https://gate.corp/anthropic")).address.path == "/anthropic/v1/models"
    assert WIRE.chat_call(target("https://gate.corp/anthropic/v1"), ASK).address.path == "/anthropic/v1/messages"


def test_the_list_is_asked_for_in_one_page() -> None:
    assert WIRE.list_call(target()).query == (("limit", "1000"),)


def test_version_and_key_go_into_their_headers() -> None:
    call = WIRE.chat_call(target(headers={"X-Tenant": "a"}), ASK)
    assert call.headers == {"anthropic-version": "2023-06-01", "x-api-key": "key-of-a-test", "X-Tenant": "a"}
    assert call.secret
    assert WIRE.list_call(target(key_header="authorization")).headers["authorization"] == "Bearer key-of-a-test"


def test_without_a_key_none_is_sent() -> None:
    call = WIRE.list_call(target(api_key=None))
    assert (dict(call.headers), call.secret) == ({"anthropic-version": "2023-06-01"}, False)


def test_a_request_has_system_text_as_a_field_of_its_own() -> None:
    assert WIRE.chat_call(target(), ASK).json == {
        "model": "claude-opus-4-6",
        "max_tokens": 16,
        "system": "Be brief.",
        "messages": [{"role": "user", "content": "Say that the connection works."}],
        "temperature": 0.0,
        "stream": False,
    }


def test_quirks_leave_out_what_is_refused_but_never_max_tokens() -> None:
    quirks = frozenset({"no_system", "no_temperature", "max_completion_tokens"})
    assert WIRE.chat_call(target(quirks=quirks), ASK).json == {
        "model": "claude-opus-4-6",
        "max_tokens": 16,
        "messages": [{"role": "user", "content": "Be brief.\n\nSay that the connection works."}],
        "stream": False,
    }


def test_text_and_thinking_are_told_apart() -> None:
    thinking = {"type": "thinking", "thinking": "Well.", "signature": "x"}
    hidden = {"type": "redacted_thinking", "data": "x"}
    said = WIRE.read_chat(target(), answer(200, message("claude", thinking, hidden, text("It "), text("works."))))
    assert (said.text, said.reasoning, said.finish, said.model) == ("It works.", "Well.", "stop", "claude")
    assert (said.prompt_tokens, said.completion_tokens) == (12, 5)


def test_an_answer_that_was_cut_says_so_in_the_words_the_test_knows() -> None:
    assert WIRE.read_chat(target(), answer(200, message("claude", stop="max_tokens"))).finish == "length"
    assert WIRE.read_chat(target(), answer(200, message("claude", stop="refusal"))).finish == "content_filter"
    assert WIRE.read_chat(target(), answer(200, message("claude", stop="pause_turn"))).finish == "pause_turn"


@pytest.mark.parametrize("body", [None, [], "x", 7, {}, {"content": "x"}, {"choices": [{"message": {}}]}])
def test_another_shape_is_no_answer(body: Any) -> None:
    with pytest.raises(WireError) as caught:
        WIRE.read_chat(target(), answer(200, body))
    assert caught.value.trouble.code == "bad_json"


@pytest.mark.parametrize("block", [None, 7, "x", {}, {"type": "text"}, {"text": None}, {"thinking": 7}])
def test_a_block_of_another_shape_says_nothing(block: Any) -> None:
    assert WIRE.read_chat(target(), answer(200, {"content": [block]})).text == ""
    assert WIRE.read_event(json.dumps({"type": "content_block_delta", "delta": block})) == Piece()


def test_a_stream_is_read_event_by_event() -> None:
    read = [WIRE.read_event(json.dumps(each)) for each in streamed("claude", "It ", "works.")]
    empty = Piece()
    assert read == [
        *(Piece(prompt_tokens=12), empty, empty),
        *(Piece("It "), Piece("works.")),
        *(empty, Piece(finish="stop", prompt_tokens=12, completion_tokens=5), Piece(done=True)),
    ]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (delta(type="thinking_delta", thinking="Well."), Piece(reasoning="Well.")),
        (delta(type="signature_delta", signature="x"), Piece()),
        (delta(type="input_json_delta", partial_json="{"), Piece(tools=(ToolPiece(0, "{"),))),
        (delta(type="input_json_delta", partial_json=""), Piece()),
        ({"type": "a_kind_of_tomorrow"}, Piece()),
        (error(0, "overloaded_error", "Overloaded")[1], Piece(failed=Trouble("busy", "Overloaded"))),
        (error(0, "rate_limit_error", "Slow")[1], Piece(failed=Trouble("rate_limited", "Slow"))),
        (error(0, "api_error", "Oh")[1], Piece(failed=Trouble("error_in_200", "Oh"))),
        ({"type": "error", "error": "Oh"}, Piece(failed=Trouble("error_in_200", "Oh"))),
    ],
)
def test_an_event_is_text_thinking_an_error_or_nothing(event: Any, expected: Piece) -> None:
    assert WIRE.read_event(json.dumps(event)) == expected


def test_a_call_is_read_with_its_id() -> None:
    used = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {"city": "Bern"}}
    bare = {"type": "tool_use", "id": "toolu_2", "name": "now", "input": {}}
    said = WIRE.read_chat(target(), answer(200, message("claude", text("I look."), used, bare, stop="tool_use")))
    assert said.tool_calls == (ToolCall("weather", '{"city": "Bern"}', "toolu_1"), ToolCall("now", "{}", "toolu_2"))
    assert (said.text, said.finish) == ("I look.", "tool_calls")


def test_a_streamed_call_begins_with_its_name_and_goes_on_in_parts() -> None:
    begun = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {}}
    start = {"type": "content_block_start", "index": 1, "content_block": begun}
    part = {"type": "content_block_delta", "index": 1, "delta": {"type": "input_json_delta", "partial_json": '{"c'}}
    whole = {**start, "content_block": {**begun, "input": {"city": "Bern"}}}
    tools = [WIRE.read_event(json.dumps(each)).tools for each in (start, part, whole)]
    assert tools == [
        (ToolPiece(1, "", "weather", "toolu_1"),),
        (ToolPiece(1, '{"c'),),
        (ToolPiece(1, '{"city": "Bern"}', "weather", "toolu_1"),),
    ]


def test_what_the_cache_took_counts_among_the_prompt() -> None:
    usage = {"input_tokens": 3, "cache_creation_input_tokens": 40, "cache_read_input_tokens": 500, "output_tokens": 1}
    start = {"type": "message_start", "message": {"usage": usage}}
    assert WIRE.read_chat(target(), answer(200, {"content": [], "usage": usage})).prompt_tokens == 543
    assert WIRE.read_event(json.dumps(start)) == Piece(prompt_tokens=543)


@pytest.mark.parametrize("usage", [{"output_tokens": 7}, {"input_tokens": 0, "output_tokens": 7}])
def test_an_ending_that_knows_no_input_leaves_the_count_of_the_start(usage: Any) -> None:
    ending = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": usage}
    assert WIRE.read_event(json.dumps(ending)) == Piece(finish="stop", completion_tokens=7)


@pytest.mark.parametrize("data", ["[DONE]", "", "[]", "7", "{}", '{"type": 7}', '{"choices": []}', "[" * 100_000])
def test_what_is_no_event_of_this_protocol_is_refused(data: str) -> None:
    with pytest.raises(WireError) as caught:
        WIRE.read_event(data)
    assert caught.value.trouble.code == "stream_not_sse"


@pytest.mark.parametrize(
    ("status", "kind", "words", "code"),
    [
        (400, "invalid_request_error", "messages: at least one message is required", "bad_request"),
        (400, "invalid_request_error", "model: Field required", "bad_request"),
        (400, "invalid_request_error", "`temperature` is deprecated for this model.", "temperature_unsupported"),
        (400, "invalid_request_error", "prompt is too long: 208310 tokens > 200000 maximum", "context_error"),
        (400, "invalid_request_error", "Your credit balance is too low to access the Anthropic API.", "no_credit"),
        (400, "invalid_request_error", "You have reached your specified API usage limits.", "no_credit"),
        (401, "authentication_error", "invalid x-api-key", "key_wrong"),
        (401, "authentication_error", "x-api-key header is required", "key_missing"),
        (401, "authentication_error", "Invalid bearer token", "key_wrong"),
        (402, "billing_error", "There is an issue with your payment information.", "no_credit"),
        (403, "permission_error", "Your API key does not have permission to use this resource.", "key_forbidden"),
        (404, "not_found_error", "model: claude-opus-9", "model_not_served"),
        (404, "not_found_error", "Not found", "wrong_path"),
        (413, "request_too_large", "Request exceeds the maximum size", "bad_request"),
        (429, "rate_limit_error", "This request would exceed your organization's rate limit.", "rate_limited"),
        (500, "api_error", "Internal server error", "server_error"),
        (529, "overloaded_error", "Overloaded", "busy"),
        (200, "api_error", "Internal server error", "error_in_200"),
    ],
)
def test_an_error_has_its_code(status: int, kind: str, words: str, code: str) -> None:
    found = WIRE.trouble(target(), answer(*error(status, kind, words)))
    assert found == Trouble(code, words, status)


def test_a_missing_model_is_known_from_words_that_a_gateway_passes_on() -> None:
    inner = json.dumps(error(404, "not_found_error", "model: claude-opus-9")[1])
    found = WIRE.trouble(target(), answer(404, {"error": {"message": f"AnthropicException - {inner}"}}))
    assert found
    assert found.code == "model_not_served"


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", ["wrong_path /anthropic"]),
        ("/v1", ["wrong_path /anthropic"]),
        ("/v1/messages", ["pasted_path /v1", "pasted_path /anthropic"]),
        ("/v1/messages/count_tokens", ["pasted_path /v1", "pasted_path /anthropic"]),
        ("/api", ["wrong_path ", "wrong_path /anthropic"]),
        ("/anthropic/v1", ["wrong_path "]),
        ("/anthropic/v1/models", ["pasted_path /anthropic/v1", "pasted_path "]),
    ],
)
def test_other_addresses_are_thought_of_likeliest_first(typed: str, expected: list[str]) -> None:
    found = WIRE.alternatives(target(f"https://gate.corp{typed}"))
    assert [f"{each.code} {each.target.address.path}" for each in found] == expected
