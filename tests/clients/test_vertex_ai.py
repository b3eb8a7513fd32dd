"""Vertex AI on the wire: where each publisher's models are asked, what is sent, and what is read."""

import json
from dataclasses import replace
from typing import Any

import pytest

from app.clients.dialect import Ask, Gap, Piece, Tool, ToolCall, ToolChoice, ToolPiece, Trouble, Turn, WireError
from app.clients.registry import dialect_for
from app.clients.target import AccessToken, Cloud, Target
from app.clients.vertex_ai import Events
from app.domain.credentials import Auth
from app.lib import urls
from app.lib.http import Answer
from app.lib.urls import BadAddress
from tests.fakes import messages_server
from tests.fakes.vertex_server import ANTHROPICS, GOOGLES, content, error, streamed, text

WIRE = dialect_for("vertex_ai")
ASK = Ask("Say that the connection works.", "Be brief.", 16)
CLOUD = Cloud(region="europe-west1", project="test-project", auth=Auth.SERVICE_ACCOUNT)
MODELS = "/v1/projects/test-project/locations/europe-west1/publishers"


def target(name: str = GOOGLES, **more: Any) -> Target:
    granted = {"cloud": CLOUD, "granted": AccessToken("ya29.token"), **more}
    return Target("vertex_ai", "", urls.parse("https://europe-west1-aiplatform.googleapis.com"), name, **granted)


def answer(status: int, body: Any) -> Answer:
    return Answer(status, {"content-type": "application/json"}, json.dumps(body).encode(), 1, 1)


def read(data: Any) -> Piece:
    return Events().read(data if isinstance(data, str) else json.dumps(data))


@pytest.mark.parametrize(
    ("name", "stream", "expected"),
    [
        (GOOGLES, False, f"google/models/{GOOGLES}:generateContent"),
        (GOOGLES, True, f"google/models/{GOOGLES}:streamGenerateContent"),
        (ANTHROPICS, False, f"anthropic/models/{ANTHROPICS}:rawPredict"),
        (ANTHROPICS, True, f"anthropic/models/{ANTHROPICS}:streamRawPredict"),
        ("Claude-x", False, "anthropic/models/Claude-x:rawPredict"),
        ("publishers/anthropic/models/new@1", False, "anthropic/models/new@1:rawPredict"),
        ("projects/p/locations/l/publishers/google/models/claude-x", False, "google/models/claude-x:generateContent"),
        ("a/b:c", False, "google/models/a%2Fb%3Ac:generateContent"),
    ],
)
def test_a_name_leads_to_its_publishers_method(name: str, stream: bool, expected: str) -> None:
    call = WIRE.chat_call(target(name), replace(ASK, stream=stream))
    assert (call.method, call.address.path) == ("POST", f"{MODELS}/{expected}")
    assert call.query == ((("alt", "sse"),) if stream and "google/" in expected else ())


def test_a_path_of_a_gateway_stays_in_front() -> None:
    asked = replace(target(), address=urls.parse("https://gate.corp/vertex"))
    assert WIRE.chat_call(asked, ASK).address.path.startswith(f"/vertex{MODELS}/")


@pytest.mark.parametrize(
    "cloud", [Cloud(region="europe-west1"), Cloud(project="p"), Cloud("..", "p"), Cloud("r", "..")]
)
def test_without_project_and_region_nothing_can_be_asked(cloud: Cloud) -> None:
    with pytest.raises(BadAddress):
        WIRE.chat_call(target(cloud=cloud), ASK)


def test_the_token_is_sent_as_bearer_and_nothing_else_of_the_credentials() -> None:
    call = WIRE.chat_call(target(api_key='{"private_key": "x"}', headers={"X-Tenant": "a"}), ASK)
    assert call.headers == {"X-Tenant": "a", "authorization": "Bearer ya29.token"}
    assert call.secret


def test_before_a_token_was_obtained_none_is_sent() -> None:
    call = WIRE.chat_call(target(api_key='{"private_key": "x"}', granted=None), ASK)
    assert (dict(call.headers), call.secret) == ({}, True)


def test_googles_request_has_turns_and_a_system_text_of_its_own() -> None:
    ask = replace(ASK, earlier=(Turn("Hello."), Turn("Hi.", by_model=True)), stop=("END",))
    assert WIRE.chat_call(target(), ask).json == {
        "contents": [
            {"role": "user", "parts": [{"text": "Hello."}]},
            {"role": "model", "parts": [{"text": "Hi."}]},
            {"role": "user", "parts": [{"text": "Say that the connection works."}]},
        ],
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
        "generationConfig": {"maxOutputTokens": 16, "temperature": 0.0, "stopSequences": ["END"]},
    }


def test_quirks_leave_out_what_is_refused() -> None:
    quirks = frozenset({"no_system", "no_temperature", "no_stop", "max_completion_tokens"})
    assert WIRE.chat_call(target(quirks=quirks), replace(ASK, stop=("END",))).json == {
        "contents": [{"role": "user", "parts": [{"text": "Be brief.\n\nSay that the connection works."}]}],
        "generationConfig": {"maxOutputTokens": 16},
    }


@pytest.mark.parametrize(("choice", "mode"), [(ToolChoice.AUTO, "AUTO"), (ToolChoice.FORCED, "ANY")])
def test_tools_and_schemas_are_sent_as_json_schemas(choice: ToolChoice, mode: str) -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "additionalProperties": False}
    ask = replace(ASK, tools=(Tool("weather", "Tells it.", schema),), tool_choice=choice, schema=schema)
    body = WIRE.chat_call(target(), ask).json
    declared = {"name": "weather", "description": "Tells it.", "parametersJsonSchema": schema}
    assert body["tools"] == [{"functionDeclarations": [declared]}]
    assert body["toolConfig"] == {"functionCallingConfig": {"mode": mode}}
    assert body["generationConfig"]["responseMimeType"] == "application/json"
    assert body["generationConfig"]["responseJsonSchema"] == schema


def test_anthropics_request_names_the_version_and_never_the_model() -> None:
    assert WIRE.chat_call(target(ANTHROPICS), ASK).json == {
        "anthropic_version": "vertex-2023-10-16",
        "max_tokens": 16,
        "system": "Be brief.",
        "messages": [{"role": "user", "content": "Say that the connection works."}],
        "temperature": 0.0,
        "stream": False,
    }


def test_thoughts_are_told_apart_and_counted() -> None:
    said = WIRE.read_chat(target(), answer(200, content(text("Well.", thought=True), text("It "), text("works."))))
    assert (said.text, said.reasoning, said.finish, said.model) == ("It works.", "Well.", "stop", GOOGLES)
    assert (said.prompt_tokens, said.completion_tokens) == (12, 7)


def test_a_call_of_a_function_is_read() -> None:
    called = {"functionCall": {"name": "weather", "args": {"city": "Bern"}}, "thoughtSignature": "x"}
    said = WIRE.read_chat(target(), answer(200, content(called, {"functionCall": {"name": "stop"}})))
    signed = {"google": {"thought_signature": "x"}}
    assert said.tool_calls == (ToolCall("weather", '{"city": "Bern"}', extra=signed), ToolCall("stop", "{}"))
    assert said.finish == "tool_calls"


def test_calls_in_several_events_are_numbered_through() -> None:
    first, second = {"functionCall": {"name": "a", "args": {"x": 1}}}, {"functionCall": {"name": "b"}}
    events = Events()
    parts = [events.read(json.dumps(content(*each, finish=None))).tools for each in ((first,), (text("Hm."), second))]
    assert parts == [(ToolPiece(0, '{"x": 1}', "a"),), (ToolPiece(1, "{}", "b"),)]


@pytest.mark.parametrize(
    ("reason", "finish"),
    [("STOP", "stop"), ("MAX_TOKENS", "length"), ("SAFETY", "content_filter"), ("LANGUAGE", "LANGUAGE")],
)
def test_an_end_is_told_in_openais_words(reason: str, finish: str) -> None:
    assert WIRE.read_chat(target(), answer(200, content(finish=reason))).finish == finish
    assert read(content(finish=reason)) == Piece(finish=finish, done=True, prompt_tokens=12, completion_tokens=7)


def test_thoughts_that_used_up_the_tokens_leave_an_answer_without_parts() -> None:
    body = {"candidates": [{"content": {"role": "model"}, "finishReason": "MAX_TOKENS"}]}
    said = WIRE.read_chat(target(), answer(200, body))
    assert (said.text, said.finish, said.completion_tokens) == ("", "length", None)


def test_a_question_that_was_filtered_has_an_empty_answer_with_the_reason() -> None:
    body = {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": {"promptTokenCount": 3}}
    said = WIRE.read_chat(target(), answer(200, body))
    assert (said.text, said.finish, said.prompt_tokens) == ("", "content_filter", 3)
    assert read(body) == Piece(finish="content_filter", done=True, prompt_tokens=3)


@pytest.mark.parametrize("body", [None, [], 7, {}, {"candidates": []}, {"candidates": [7]}, {"content": []}])
def test_another_shape_is_no_answer_of_googles(body: Any) -> None:
    with pytest.raises(WireError) as caught:
        WIRE.read_chat(target(), answer(200, body))
    assert caught.value.trouble.code == "bad_json"


@pytest.mark.parametrize("part", [None, 7, {}, {"text": 7}, {"functionCall": 7}, {"inlineData": {}}])
def test_a_part_of_another_shape_says_nothing(part: Any) -> None:
    said = WIRE.read_chat(target(), answer(200, content(part)))
    assert (said.text, said.tool_calls) == ("", ())


def test_anthropics_answers_are_read_as_messages() -> None:
    body = messages_server.message(ANTHROPICS, messages_server.text("It works."))
    said = WIRE.read_chat(target(ANTHROPICS), answer(200, body))
    assert (said.text, said.finish, said.completion_tokens) == ("It works.", "stop", 5)


def test_googles_stream_ends_with_its_reason() -> None:
    read_ones = [read(each) for each in streamed("It ", "works.")]
    end = Piece(finish="stop", done=True, prompt_tokens=12, completion_tokens=7)
    assert read_ones == [Piece("It "), Piece("works."), end]
    assert read({"usageMetadata": {"trafficType": "ON_DEMAND"}}) == Piece()


def test_anthropics_stream_is_read_by_the_same_reader() -> None:
    events = [read(each) for each in messages_server.streamed(ANTHROPICS, "It works.")]
    assert events[3] == Piece("It works.")
    assert events[-2:] == [Piece(finish="stop", prompt_tokens=12, completion_tokens=5), Piece(done=True)]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (error(503, "UNAVAILABLE", "Try later.")[1], Trouble("busy", "Try later.")),
        (error(429, "RESOURCE_EXHAUSTED", "Slow down.")[1], Trouble("rate_limited", "Slow down.")),
        (error(500, "INTERNAL", "Oh.")[1], Trouble("error_in_200", "Oh.")),
        ({"error": "Oh."}, Trouble("error_in_200", "Oh.")),
        (messages_server.error(0, "overloaded_error", "Overloaded")[1], Trouble("busy", "Overloaded")),
    ],
)
def test_an_error_within_a_stream_is_told(event: Any, expected: Trouble) -> None:
    assert read(event) == Piece(failed=expected)


@pytest.mark.parametrize("data", ["[DONE]", "", "[]", "{}", '{"type": 7}', '{"choices": []}'])
def test_what_is_no_event_of_either_publisher_is_refused(data: str) -> None:
    with pytest.raises(WireError) as caught:
        read(data)
    assert caught.value.trouble.code == "stream_not_sse"


def test_the_list_is_the_catalogue_of_the_names_publisher() -> None:
    call = WIRE.list_call(target("claude"))
    assert (call.method, call.address.path) == ("GET", "/v1beta1/publishers/google/models")
    assert WIRE.list_call(target(ANTHROPICS)).address.path == "/v1beta1/publishers/anthropic/models"
    assert dict(call.query) == {"pageSize": "300", "view": "PUBLISHER_MODEL_VIEW_BASIC"}
    assert not WIRE.lists_models


def test_a_partners_models_are_listed_with_their_versions() -> None:
    rows = [
        {"name": "publishers/google/models/gemini-x", "versionId": "default"},
        {"name": "publishers/anthropic/models/claude-x", "versionId": "20260101"},
        {"name": "publishers/anthropic/models/claude-y@default", "versionId": "default"},
        *({"name": "publishers/google/models/gemini-x"}, {"name": "else"}, {"name": 7}, 7),
    ]
    found = WIRE.read_list(target(), answer(200, {"publisherModels": rows}))
    assert [each.name for each in found] == ["gemini-x", "claude-x@20260101", "claude-y@default"]


@pytest.mark.parametrize("body", [None, [], 7, {"publisherModels": 7}])
def test_another_shape_is_no_list(body: Any) -> None:
    with pytest.raises(WireError) as caught:
        WIRE.read_list(target(), answer(200, body))
    assert caught.value.trouble.code == "model_list_malformed"


def test_texts_are_embedded_by_googles_models_alone() -> None:
    call = WIRE.embeddings_call(target("gemini-embedding-001"), "hello")
    assert call
    assert call.address.path == f"{MODELS}/google/models/gemini-embedding-001:predict"
    assert call.json == {"instances": [{"content": "hello"}]}
    assert WIRE.embeddings_call(target(ANTHROPICS), "hello") is None
    assert WIRE.gap_call(target(), Gap("a", "b")) is None


def test_a_vector_is_numbers_or_nothing() -> None:
    body = {"predictions": [{"embeddings": {"values": [0.5, -1]}}]}
    assert WIRE.read_embeddings(target(), answer(200, body)) == (0.5, -1.0)
    for odd in ({}, {"predictions": []}, {"predictions": [{"embeddings": {"values": ["x"]}}]}, []):
        with pytest.raises(WireError):
            WIRE.read_embeddings(target(), answer(200, odd))


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", []),
        ("/v1", ["pasted_path "]),
        (f"{MODELS}/google/models/{GOOGLES}:generateContent", ["pasted_path "]),
        ("/vertex/v1beta1/publishers/google", ["pasted_path /vertex", "pasted_path "]),
        ("/vertex", ["wrong_path "]),
    ],
)
def test_other_addresses_are_thought_of_likeliest_first(typed: str, expected: list[str]) -> None:
    found = WIRE.alternatives(replace(target(), address=urls.parse(f"https://gate.corp{typed}")))
    assert [f"{each.code} {each.target.address.path}" for each in found] == expected
