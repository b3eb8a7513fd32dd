"""The Messages API's bodies: what a request says, and how an answer and an event are read.

Whoever serves them, Anthropic or a cloud that resells its models, they are the same.
Source: Claude API reference, "Messages" and "Streaming messages".
"""

import json
from typing import Any

from app.clients import complaints
from app.clients.dialect import Ask, ChatAnswer, Piece, ToolCall, ToolChoice, ToolPiece, Trouble, WireError
from app.clients.json_wire import count_in
from app.clients.target import Target

_FINISH = {
    "end_turn": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "content_filter",
    "stop_sequence": "stop",
    "tool_use": "tool_calls",
}
# Input that was read from the cache or written into it is counted apart.
_INPUTS = ("input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens")
# A stream may begin with status 200 and then say what a status would have said.
_IN_STREAM = {"overloaded_error": "busy", "rate_limit_error": "rate_limited"}


def messages_body(target: Target, ask: Ask) -> dict[str, Any]:
    """A request's JSON: `max_tokens` is never left out, and system text is a field, not a message."""
    user, system = ask.user, ask.system
    if system and "no_system" in target.quirks:
        user, system = f"{system}\n\n{user}", None
    body: dict[str, Any] = {
        "model": target.served_name,
        "max_tokens": ask.max_tokens,
        "messages": [
            *({"role": "assistant" if each.by_model else "user", "content": each.text} for each in ask.earlier),
            {"role": "user", "content": user},
        ],
        "stream": ask.stream,
    }
    if system:
        body["system"] = system
    if ask.temperature is not None and "no_temperature" not in target.quirks:
        body["temperature"] = ask.temperature
    if ask.stop and "no_stop" not in target.quirks:
        body["stop_sequences"] = list(ask.stop)
    if ask.tools:
        body["tools"] = [
            {"name": each.name, "description": each.description, "input_schema": dict(each.parameters)}
            for each in ask.tools
        ]
        body["tool_choice"] = {"type": "any" if ask.tool_choice is ToolChoice.FORCED else "auto"}
    if ask.schema is not None:
        body["output_config"] = {"format": {"type": "json_schema", "schema": dict(ask.schema)}}
    return body


def read_message(body: Any) -> ChatAnswer:
    """The text blocks, and the thinking blocks as reasoning; raises WireError for a body of another shape."""
    blocks = body.get("content") if isinstance(body, dict) else None
    if not isinstance(blocks, list):
        raise WireError(Trouble("bad_json"))
    pieces = [_piece(block) for block in blocks]
    return ChatAnswer(
        text="".join(each.text for each in pieces),
        reasoning="".join(each.reasoning for each in pieces),
        finish=_finish(body),
        model=str(body.get("model") or ""),
        prompt_tokens=_prompt_tokens(body.get("usage")),
        completion_tokens=count_in(body.get("usage"), "output_tokens"),
        tool_calls=_tool_calls(blocks),
    )


def read_event(body: dict[str, Any]) -> Piece:
    """One event; kinds that are not known yet say nothing. Raises WireError when it is no event at all."""
    if body.get("error"):
        return Piece(failed=_failure(body["error"]))
    match body.get("type"):
        case "message_start":
            return Piece(prompt_tokens=_prompt_tokens(_usage(body.get("message"))))
        case "content_block_start":
            return _piece(body.get("content_block"), _index(body))
        case "content_block_delta":
            return _piece(body.get("delta"), _index(body))
        case "message_delta":
            return _ending(body)
        case "message_stop":
            return Piece(done=True)
        case str():
            return Piece()
    raise WireError(Trouble("stream_not_sse"))


def _tool_calls(blocks: list[Any]) -> tuple[ToolCall, ...]:
    used = (each for each in blocks if isinstance(each, dict) and each.get("type") == "tool_use")
    return tuple(
        ToolCall(str(each.get("name") or ""), json.dumps(each.get("input") or {}), str(each.get("id") or ""))
        for each in used
    )


def _piece(block: Any, index: int = 0) -> Piece:
    """The text, thinking or call of a content block, or of a change to one."""
    if not isinstance(block, dict):
        return Piece()
    text, thinking = block.get("text"), block.get("thinking")
    return Piece(
        text if isinstance(text, str) else "",
        thinking if isinstance(thinking, str) else "",
        tools=_tool_pieces(block, index),
    )


def _tool_pieces(block: dict[str, Any], index: int) -> tuple[ToolPiece, ...]:
    """A call begins without arguments; gateways that have them all at once put them there."""
    if block.get("type") == "tool_use":
        given = block.get("input")
        arguments = json.dumps(given) if given else ""
        return (ToolPiece(index, arguments, str(block.get("name") or ""), str(block.get("id") or "")),)
    part = block.get("partial_json")
    return (ToolPiece(index, part),) if isinstance(part, str) and part else ()


def _ending(body: dict[str, Any]) -> Piece:
    """The reason to finish, and the counts so far; an input of none is one that the server does not know here."""
    usage = _usage(body)
    return Piece(
        finish=_finish(body.get("delta")),
        prompt_tokens=_prompt_tokens(usage) or None,
        completion_tokens=count_in(usage, "output_tokens"),
    )


def _usage(holder: Any) -> Any:
    return holder.get("usage") if isinstance(holder, dict) else None


def _prompt_tokens(usage: Any) -> int | None:
    own, *cached = (count_in(usage, name) for name in _INPUTS)
    return None if own is None else own + sum(filter(None, cached))


def _index(body: dict[str, Any]) -> int:
    index = body.get("index")
    return index if isinstance(index, int) else 0


def _finish(holder: Any) -> str:
    reason = str(holder.get("stop_reason") or "") if isinstance(holder, dict) else ""
    return _FINISH.get(reason, reason)


def _failure(error: Any) -> Trouble:
    if not isinstance(error, dict):
        return Trouble("error_in_200", str(error)[: complaints.WORDS_READ])
    code = _IN_STREAM.get(str(error.get("type")), "error_in_200")
    return Trouble(code, str(error.get("message") or "")[: complaints.WORDS_READ])
