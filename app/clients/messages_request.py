"""A caller's chat body as a request to the Messages API, of Anthropic itself or of a cloud that resells its models.

Source: Claude API reference, "Messages"; Claude documentation, "Vision", "Tool use" and "Structured outputs".
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from app.clients.chat_messages import Called, Image, Part, Result, Said
from app.clients.chat_request import ChatRequest, Choice, Function, read_request
from app.clients.dialect import Untranslatable
from app.clients.foreign_wire import Wire
from app.clients.target import Target

ANTHROPIC = Wire("Anthropic", frozenset({"parallel_tool_calls"}), hottest=1.0, addresses=("https://",))
# The clouds that resell it fetch no pictures.
RESOLD = replace(ANTHROPIC, label="Anthropic on Vertex AI", addresses=())
# The API wants a limit with every request; this one is within what its oldest models can write.
MAX_TOKENS = 4096
_CHOICES = {Choice.AUTO: "auto", Choice.NONE: "none", Choice.REQUIRED: "any", Choice.NAMED: "tool"}
# Other servers' ids hold dots and colons, which this API refuses.
_NOT_IN_IDS = re.compile(r"[^A-Za-z0-9_-]")


def request_of(target: Target, body: Mapping[str, Any], wire: Wire = ANTHROPIC) -> dict[str, Any]:
    """The request's JSON; raises Untranslatable."""
    asked = read_request(body, target.quirks, wire)
    sent: dict[str, Any] = {
        "model": target.served_name,
        "max_tokens": asked.max_tokens or MAX_TOKENS,
        "messages": [_turn(each) for each in asked.said],
        "stream": asked.stream,
    }
    if asked.system:
        sent["system"] = asked.system
    if asked.temperature is not None:
        sent["temperature"] = asked.temperature
    if asked.top_p is not None:
        sent["top_p"] = asked.top_p
    if asked.stop:
        sent["stop_sequences"] = _stop(asked.stop, wire)
    return sent | _tools(asked) | _format(asked, wire)


def plain_id(given: str) -> str:
    """A call's id of letters, digits, underscores and dashes."""
    return _NOT_IN_IDS.sub("_", given)


def _turn(said: Said) -> dict[str, Any]:
    role = "assistant" if said.by_model else "user"
    match said.parts:
        case (str() as text,):
            return {"role": role, "content": text}
    return {"role": role, "content": [_block(each) for each in said.parts]}


def _block(part: Part) -> dict[str, Any]:
    match part:
        case str():
            return {"type": "text", "text": part}
        case Image():
            return {"type": "image", "source": _source(part)}
        case Called():
            return {"type": "tool_use", "id": plain_id(part.id), "name": part.name, "input": part.arguments}
        case Result():
            block = {"type": "tool_result", "tool_use_id": plain_id(part.id)}
            return block | ({"content": part.text} if part.text else {})


def _source(image: Image) -> dict[str, str]:
    if image.url:
        return {"type": "url", "url": image.url}
    return {"type": "base64", "media_type": image.media_type, "data": image.data}


def _stop(stop: tuple[str, ...], wire: Wire) -> list[str]:
    if not all(map(str.strip, stop)):
        raise Untranslatable("stop", f"{wire.label} takes no stop sequence that is blank.")
    return list(stop)


def _tools(asked: ChatRequest) -> dict[str, Any]:
    if not asked.functions:
        return {}
    sent: dict[str, Any] = {"tools": [_tool(each) for each in asked.functions]}
    choice = asked.choice
    if not asked.parallel and choice is Choice.DEFAULT:
        choice = Choice.AUTO
    if choice is not Choice.DEFAULT:
        sent["tool_choice"] = {"type": _CHOICES[choice]}
    if choice is Choice.NAMED:
        sent["tool_choice"]["name"] = asked.named
    if not asked.parallel and choice is not Choice.NONE:
        sent["tool_choice"]["disable_parallel_tool_use"] = True
    return sent


def _tool(function: Function) -> dict[str, Any]:
    told = {"description": function.description} if function.description else {}
    strict = {"strict": True} if function.strict else {}
    return {"name": function.name, **told, "input_schema": dict(function.parameters), **strict}


def _format(asked: ChatRequest, wire: Wire) -> dict[str, Any]:
    if asked.format is None:
        return {}
    if asked.format.schema is None:
        raise Untranslatable(
            "response_format",
            f"{wire.label} holds an answer to a schema alone; send json_schema in place of json_object.",
        )
    return {"output_config": {"format": {"type": "json_schema", "schema": dict(asked.format.schema)}}}
