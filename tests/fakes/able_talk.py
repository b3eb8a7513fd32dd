"""What the able server is asked and what it says, without the words of a protocol; and both protocols' words for it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.fakes import messages_server as messages
from tests.fakes import wire


@dataclass(frozen=True, slots=True)
class Asked:
    """One chat request. `turns` are (role, text) without the system text; `nth` counts those with tools from 0."""

    body: Mapping[str, Any]
    system: str
    turns: tuple[tuple[str, str], ...]
    tools: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    forced: bool = False
    schema: Mapping[str, Any] | None = None
    stop: tuple[str, ...] = ()
    limit: int | None = None
    nth: int = 0

    @property
    def user(self) -> str:
        """The last turn's text."""
        return self.turns[-1][1] if self.turns else ""

    @property
    def tokens(self) -> int:
        """What it costs at most: four characters are a token, and the answer has its full length."""
        sent = self.system + "".join(text for _, text in self.turns)
        sent += json.dumps([*self.tools.values()]) if self.tools else ""
        sent += json.dumps(self.schema) if self.schema else ""
        return -(-len(sent) // 4) + (self.limit or 0)


@dataclass(frozen=True, slots=True)
class Said:
    """One answer; `calls` are (tool, arguments as text). A `status` other than 200 is a refusal in the text's words."""

    text: str = ""
    reasoning: str = ""
    calls: tuple[tuple[str, str], ...] = ()
    finish: str = "stop"
    status: int = 200


def refusal(message: str, status: int = 400) -> Said:
    """An error answer."""
    return Said(message, status=status)


def from_openai(body: Mapping[str, Any], nth: int) -> Asked:
    """A request of the chat completions API."""
    turns = [(each["role"], each["content"]) for each in body["messages"]]
    limit = body.get("max_completion_tokens", body.get("max_tokens"))
    return Asked(
        body,
        system="\n".join(text for role, text in turns if role == "system"),
        turns=tuple(turn for turn in turns if turn[0] != "system"),
        tools={each["function"]["name"]: each["function"]["parameters"] for each in body.get("tools", ())},
        forced=body.get("tool_choice") == "required",
        schema=body["response_format"]["json_schema"]["schema"] if "response_format" in body else None,
        stop=tuple(body.get("stop", ())),
        limit=limit,
        nth=nth,
    )


def from_anthropic(body: Mapping[str, Any], nth: int) -> Asked:
    """A request of the Messages API."""
    return Asked(
        body,
        system=body.get("system", ""),
        turns=tuple((each["role"], each["content"]) for each in body["messages"]),
        tools={each["name"]: each["input_schema"] for each in body.get("tools", ())},
        forced=body.get("tool_choice", {}).get("type") == "any",
        schema=body["output_config"]["format"]["schema"] if "output_config" in body else None,
        stop=tuple(body.get("stop_sequences", ())),
        limit=body["max_tokens"],
        nth=nth,
    )


def to_openai(model: str, said: Said) -> dict[str, Any]:
    """An answer of the chat completions API, errors included."""
    if said.status != 200:
        return {"error": {"message": said.text, "type": "BadRequestError", "param": None, "code": said.status}}
    answer = wire.reply(model, said.text)
    choice = answer["choices"][0]
    choice["finish_reason"] = said.finish
    if said.reasoning:
        choice["message"]["reasoning_content"] = said.reasoning
    if said.calls:
        calls = [
            {"id": f"call_{number}", "type": "function", "function": {"name": name, "arguments": arguments}}
            for number, (name, arguments) in enumerate(said.calls)
        ]
        choice["message"] |= {"content": said.text or None, "tool_calls": calls}
        choice["finish_reason"] = "tool_calls"
    return answer


def to_anthropic(model: str, said: Said) -> dict[str, Any]:
    """An answer of the Messages API; broken arguments are no object there, so that they come as text in one."""
    if said.status != 200:
        return {"type": "error", "error": {"type": "invalid_request_error", "message": said.text}}
    blocks: list[dict[str, Any]] = []
    if said.reasoning:
        blocks.append({"type": "thinking", "thinking": said.reasoning, "signature": "x"})
    if said.text:
        blocks.append(messages.text(said.text))
    for name, arguments in said.calls:
        blocks.append({"type": "tool_use", "id": "toolu_1", "name": name, "input": json.loads(arguments)})
    stop = "tool_use" if said.calls else {"stop": "end_turn", "length": "max_tokens"}[said.finish]
    return messages.message(model, *blocks, stop=stop)


def events_of_openai(model: str, said: Said, pieces: Sequence[str]) -> Iterator[bytes]:
    """A streamed answer of the chat completions API."""
    if said.reasoning:
        yield wire.chunk(model, {"reasoning_content": said.reasoning})
    for piece in pieces:
        yield wire.chunk(model, {"content": piece})
    yield wire.chunk(model, {}, said.finish)
    yield wire.DONE


def events_of_anthropic(model: str, _said: Said, pieces: Sequence[str]) -> Iterator[bytes]:
    """A streamed answer of the Messages API."""
    for event in messages.streamed(model, *pieces):
        yield f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()
