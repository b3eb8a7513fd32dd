"""What Bedrock's Converse is sent for a caller's body in OpenAI's words."""

import json
from typing import Any

import pytest
from botocore.session import get_session
from botocore.validate import ParamValidator

from app.clients.bedrock import Bedrock
from app.clients.dialect import Operation, Untranslatable
from app.clients.target import Target
from app.lib import urls
from tests.fakes.bedrock_server import NAME
from tests.fakes.openai_bodies import CONVERSATION, HI, PIXEL, SCHEMA, bare, call, called, result, tool

HOST = "https://bedrock-runtime.eu-central-1.amazonaws.com"
PLAIN = {"messages": [{"role": "user", "content": [{"text": "Hi"}]}]}


def sent(quirks: frozenset[str] = frozenset(), **body: Any) -> dict[str, Any]:
    target = Target("bedrock", "", urls.parse(HOST), NAME, "key", quirks=quirks)
    made = Bedrock().forward_call(target, Operation.CHAT, {"messages": HI, **body})
    assert made
    assert made.content
    assert made.address.path.endswith("/converse-stream" if body.get("stream") else "/converse")
    return dict(json.loads(made.content))


def test_amazons_own_model_of_the_request_knows_every_field() -> None:
    operation = get_session().get_service_model("bedrock-runtime").operation_model("Converse")
    schema = {"type": "json_schema", "json_schema": {"name": "place", "schema": SCHEMA}}
    parameters = {"max_tokens": 9, "temperature": 0.5, "top_p": 0.5, "stop": "END", "response_format": schema}
    tools = [tool(strict=True), bare("now")]
    for choice in ("auto", "required", {"type": "function", "function": {"name": "weather"}}):
        body = sent(messages=CONVERSATION, tools=tools, tool_choice=choice, **parameters)
        report = ParamValidator().validate({"modelId": NAME, **body}, operation.input_shape)
        assert report.generate_report() == ""


def test_a_conversation_becomes_turns_that_alternate() -> None:
    body = sent(messages=CONVERSATION, tools=[tool()])
    assert body["system"] == [{"text": "Be brief.\n\nSpeak German."}]
    assert body["messages"] == [
        {
            "role": "user",
            "content": [
                {"text": "Look."},
                {"image": {"format": "png", "source": {"bytes": PIXEL}}},
                {"text": "And the weather?"},
            ],
        },
        {
            "role": "assistant",
            "content": [
                {"text": "I look."},
                {"toolUse": {"toolUseId": "call_1", "name": "weather", "input": {"city": "Bern"}}},
                {"toolUse": {"toolUseId": "call_2", "name": "now", "input": {}}},
            ],
        },
        {
            "role": "user",
            "content": [
                {"toolResult": {"toolUseId": "call_2", "content": [{"text": "noon"}]}},
                {"toolResult": {"toolUseId": "call_1", "content": [{"text": "12 degrees"}]}},
                {"text": "Well?"},
            ],
        },
    ]


PARAMETERS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {}),
    ({"stream": True}, {}),
    ({"max_tokens": 7}, {"inferenceConfig": {"maxTokens": 7}}),
    ({"max_tokens": 7, "max_completion_tokens": 9}, {"inferenceConfig": {"maxTokens": 9}}),
    ({"temperature": 0, "top_p": 0.5}, {"inferenceConfig": {"temperature": 0, "topP": 0.5}}),
    ({"stop": ["END"]}, {"inferenceConfig": {"stopSequences": ["END"]}}),
]


@pytest.mark.parametrize(("given", "expected"), PARAMETERS)
def test_a_parameter_goes_by_its_name_there(given: dict[str, Any], expected: dict[str, Any]) -> None:
    assert sent(**given) == PLAIN | expected


def test_a_schema_is_a_text_inside_the_json() -> None:
    body = sent(response_format={"type": "json_schema", "json_schema": {"name": "place", "schema": SCHEMA}})
    wanted = body["outputConfig"]["textFormat"]["structure"]["jsonSchema"]
    assert (wanted["name"], json.loads(wanted["schema"])) == ("place", SCHEMA)


def test_tools_are_offered_with_their_schemas() -> None:
    assert sent(tools=[tool(strict=True), bare("now")]) == PLAIN | {
        "toolConfig": {
            "tools": [
                {
                    "toolSpec": {
                        "name": "weather",
                        "description": "Tells it.",
                        "inputSchema": {"json": SCHEMA},
                        "strict": True,
                    }
                },
                {"toolSpec": {"name": "now", "inputSchema": {"json": {"type": "object", "properties": {}}}}},
            ]
        }
    }


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("auto", {"auto": {}}),
        ("required", {"any": {}}),
        ({"type": "function", "function": {"name": "weather"}}, {"tool": {"name": "weather"}}),
    ],
)
def test_the_choice_of_tools_is_said(choice: Any, expected: Any) -> None:
    assert sent(tools=[tool()], tool_choice=choice)["toolConfig"]["toolChoice"] == expected


def test_tools_that_may_not_be_called_are_not_offered() -> None:
    assert sent(tools=[tool()], tool_choice="none") == PLAIN


def test_calls_in_the_messages_want_their_tools_offered() -> None:
    history = [*HI, called(call()), result()]
    for more, field in (({}, "tools"), ({"tools": [tool()], "tool_choice": "none"}, "tool_choice")):
        with pytest.raises(Untranslatable) as caught:
            sent(messages=history, **more)
        assert caught.value.field == field


def test_a_function_that_gave_nothing_has_no_text_to_show() -> None:
    body = sent(messages=[*HI, called(call("a.b")), result("a.b", "")], tools=[tool()])
    assert body["messages"][2]["content"] == [{"toolResult": {"toolUseId": "a_b", "content": []}}]


def test_quirks_leave_out_what_is_refused() -> None:
    assert sent(frozenset({"no_temperature", "no_stop"}), temperature=1.5, stop="END") == PLAIN
