"""A caller's chat body as a request to Converse.

Source: Amazon Bedrock API reference, "Converse" and the types that it names.
"""

import json
from collections.abc import Mapping
from typing import Any

from app.clients.chat_messages import Called, Image, Part, Result, Said
from app.clients.chat_request import ChatRequest, Choice, Function, read_request
from app.clients.dialect import Untranslatable
from app.clients.foreign_wire import Wire
from app.clients.messages_request import plain_id
from app.clients.target import Target

BEDROCK = Wire("Amazon Bedrock", hottest=1.0)


def request_of(target: Target, body: Mapping[str, Any]) -> dict[str, Any]:
    """The request's JSON; raises Untranslatable. Whether it is streamed is said by the path."""
    asked = read_request(body, target.quirks, BEDROCK)
    sent: dict[str, Any] = {"messages": [_turn(each) for each in asked.said]}
    if asked.system:
        sent["system"] = [{"text": asked.system}]
    if inference := asked.limits("maxTokens"):
        sent["inferenceConfig"] = inference
    return sent | _tools(asked) | _format(asked)


def _turn(said: Said) -> dict[str, Any]:
    return {"role": "assistant" if said.by_model else "user", "content": [_block(each) for each in said.parts]}


def _block(part: Part) -> dict[str, Any]:
    match part:
        case str():
            return {"text": part}
        case Image():
            # Bytes are base64 in JSON; the format is the media type's second half.
            return {"image": {"format": part.media_type.partition("/")[2], "source": {"bytes": part.data}}}
        case Called():
            return {"toolUse": {"toolUseId": plain_id(part.id), "name": part.name, "input": part.arguments}}
        case Result():
            content = [{"text": part.text}] if part.text else []
            return {"toolResult": {"toolUseId": plain_id(part.id), "content": content}}


def _tools(asked: ChatRequest) -> dict[str, Any]:
    """Whose messages hold calls has to offer the tools as well, so that they cannot be left out for NONE then."""
    holds_calls = any(isinstance(part, Called) for each in asked.said for part in each.parts)
    if not asked.functions:
        if holds_calls:
            raise Untranslatable("tools", f"{BEDROCK.label} wants the tools with messages that hold calls of them.")
        return {}
    if asked.choice is Choice.NONE:
        if holds_calls:
            raise Untranslatable(
                "tool_choice", f"{BEDROCK.label} cannot be kept from calling tools once messages hold calls of them."
            )
        return {}
    config: dict[str, Any] = {"tools": [{"toolSpec": _tool(each)} for each in asked.functions]}
    match asked.choice:
        case Choice.AUTO:
            config["toolChoice"] = {"auto": {}}
        case Choice.REQUIRED:
            config["toolChoice"] = {"any": {}}
        case Choice.NAMED:
            config["toolChoice"] = {"tool": {"name": asked.named}}
    return {"toolConfig": config}


def _tool(function: Function) -> dict[str, Any]:
    told = {"description": function.description} if function.description else {}
    strict = {"strict": True} if function.strict else {}
    return {"name": function.name, **told, "inputSchema": {"json": dict(function.parameters)}, **strict}


def _format(asked: ChatRequest) -> dict[str, Any]:
    """The schema goes as a text of JSON inside the JSON."""
    if asked.format is None:
        return {}
    if asked.format.schema is None:
        raise Untranslatable(
            "response_format",
            f"{BEDROCK.label} holds an answer to a schema alone; send json_schema in place of json_object.",
        )
    wanted = {"name": asked.format.name, "schema": json.dumps(dict(asked.format.schema))}
    return {"outputConfig": {"textFormat": {"type": "json_schema", "structure": {"jsonSchema": wanted}}}}
