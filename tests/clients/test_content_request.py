"""What Google's generateContent is sent for a caller's body in OpenAI's words."""

from typing import Any

import pytest

from app.clients.dialect import Operation, Untranslatable
from app.clients.registry import dialect_for
from app.clients.target import AccessToken, Cloud, Target
from app.domain.credentials import Auth
from app.lib import urls
from tests.fakes.openai_bodies import CONVERSATION, HI, PIXEL, SCHEMA, bare, call, called, image, result, shown, tool
from tests.fakes.vertex_server import GOOGLES

CLOUD = Cloud(region="europe-west1", project="test-project", auth=Auth.SERVICE_ACCOUNT)
PLAIN = {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}
UNSIGNED = "skip_thought_signature_validator"


def sent(quirks: frozenset[str] = frozenset(), **body: Any) -> dict[str, Any]:
    address = urls.parse("https://europe-west1-aiplatform.googleapis.com")
    target = Target("vertex_ai", "", address, GOOGLES, cloud=CLOUD, granted=AccessToken("t"), quirks=quirks)
    made = dialect_for("vertex_ai").forward_call(target, Operation.CHAT, {"messages": HI, **body})
    assert made
    method = ("streamGenerateContent", (("alt", "sse"),)) if body.get("stream") else ("generateContent", ())
    assert (made.address.path.rpartition(":")[2], made.query) == method
    return dict(made.json)


def refusal(**body: Any) -> str:
    with pytest.raises(Untranslatable) as caught:
        sent(**body)
    return caught.value.field


def test_a_conversation_becomes_contents_with_results_in_the_order_of_their_calls() -> None:
    body = sent(messages=CONVERSATION)
    assert body["systemInstruction"] == {"parts": [{"text": "Be brief.\n\nSpeak German."}]}
    assert body["contents"] == [
        {
            "role": "user",
            "parts": [
                {"text": "Look."},
                {"inlineData": {"mimeType": "image/png", "data": PIXEL}},
                {"text": "And the weather?"},
            ],
        },
        {
            "role": "model",
            "parts": [
                {"text": "I look."},
                {"functionCall": {"name": "weather", "args": {"city": "Bern"}}, "thoughtSignature": UNSIGNED},
                {"functionCall": {"name": "now", "args": {}}},
            ],
        },
        {
            "role": "user",
            "parts": [
                {"functionResponse": {"name": "weather", "response": {"output": "12 degrees"}}},
                {"functionResponse": {"name": "now", "response": {"output": "noon"}}},
            ],
        },
        {"role": "user", "parts": [{"text": "Well?"}]},
    ]


def test_a_signature_goes_back_with_its_call() -> None:
    signed = call() | {"extra_content": {"google": {"thought_signature": "c2lnbmVk"}}}
    _, turn, _ = sent(messages=[*HI, called(signed, call("call_2")), result()])["contents"]
    assert [each.get("thoughtSignature") for each in turn["parts"]] == ["c2lnbmVk", None]


@pytest.mark.parametrize("extra", ["x", {}, {"google": 7}, {"google": {"thought_signature": 7}}])
def test_a_signature_of_another_shape_is_none(extra: Any) -> None:
    _, turn, _ = sent(messages=[*HI, called(call() | {"extra_content": extra}), result()])["contents"]
    assert turn["parts"][0]["thoughtSignature"] == UNSIGNED


@pytest.mark.parametrize(
    ("text", "response"),
    [
        ('{"degrees": 12}', {"degrees": 12}),
        ("[12]", {"output": "[12]"}),
        ("", {"output": ""}),
        ('{"a": 1e999}', {"output": '{"a": 1e999}'}),
        ("[" * 100_000, {"output": "[" * 100_000}),
    ],
)
def test_what_a_function_gave_is_an_object(text: str, response: Any) -> None:
    *_, told = sent(messages=[*HI, called(call()), result(content=text)])["contents"]
    assert told["parts"] == [{"functionResponse": {"name": "weather", "response": response}}]


PARAMETERS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"stream": True}, {}),
    ({"max_tokens": 7, "max_completion_tokens": 9}, {"maxOutputTokens": 9}),
    ({"temperature": 2, "top_p": 0.5}, {"temperature": 2, "topP": 0.5}),
    ({"stop": "END"}, {"stopSequences": ["END"]}),
    ({"seed": 0}, {"seed": 0}),
    ({"presence_penalty": 0.5, "frequency_penalty": -1}, {"presencePenalty": 0.5, "frequencyPenalty": -1}),
    ({"response_format": {"type": "json_object"}}, {"responseMimeType": "application/json"}),
    (
        {"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": SCHEMA}}},
        {"responseMimeType": "application/json", "responseJsonSchema": SCHEMA},
    ),
]


@pytest.mark.parametrize(("given", "config"), PARAMETERS)
def test_a_parameter_goes_by_its_name_there(given: dict[str, Any], config: dict[str, Any]) -> None:
    assert sent(**given) == PLAIN | ({"generationConfig": config} if config else {})


def test_quirks_leave_out_what_is_refused() -> None:
    assert sent(frozenset({"no_temperature", "no_stop"}), temperature=1.5, stop="END") == PLAIN


def test_tools_are_offered_with_their_schemas() -> None:
    (offered,) = sent(tools=[tool(), bare("now")])["tools"]
    assert offered["functionDeclarations"] == [
        {"name": "weather", "description": "Tells it.", "parametersJsonSchema": SCHEMA},
        {"name": "now", "parametersJsonSchema": {"type": "object", "properties": {}}},
    ]


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("auto", {"mode": "AUTO"}),
        ("none", {"mode": "NONE"}),
        ("required", {"mode": "ANY"}),
        (
            {"type": "function", "function": {"name": "weather"}},
            {"mode": "ANY", "allowedFunctionNames": ["weather"]},
        ),
    ],
)
def test_the_choice_of_tools_is_said(choice: Any, expected: Any) -> None:
    assert sent(tools=[tool()], tool_choice=choice)["toolConfig"] == {"functionCallingConfig": expected}


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://host/a.PNG?size=1", "image/png"),
        ("http://host/a.b.jpg#top", "image/jpeg"),
        ("gs://bucket/a.webp", "image/webp"),
    ],
)
def test_an_address_of_a_picture_is_handed_on_with_its_type(url: str, kind: str) -> None:
    (turn,) = sent(messages=[shown(image(url))])["contents"]
    assert turn["parts"][1] == {"fileData": {"mimeType": kind, "fileUri": url}}


@pytest.mark.parametrize("url", ["https://host/a", "https://host/a.gif", "https://[/png", "data:image/gif;base64,AA"])
def test_a_picture_of_no_known_type_is_refused(url: str) -> None:
    assert refusal(messages=[shown(image(url))]) == "messages"


def test_what_goes_beyond_its_bounds_is_refused() -> None:
    assert refusal(stop=list("abcdef")) == "stop"
    assert refusal(seed=1 << 40) == "seed"
    assert refusal(tools=[tool(strict=True)]) == "tools"
