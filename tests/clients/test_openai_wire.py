"""What is read from answers of OpenAI's shape, good and bad; nothing that a server sends may raise anything else."""

import json
from dataclasses import replace
from typing import Any

import pytest

from app.clients.dialect import Ask, ToolCall, ToolPiece, WireError
from app.clients.json_wire import LIST_MAX
from app.clients.openai_compatible import OpenAICompatible
from app.clients.openai_wire import chat_body
from app.clients.target import Target
from app.lib import urls
from app.lib.http import Answer

WIRE = OpenAICompatible()
TARGET = Target("openai_compatible", "vllm", urls.parse("http://h:8000/v1"), "alpha", "sk-key-of-a-test")
DEEP = "[" * 100_000


def answer(body: Any, status: int = 200, kind: str = "application/json", **headers: str) -> Answer:
    text = body if isinstance(body, str) else json.dumps(body)
    return Answer(status, {"content-type": kind, **headers}, text.encode("utf-8", "surrogatepass"), 1, 1)


def names(*rows: Any) -> list[str]:
    return [each.name for each in WIRE.read_list(TARGET, answer({"data": list(rows)}))]


def code_of(reading: Any, *arguments: Any) -> str:
    with pytest.raises(WireError) as problem:
        reading(*arguments)
    return problem.value.trouble.code


def test_names_come_once_and_in_the_servers_order() -> None:
    assert names({"id": "b"}, {"id": "a"}, {"id": "b"}) == ["b", "a"]


@pytest.mark.parametrize("odd", [{}, {"id": None}, {"id": 7}, {"id": ""}, {"id": "x" * 256}, "a", None, ["a"]])
def test_rows_without_a_usable_name_are_passed_over(odd: Any) -> None:
    assert names(odd, {"id": "a"}) == ["a"]


@pytest.mark.parametrize("name", ["a\0b", "a\nb", "\x1b[31ma", "\u202eb", "\ud800"])
def test_names_with_invisible_characters_are_passed_over(name: str) -> None:
    assert names({"id": name}, {"id": "a"}) == ["a"]


def test_markup_is_a_name_like_any_other() -> None:
    assert names({"id": "<script>alert(1)</script>"}) == ["<script>alert(1)</script>"]


def test_no_more_than_ten_thousand_names_are_taken() -> None:
    assert len(names(*({"id": f"model-{number}"} for number in range(10_001)))) == LIST_MAX == 10_000


def test_an_empty_list_is_a_list() -> None:
    assert names() == []


@pytest.mark.parametrize(
    ("row", "context"),
    [
        ({"max_model_len": 8192}, 8192),
        ({"context_length": 4096}, 4096),
        ({"meta": {"n_ctx_train": 2048}}, 2048),
        ({"max_model_len": True}, None),
        ({"max_model_len": -1}, None),
        ({"max_model_len": "8192"}, None),
        ({"max_model_len": 10**30}, None),
        ({"meta": "none"}, None),
    ],
)
def test_a_context_is_taken_where_it_is_a_sensible_number(row: dict[str, Any], context: int | None) -> None:
    [found] = WIRE.read_list(TARGET, answer({"data": [{"id": "a", **row}]}))
    assert found.context == context


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"data": "x"}, "model_list_malformed"),
        ({"data": [{"id": 1}]}, "model_list_malformed"),
        ({}, "model_list_malformed"),
        ([], "model_list_malformed"),
        ("null", "model_list_malformed"),
        ("", "bad_json"),
        ("{", "bad_json"),
        (DEEP, "bad_json"),
        ("<!DOCTYPE html><p>Hello", "html_answer"),
        ({"error": {"message": "no"}}, "error_in_200"),
        ({"error": "no"}, "error_in_200"),
        ({"detail": "Not authenticated"}, "error_in_200"),
    ],
)
def test_anything_else_than_a_list_has_its_code(body: Any, code: str) -> None:
    assert code_of(WIRE.read_list, TARGET, answer(body)) == code


def reply(message: Any, **more: Any) -> dict[str, Any]:
    return {"choices": [{"message": message, "finish_reason": "stop"}], "model": "alpha", **more}


def test_a_reply_is_read() -> None:
    said = WIRE.read_chat(TARGET, answer(reply({"content": "Hi"}, usage={"prompt_tokens": 3, "completion_tokens": 1})))
    assert (said.text, said.finish, said.model, said.prompt_tokens, said.completion_tokens) == (
        "Hi", "stop", "alpha", 3, 1,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("message", "text", "reasoning"),
    [
        ({"content": [{"type": "text", "text": "Hi"}, {"text": " there"}, "?"]}, "Hi there", ""),
        ({"content": None, "reasoning_content": "Hm"}, "", "Hm"),
        ({"content": 7, "reasoning": "Hm"}, "", "Hm"),
        ({}, "", ""),
    ],
)
def test_content_has_several_shapes(message: dict[str, Any], text: str, reasoning: str) -> None:
    said = WIRE.read_chat(TARGET, answer(reply(message, usage=None)))
    assert (said.text, said.reasoning, said.prompt_tokens) == (text, reasoning, None)


@pytest.mark.parametrize(
    "body",
    [
        {"choices": []},
        {"choices": {}},
        {"choices": ["x"]},
        {"choices": [{}]},
        {"choices": [{"message": "text"}]},
        {"choices": [{"message": None}]},
        {"choices": None, "data": 1},
        [],
        "7",
        "",
        DEEP,
    ],
)
def test_any_other_reply_is_bad_json(body: Any) -> None:
    assert code_of(WIRE.read_chat, TARGET, answer(body)) == "bad_json"


def test_events_are_read() -> None:
    def event(**choice: Any) -> str:
        return json.dumps({"choices": [choice]})

    assert WIRE.read_event(event(delta={"content": "Hi"})).text == "Hi"
    assert WIRE.read_event(event(delta={"reasoning_content": "Hm"})).reasoning == "Hm"
    assert WIRE.read_event(event(delta=None, finish_reason="stop")).finish == "stop"
    assert WIRE.read_event(json.dumps({"choices": [], "usage": {}})).text == ""
    assert WIRE.read_event(" [DONE] ").done


def test_calls_are_read_with_their_ids() -> None:
    whole = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city":"Bern"}'}}
    odd = {"function": {"name": "now", "arguments": {"at": 1}}, "extra_content": {"google": {}}}
    bare = {"id": None, "function": {"name": "stop"}}
    said = WIRE.read_chat(TARGET, answer(reply({"content": None, "tool_calls": [whole, odd, bare, "x", {}]})))
    assert said.tool_calls == (
        ToolCall("weather", '{"city":"Bern"}', "call_1"),
        ToolCall("now", '{"at": 1}', extra={"google": {}}),
        ToolCall("stop", ""),
    )


def test_streamed_calls_are_read_in_their_parts() -> None:
    def tools(*parts: Any) -> tuple[ToolPiece, ...]:
        return WIRE.read_event(json.dumps({"choices": [{"delta": {"tool_calls": parts}}]})).tools

    begun = {"index": 1, "id": "call_1", "type": "function", "function": {"name": "weather", "arguments": ""}}
    assert tools(begun) == (ToolPiece(1, "", "weather", "call_1"),)
    assert tools({"index": 1, "function": {"arguments": '{"ci'}}) == (ToolPiece(1, '{"ci'),)
    unnumbered = {"function": {"name": "now", "arguments": {}}}
    assert tools(unnumbered, unnumbered) == (ToolPiece(0, "{}", "now"), ToolPiece(1, "{}", "now"))
    assert tools("x", {}, {"function": None}) == ()


@pytest.mark.parametrize("choices", [[], [{"delta": {"content": "Hi"}}]])
def test_usage_is_read_in_whichever_event_it_stands(choices: Any) -> None:
    usage = {"prompt_tokens": 3, "completion_tokens": 1, "prompt_tokens_details": {"cached_tokens": 2}}
    piece = WIRE.read_event(json.dumps({"choices": choices, "usage": usage}))
    assert (piece.prompt_tokens, piece.completion_tokens) == (3, 1)


@pytest.mark.parametrize("error", [{"message": "out of memory"}, "out of memory"])
def test_an_error_event_is_told(error: Any) -> None:
    failed = WIRE.read_event(json.dumps({"error": error})).failed
    assert failed
    assert failed.words == "out of memory"


@pytest.mark.parametrize(
    "data", ["{", "7", "[]", "null", '{"choices": 7}', '{"choices": [7]}', '{"choices": [{"delta": [1]}]}', "{}", DEEP]
)
def test_any_other_event_is_none_of_a_chat(data: str) -> None:
    assert code_of(WIRE.read_event, data) == "stream_not_sse"


def test_quirks_leave_out_or_rename_what_a_server_refuses() -> None:
    ask = Ask("Hello", "Be brief", 16)
    plain = chat_body(TARGET, ask)
    odd = chat_body(replace(TARGET, quirks=frozenset({"max_completion_tokens", "no_temperature", "no_system"})), ask)
    assert [each["role"] for each in plain["messages"]] == ["system", "user"]
    assert (plain["max_tokens"], plain["temperature"]) == (16, 0.0)
    assert odd["messages"] == [{"role": "user", "content": "Be brief\n\nHello"}]
    assert odd["max_completion_tokens"] == 16
    assert not {"max_tokens", "temperature"} & set(odd)


@pytest.mark.parametrize(
    ("header", "sent"), [("authorization", "Bearer sk-key-of-a-test"), ("x-api-key", "sk-key-of-a-test")]
)
def test_the_key_goes_into_the_header_that_was_chosen(header: str, sent: str) -> None:
    call = WIRE.list_call(replace(TARGET, key_header=header, headers={"X-Tenant": "a"}))
    assert (call.headers[header], call.headers["X-Tenant"], call.secret) == (sent, "a", True)


def test_no_key_sends_no_header_for_it() -> None:
    call = WIRE.list_call(replace(TARGET, api_key=None))
    assert (dict(call.headers), call.secret) == ({}, False)


def test_no_repr_shows_the_key() -> None:
    assert "sk-key-of-a-test" not in repr(TARGET) + repr(WIRE.list_call(TARGET))


def paths(typed: str) -> list[tuple[str, str]]:
    target = replace(TARGET, address=urls.parse("http://h" + typed))
    return [(each.value.removeprefix("http://h"), each.code) for each in WIRE.alternatives(target)]


def test_other_addresses_are_thought_of_likeliest_first() -> None:
    assert paths("") == [("/v1", "no_v1")]
    assert paths("/v1") == []
    assert paths("/openai") == [("/openai/v1", "no_v1"), ("/v1", "wrong_path")]
    assert paths("/v1/chat/completions") == [("/v1", "pasted_path")]
    assert paths("/chat/completions") == [("/v1", "pasted_path"), ("", "pasted_path")]
    assert paths("/x/models") == [("/x/v1", "pasted_path"), ("/x", "pasted_path"), ("/v1", "pasted_path")]
