"""What no platform of another protocol can be told, refused with the field and a sentence; and what is let through."""

from typing import Any

import pytest

from app.clients.dialect import Operation, Untranslatable
from app.clients.registry import dialect_for
from app.clients.target import AccessToken, Cloud, Target
from app.domain.credentials import Auth
from app.lib import urls
from tests.fakes.openai_bodies import HI, bare, call, called, image, result, shown, tool
from tests.fakes.vertex_server import ANTHROPICS, GOOGLES

CLOUD = Cloud(region="europe-west1", project="test-project", auth=Auth.SERVICE_ACCOUNT)
TARGETS = {
    "anthropic": Target("anthropic", "", urls.parse("https://api.anthropic.com"), "claude-opus-4-6", "key"),
    "bedrock": Target("bedrock", "", urls.parse("https://bedrock-runtime.eu-central-1.amazonaws.com"), "a.b", "key"),
    "googles": Target("vertex_ai", "", urls.parse("https://x.googleapis.com"), GOOGLES, cloud=CLOUD),
    "resold": Target(
        "vertex_ai", "", urls.parse("https://x.googleapis.com"), ANTHROPICS, cloud=CLOUD, granted=AccessToken("t")
    ),
}
EVERYWHERE = pytest.mark.parametrize("where", TARGETS)
LABELS = {
    "anthropic": "Anthropic ",
    "bedrock": "Amazon Bedrock ",
    "googles": "Vertex AI ",
    "resold": "Anthropic on Vertex AI ",
}


def sent(where: str, **body: Any) -> Any:
    target = TARGETS[where]
    return dialect_for(target.platform).forward_call(target, Operation.CHAT, {"messages": HI, **body})


def refusal(where: str, **body: Any) -> Untranslatable:
    with pytest.raises(Untranslatable) as caught:
        sent(where, **body)
    assert caught.value.sentence[0].isupper()
    assert caught.value.sentence.endswith((".", "..."))
    return caught.value


UNSAID = {
    "n": 2,
    "logprobs": True,
    "top_logprobs": 3,
    "logit_bias": {"50256": -100},
    "reasoning_effort": "high",
    "modalities": ["text", "audio"],
    "prediction": {"type": "content", "content": "x"},
    "service_tier": "flex",
    "some_servers_own": 0,
}


@EVERYWHERE
@pytest.mark.parametrize("name", UNSAID)
def test_a_parameter_without_words_there_is_refused_by_name(where: str, name: str) -> None:
    found = refusal(where, **{name: UNSAID[name]})
    assert found.field == name
    assert found.sentence.startswith(LABELS[where])


@pytest.mark.parametrize("where", ["anthropic", "bedrock", "resold"])
@pytest.mark.parametrize(
    ("name", "value"), [("seed", 0), ("presence_penalty", 0.5), ("frequency_penalty", -1), ("temperature", 1.5)]
)
def test_what_google_alone_takes_is_refused_elsewhere(where: str, name: str, value: Any) -> None:
    assert refusal(where, **{name: value}).field == name


@EVERYWHERE
def test_notes_and_what_happens_anyway_are_left_out(where: str) -> None:
    notes = {"user": "u", "stream_options": {"include_usage": True}, "metadata": {"a": "b"}, "store": True}
    anyway = {"n": 1, "logprobs": False, "logit_bias": {}, "presence_penalty": 0, "frequency_penalty": 0.0}
    more = {"parallel_tool_calls": True, "response_format": {"type": "text"}, "service_tier": "auto", "seed": None}
    assert sent(where, **notes, **anyway, **more) == sent(where)
    assert sent(where, parallel_tool_calls=False, tool_choice="none", tools=[]) == sent(where)


MESSAGES = [
    [{"role": "system", "content": "Be brief."}],
    [{"role": "user", "content": "Hi", "name": "Ada"}],
    [{"role": "function", "name": "weather", "content": "12"}],
    [*HI, {"role": "assistant", "content": None, "function_call": {"name": "weather", "arguments": "{}"}}],
    [*HI, {"role": "assistant", "content": None, "audio": {"id": "audio_1"}}],
    [shown({"type": "input_audio", "input_audio": {"data": "x", "format": "wav"}})],
    [shown({"type": "file", "file": {"file_id": "f"}})],
    [shown(image(""))],
    [shown(image("data:image/png,plain"))],
    [shown(image("data:image/png;base64"))],
    [shown(image("data:image/tiff;base64,AAAA"))],
    [shown(image("ftp://host/a.png"))],
    [shown(image(detail="low"))],
    [{"role": "system", "content": [image()]}, *HI],
    [*HI, {"role": "assistant", "content": [image()]}],
    [*HI, called(call(arguments="{")), result()],
    [*HI, called(call(arguments="[]")), result()],
    [*HI, called(call(arguments='{"a": NaN}')), result()],
    [*HI, called(call(arguments='{"a": 1e999}')), result()],
    [*HI, called(call(arguments='{"a": "\\ud800"}')), result()],
    [*HI, called(call(arguments="[" * 100_000)), result()],
    [*HI, called("x")],
    [*HI, {"role": "assistant", "content": "", "tool_calls": 7}],
    [*HI, called({"type": "function", "function": {"name": "weather"}})],
    [*HI, called({"id": "a", "type": "custom", "custom": {"name": "x"}})],
    [*HI, result()],
    [*HI, called(call()), {"role": "tool", "content": "12"}],
    [*HI, called(call()), result("call_9")],
    [*HI, called(call()), result(content=[image()])],
]


@EVERYWHERE
@pytest.mark.parametrize("messages", MESSAGES, ids=range(len(MESSAGES)))
def test_a_message_without_words_there_is_refused(where: str, messages: list[Any]) -> None:
    assert refusal(where, messages=messages, tools=[tool()]).field == "messages"


@EVERYWHERE
def test_what_clients_write_into_their_own_history_is_taken(where: str) -> None:
    own = {"role": "assistant", "content": "Hello.", "refusal": None, "audio": None, "function_call": None}
    more = {"annotations": [], "tool_calls": None, "reasoning_content": "A greeting."}
    plain = [*HI, {"role": "assistant", "content": "Hello."}, *HI]
    assert sent(where, messages=[*HI, own | more, *HI]) == sent(where, messages=plain)


@EVERYWHERE
def test_a_choice_of_a_function_that_is_not_offered_is_refused(where: str) -> None:
    choice = {"type": "function", "function": {"name": "now"}}
    assert refusal(where, tools=[tool()], tool_choice=choice).field == "tool_choice"
    assert refusal(where, tools=[], tool_choice="required").field == "tool_choice"


@EVERYWHERE
def test_a_schema_that_is_missing_is_missed(where: str) -> None:
    wanted = {"type": "json_schema", "json_schema": {"name": "x"}}
    assert refusal(where, response_format=wanted).field == "response_format"


@pytest.mark.parametrize("where", ["anthropic", "bedrock", "resold"])
def test_json_without_a_schema_is_googles_alone(where: str) -> None:
    assert refusal(where, response_format={"type": "json_object"}).field == "response_format"


@pytest.mark.parametrize("where", ["bedrock", "resold"])
def test_who_fetches_no_pictures_is_sent_no_address(where: str) -> None:
    assert refusal(where, messages=[shown(image("https://host/a.png"))]).field == "messages"


@pytest.mark.parametrize("where", ["bedrock", "googles"])
def test_one_call_at_a_time_cannot_be_asked_for(where: str) -> None:
    assert refusal(where, tools=[bare("now")], parallel_tool_calls=False).field == "parallel_tool_calls"


@EVERYWHERE
@pytest.mark.parametrize("operation", [Operation.COMPLETIONS, Operation.EMBEDDINGS])
def test_there_is_no_address_but_for_chat(where: str, operation: Operation) -> None:
    target = TARGETS[where]
    assert dialect_for(target.platform).forward_call(target, operation, {"prompt": "a", "input": "a"}) is None
