"""What Anthropic's Messages API is sent for a caller's body in OpenAI's words."""

from typing import Any

import pytest

from app.clients.anthropic import Anthropic
from app.clients.dialect import Operation, Untranslatable
from app.clients.registry import dialect_for
from app.clients.target import AccessToken, Cloud, Target
from app.domain.credentials import Auth
from app.lib import urls
from tests.fakes.openai_bodies import CONVERSATION, HI, PIXEL, SCHEMA, bare, call, called, image, result, shown, tool
from tests.fakes.vertex_server import ANTHROPICS

NAME = "claude-opus-4-6"
PLAIN = {"model": NAME, "max_tokens": 4096, "messages": HI, "stream": False}


def sent(quirks: frozenset[str] = frozenset(), **body: Any) -> dict[str, Any]:
    target = Target("anthropic", "", urls.parse("https://api.anthropic.com"), NAME, "key", quirks=quirks)
    call = Anthropic().forward_call(target, Operation.CHAT, {"messages": HI, **body})
    assert call
    assert (call.method, call.address.path, call.headers["anthropic-version"]) == ("POST", "/v1/messages", "2023-06-01")
    return dict(call.json)


def test_a_conversation_becomes_turns_of_two_sides() -> None:
    picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}}
    body = sent(messages=CONVERSATION)
    assert body["system"] == "Be brief.\n\nSpeak German."
    assert body["messages"] == [
        {
            "role": "user",
            "content": [{"type": "text", "text": "Look."}, picture, {"type": "text", "text": "And the weather?"}],
        },
        {
            "role": "assistant",
            "content": [
                {"type": "text", "text": "I look."},
                {"type": "tool_use", "id": "call_1", "name": "weather", "input": {"city": "Bern"}},
                {"type": "tool_use", "id": "call_2", "name": "now", "input": {}},
            ],
        },
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": "call_2", "content": "noon"},
                {"type": "tool_result", "tool_use_id": "call_1", "content": "12 degrees"},
                {"type": "text", "text": "Well?"},
            ],
        },
    ]


PARAMETERS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"max_tokens": 7}, {"max_tokens": 7}),
    ({"max_tokens": 7, "max_completion_tokens": 9}, {"max_tokens": 9}),
    ({"temperature": 0, "top_p": 0.5}, {"temperature": 0, "top_p": 0.5}),
    ({"stop": "END"}, {"stop_sequences": ["END"]}),
    ({"stop": ["END", "", "FIN"]}, {"stop_sequences": ["END", "FIN"]}),
    ({"stream": True}, {"stream": True}),
    (
        {"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA, "strict": True}}},
        {"output_config": {"format": {"type": "json_schema", "schema": SCHEMA}}},
    ),
    (
        {"response_format": {"type": "json_schema", "json_schema": {"description": "A city.", "schema": SCHEMA}}},
        {"output_config": {"format": {"type": "json_schema", "schema": {"description": "A city.", **SCHEMA}}}},
    ),
]


@pytest.mark.parametrize(("given", "expected"), PARAMETERS)
def test_a_parameter_goes_by_its_name_there(given: dict[str, Any], expected: dict[str, Any]) -> None:
    assert sent(**given) == PLAIN | expected


def test_tools_are_offered_with_their_schemas() -> None:
    assert sent(tools=[tool(), tool("strictly", strict=True), bare("now")])["tools"] == [
        {"name": "weather", "description": "Tells it.", "input_schema": SCHEMA},
        {"name": "strictly", "description": "Tells it.", "input_schema": SCHEMA, "strict": True},
        {"name": "now", "input_schema": {"type": "object", "properties": {}}},
    ]


NAMED = {"type": "function", "function": {"name": "weather"}}


@pytest.mark.parametrize(
    ("choice", "parallel", "expected"),
    [
        (None, None, None),
        ("auto", None, {"type": "auto"}),
        ("none", None, {"type": "none"}),
        ("required", True, {"type": "any"}),
        (NAMED, None, {"type": "tool", "name": "weather"}),
        (None, False, {"type": "auto", "disable_parallel_tool_use": True}),
        ("none", False, {"type": "none"}),
        ("required", False, {"type": "any", "disable_parallel_tool_use": True}),
        (NAMED, False, {"type": "tool", "name": "weather", "disable_parallel_tool_use": True}),
    ],
)
def test_the_choice_of_tools_is_said(choice: Any, parallel: bool | None, expected: Any) -> None:
    assert sent(tools=[tool()], tool_choice=choice, parallel_tool_calls=parallel).get("tool_choice") == expected


def test_quirks_leave_out_what_is_refused_but_never_max_tokens() -> None:
    quirks = frozenset({"no_temperature", "no_stop", "max_completion_tokens"})
    assert sent(quirks, temperature=1.5, stop=" ", max_tokens=7) == PLAIN | {"max_tokens": 7}


def test_an_address_of_a_picture_is_handed_on_where_it_is_safe() -> None:
    (turn,) = sent(messages=[shown(image("https://host/a.png", detail="high"))])["messages"]
    assert turn["content"][1] == {"type": "image", "source": {"type": "url", "url": "https://host/a.png"}}
    with pytest.raises(Untranslatable, match="https://"):
        sent(messages=[shown(image("http://host/a.png"))])


@pytest.mark.parametrize(
    ("url", "kind"),
    [("data:image/jpg;base64,AA", "image/jpeg"), ("data:IMAGE/GIF;a=b;BASE64,AA", "image/gif")],
)
def test_a_pictures_type_is_known_by_its_names(url: str, kind: str) -> None:
    (turn,) = sent(messages=[shown(image(url))])["messages"]
    assert turn["content"][1]["source"] == {"type": "base64", "media_type": kind, "data": "AA"}


def test_ids_of_other_servers_are_made_to_fit() -> None:
    odd = "functions.weather:0"
    _, asked, told = sent(messages=[*HI, called(call(odd)), result(odd, "")], tools=[tool()])["messages"]
    assert asked["content"][0]["id"] == "functions_weather_0"
    assert told["content"] == [{"type": "tool_result", "tool_use_id": "functions_weather_0"}]


def test_turns_without_a_word_are_left_out() -> None:
    silent = [
        {"role": "system", "content": ""},
        {"role": "assistant", "content": None},
        {"role": "user", "content": ""},
    ]
    assert sent(messages=[*silent, *HI]) == PLAIN


def test_a_refusal_was_said_by_the_model() -> None:
    refused = {"role": "assistant", "content": None, "refusal": "I cannot."}
    assert sent(messages=[*HI, refused, *HI])["messages"][1] == {"role": "assistant", "content": "I cannot."}


def test_a_stop_sequence_that_is_blank_is_refused() -> None:
    with pytest.raises(Untranslatable) as caught:
        sent(stop=["END", "\n\n"])
    assert caught.value.field == "stop"


@pytest.mark.parametrize(("stream", "method"), [(False, "rawPredict"), (True, "streamRawPredict")])
def test_a_cloud_that_resells_it_has_the_model_in_the_address(stream: bool, method: str) -> None:
    cloud = Cloud(region="europe-west1", project="p", auth=Auth.SERVICE_ACCOUNT)
    target = Target(
        "vertex_ai", "", urls.parse("https://x.googleapis.com"), ANTHROPICS, cloud=cloud, granted=AccessToken("t")
    )
    asked = {"messages": HI, "stream": stream, "tools": [tool()]}
    made = dialect_for("vertex_ai").forward_call(target, Operation.CHAT, asked)
    assert made
    assert made.address.path.endswith(f"publishers/anthropic/models/{ANTHROPICS}:{method}")
    assert made.json == {
        "anthropic_version": "vertex-2023-10-16",
        "max_tokens": 4096,
        "messages": HI,
        "stream": stream,
        "tools": [{"name": "weather", "description": "Tells it.", "input_schema": SCHEMA}],
    }
