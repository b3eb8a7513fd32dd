"""Parameters, messages and inputs that no endpoint is asked with, and combinations that make no sense."""

from typing import Any

import pytest

from app.domain.capabilities import Grade
from app.domain.features import Ability
from app.domain.roles import Actor
from app.models.endpoint import Capability
from app.services.ports import Ports
from tests.fakes.upstream import Upstream
from tests.fixtures.together import together
from tests.gateway.conftest import MESSAGES, Caller, endpoint_at, refused

CHAT, FILL, EMBED = "/chat/completions", "/completions", "/embeddings"
FUNCTION = {"name": "now", "parameters": {"type": "object"}}
TOOL = {"type": "function", "function": FUNCTION}
IMAGE = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}


pytestmark = pytest.mark.usefixtures("endpoint")

BOTH = {
    "temperature": ["1", True, -0.1, 2.1, [1], {}],
    "top_p": ["1", -0.1, 1.1],
    "presence_penalty": [-2.1, "0"],
    "frequency_penalty": [2.1, "0"],
    "max_tokens": [0, -1, 1.5, "9", True, 10**30],
    "n": [0, 17, 1.0, "1"],
    "seed": ["1", 1.5, 2**63, True],
    "stop": [1, {}, ["a", 1], ["a"] * 17, [["a"]]],
    "stream": ["true", 1, {}],
    "stream_options": [True, [], "include_usage"],
    "logit_bias": [[], "x"],
    "user": [1, {}],
}
IN_CHAT = {
    "max_completion_tokens": [0, "9"],
    "response_format": [
        "json",
        {},
        {"type": "xml"},
        {"type": "json_schema"},
        {"type": "json_schema", "json_schema": 1},
    ],
    "parallel_tool_calls": ["yes", 1],
    "messages": ["Hi", 1, {"role": "user"}],
    "tools": ["now", {}, [TOOL] * 129],
}
WRONG = [
    *((path, name, value) for path in (CHAT, FILL) for name, values in BOTH.items() for value in values),
    *((CHAT, name, value) for name, values in IN_CHAT.items() for value in values),
    *((FILL, "suffix", value) for value in (1, ["a"], {})),
    *((FILL, "prompt", value) for value in (None, 1, {}, [], ["a", "b"], [1, 2], [["a"]])),
    *(
        (EMBED, "input", value)
        for value in (None, {}, [], ["a", None], ["a", 1], [[1], "a"], [["a"]], [[]], 1, "", [""])
    ),
    *((EMBED, "input", value) for value in (["a"] * 4097, [1.5], [True], [[True]])),
    *((EMBED, "dimensions", value) for value in (0, "9", 1.5)),
    *((EMBED, "encoding_format", value) for value in ("hex", 1)),
]


@together(("path", "name", "value"), WRONG)
def test_a_parameter_of_the_wrong_kind(caller: Caller, upstream: Upstream, path: str, name: str, value: Any) -> None:
    least = {CHAT: {"messages": MESSAGES}, FILL: {"prompt": "a"}, EMBED: {"input": "a"}}[path]
    model = {CHAT: "duo_chat", FILL: "code_completions", EMBED: "endpoint:here"}[path]
    answer = caller(path, {"model": model, **least, name: value})
    error = refused(answer, upstream)
    assert (answer.status_code, error["param"]) == (400, name)
    assert error["code"] == "invalid_type"
    assert error["message"].startswith(f"{name}: send ")


USER, MODEL = {"role": "user"}, {"role": "assistant"}
FAULTY_MESSAGES = [
    ("Hi", ""),
    (None, ""),
    ([], ""),
    ({}, ".role"),
    ({"content": "Hi"}, ".role"),
    ({"role": "admin", "content": "Hi"}, ".role"),
    ({"role": ["user"], "content": "Hi"}, ".role"),
    (USER, ".content"),
    ({**USER, "content": None}, ".content"),
    ({**USER, "content": 1}, ".content"),
    ({**USER, "content": []}, ".content"),
    ({**USER, "content": {"type": "text", "text": "Hi"}}, ".content"),
    ({**USER, "content": ["Hi"]}, ".content[0].type"),
    ({**USER, "content": [{"type": "video"}]}, ".content[0].type"),
    ({**USER, "content": [{"type": ["text"]}]}, ".content[0].type"),
    ({**USER, "content": [{"type": "text", "text": 1}]}, ".content[0].text"),
    ({**USER, "content": [{"type": "text"}]}, ".content[0].text"),
    (
        {**USER, "content": [{"type": "text", "text": "a"}, {"type": "image_url", "image_url": "x"}]},
        ".content[1].image_url",
    ),
    ({**MODEL, "content": None, "tool_calls": "now"}, ".tool_calls"),
    ({**MODEL, "content": None, "tool_calls": [1]}, ".tool_calls"),
    ({"role": "tool", "content": None}, ".content"),
]


@together(("message", "field"), FAULTY_MESSAGES)
def test_a_faulty_message_is_named_by_its_place(caller: Caller, upstream: Upstream, message: Any, field: str) -> None:
    answer = caller.chat(messages=[*MESSAGES, message])
    assert (answer.status_code, refused(answer, upstream)["param"]) == (400, f"messages[1]{field}")


@together(
    "said",
    [
        {},
        {"messages": []},
        {"inputs": {}},
        {"messages": [], "inputs": {}},
        {"messages": MESSAGES, "inputs": {"question": "a"}},
    ],
)
def test_either_messages_or_inputs(caller: Caller, upstream: Upstream, said: dict[str, Any]) -> None:
    answer = caller(CHAT, {"model": "duo_chat", **said})
    error = refused(answer, upstream)
    assert (answer.status_code, error["code"], error["param"]) == (400, "messages_or_inputs", "messages")


@together(
    ("model", "inputs", "param", "words"),
    [
        ("duo_chat", ["question"], "inputs", "object"),
        ("duo_chat", "question", "inputs", "object"),
        ("duo_chat", {"question": ""}, "inputs.question", "missing"),
        ("duo_chat", {"question": " \n"}, "inputs.question", "missing"),
        ("duo_chat", {"question": 1}, "inputs.question", "send text"),
        ("duo_chat", {"question": None}, "inputs.question", "send text"),
        ("duo_chat", {"question": ["a"]}, "inputs.question", "send text"),
        ("duo_chat", {"question": "x" * 2_000_000}, "inputs.question", "characters at most; these are 2,000,000"),
        ("duo_chat", {"question": "a", "answer": "b"}, "inputs.answer", "takes question"),
        ("duo_chat", {"question": "a", "x\r\ny": "b"}, "inputs.x\r\ny", "takes question"),
        ("duo_chat", {"question": "a", "x" * 9999: "b"}, "inputs." + "x" * 64, "takes question"),
        ("duo_chat", {"question": "a", "": "b"}, "inputs", "takes question"),
        ("generate_commit_message", {"question": "a"}, "inputs.question", "There is no input"),
        ("duo_chat:raw", {"question": "a"}, "inputs", "send messages"),
        ("endpoint:here", {"question": "a"}, "inputs", "send messages"),
    ],
)
def test_faulty_inputs_are_named(
    caller: Caller, upstream: Upstream, model: str, inputs: Any, param: str, words: str
) -> None:
    answer = caller.chat(model, inputs=inputs)
    error = refused(answer, upstream)
    assert (answer.status_code, error["param"]) == (400, param)
    assert words in error["message"]


SENSELESS = [
    ({"tool_choice": "required"}, "tool_choice"),
    ({"tool_choice": {"type": "function", "function": {"name": "now"}}}, "tool_choice"),
    ({"tools": [TOOL], "tool_choice": "always"}, "tool_choice"),
    ({"tools": [TOOL], "tool_choice": ["auto"]}, "tool_choice"),
    ({"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "then"}}}, "tool_choice"),
    ({"tools": [1]}, "tools[0]"),
    ({"tools": [{"type": "function"}]}, "tools[0]"),
    ({"tools": [{"type": "retrieval", "function": FUNCTION}]}, "tools[0]"),
    ({"tools": [TOOL, {"type": "function", "function": {}}]}, "tools[1].function.name"),
    ({"tools": [{"type": "function", "function": {"name": "a b\r\n"}}]}, "tools[0].function.name"),
    ({"tools": [{"type": "function", "function": {"name": "a", "parameters": []}}]}, "tools[0].function.parameters"),
    ({"stream_options": {"include_usage": True}}, "stream_options"),
    ({"stream_options": {"include_usage": True}, "stream": False}, "stream_options"),
    ({"stream_options": {"include_usage": "yes"}, "stream": True}, "stream_options"),
]


@together(("more", "param"), SENSELESS)
def test_what_makes_no_sense_together(caller: Caller, upstream: Upstream, more: dict[str, Any], param: str) -> None:
    answer = caller.chat(**more)
    assert (answer.status_code, refused(answer, upstream)["param"]) == (400, param)


def test_a_gap_takes_neither_tools_nor_several_answers(caller: Caller, upstream: Upstream) -> None:
    for name, value in (("tools", [TOOL]), ("tools", [1]), ("n", 2), ("best_of", 2), ("echo", True)):
        answer = caller(FILL, {"model": "code_completions", "prompt": "a", name: value})
        assert (answer.status_code, refused(answer, upstream)["param"]) == (400, name)


def test_a_feature_that_fills_no_gaps(caller: Caller, upstream: Upstream) -> None:
    answer = caller(FILL, {"model": "duo_chat", "prompt": "a"})
    error = refused(answer, upstream)
    assert (answer.status_code, error["code"], error["param"]) == (400, "completions_unsupported", "model")


def test_several_answers_come_where_nothing_is_cut_out(caller: Caller, upstream: Upstream) -> None:
    assert caller.chat(n=2).status_code == 200
    assert upstream.bodies[0]["n"] == 2


def test_several_answers_in_a_stream_cannot_be_cut(
    caller: Caller, upstream: Upstream, ports: Ports, ada: Actor
) -> None:
    endpoint_at(ports, ada, upstream.url, "Thinks", quirks=("strip_reasoning",))
    answer = caller.chat("endpoint:thinks", n=2, stream=True)
    error = refused(answer, upstream)
    assert (answer.status_code, error["code"], error["param"]) == (400, "n_unsupported", "n")


def test_what_is_null_was_not_sent(caller: Caller, upstream: Upstream) -> None:
    named = (*BOTH, *IN_CHAT, "tool_choice")
    assert caller.chat(**{name: None for name in named if name != "messages"}).status_code == 200
    assert len(upstream.bodies) == 1


@pytest.mark.parametrize(
    ("ability", "more", "code", "param"),
    [
        (Ability.TOOLS, {"tools": [TOOL]}, "tools_unsupported", "tools"),
        (Ability.JSON, {"response_format": {"type": "json_object"}}, "response_format_unsupported", "response_format"),
        (Ability.STREAM, {"stream": True}, "stream_unsupported", "stream"),
    ],
)
def test_what_was_measured_as_impossible(
    caller: Caller,
    upstream: Upstream,
    ports: Ports,
    endpoint: str,
    ability: Ability,
    more: dict[str, Any],
    code: str,
    param: str,
) -> None:
    with ports.store.write() as session:
        session.add(
            Capability(
                endpoint_id=endpoint,
                ability=ability.value,
                grade=Grade.NO.value,
                measured_at=ports.clock(),
                probe_id="",
                dialect_version=1,
            )
        )
    answer = caller.chat(**more)
    error = refused(answer, upstream)
    assert (answer.status_code, error["code"], error["param"]) == (400, code, param)
    assert error["message"].startswith("By its last test the endpoint Here does not ")


def test_an_image_that_the_model_cannot_see(caller: Caller, upstream: Upstream) -> None:
    upstream.script = lambda exchange: exchange.whole({"error": {"message": "image input is not supported"}}, 400)
    answer = caller.chat(messages=[{"role": "user", "content": [{"type": "text", "text": "What?"}, IMAGE]}])
    assert answer.status_code == 400
    assert "image input is not supported" in answer.json["error"]["message"]
