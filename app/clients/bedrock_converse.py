"""Converse on the wire: one shape of request, answer and stream for every model of Amazon Bedrock.

Source: Amazon Bedrock API reference, "Converse", "ConverseStream" and the types they name.
"""

import json
from collections.abc import Iterator
from typing import Any

from app.clients.aws_complaints import code_of, without_echo
from app.clients.aws_eventstream import BadEventStream, EventStreamParser, Message
from app.clients.dialect import Ask, ChatAnswer, Piece, ToolCall, ToolChoice, ToolPiece, Trouble, WireError
from app.clients.json_wire import count_in, event_in
from app.clients.target import Target

_FINISH = {
    "content_filtered": "content_filter",
    "end_turn": "stop",
    "guardrail_intervened": "content_filter",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "stop_sequence": "stop",
    "tool_use": "tool_calls",
}
# Input that was read from the cache or written into it is counted apart.
_INPUTS = ("inputTokens", "cacheReadInputTokens", "cacheWriteInputTokens")


def converse_body(target: Target, ask: Ask) -> dict[str, Any]:
    """A request's JSON: the model stands in the path, and system text is a field, not a message."""
    user, system = ask.user, ask.system
    if system and "no_system" in target.quirks:
        user, system = f"{system}\n\n{user}", None
    turns = [_turn("assistant" if each.by_model else "user", each.text) for each in ask.earlier]
    body: dict[str, Any] = {"messages": [*turns, _turn("user", user)], "inferenceConfig": _inference(target, ask)}
    if system:
        body["system"] = [{"text": system}]
    return body | _tools(ask) | _schema(ask)


def _turn(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "content": [{"text": text}]}


def _inference(target: Target, ask: Ask) -> dict[str, Any]:
    config: dict[str, Any] = {"maxTokens": ask.max_tokens}
    if ask.temperature is not None and "no_temperature" not in target.quirks:
        config["temperature"] = ask.temperature
    if ask.stop and "no_stop" not in target.quirks:
        config["stopSequences"] = list(ask.stop)
    return config


def _tools(ask: Ask) -> dict[str, Any]:
    if not ask.tools:
        return {}
    tools = [
        {"name": each.name, "description": each.description, "inputSchema": {"json": dict(each.parameters)}}
        for each in ask.tools
    ]
    choice = "any" if ask.tool_choice is ToolChoice.FORCED else "auto"
    return {"toolConfig": {"tools": [{"toolSpec": each} for each in tools], "toolChoice": {choice: {}}}}


def _schema(ask: Ask) -> dict[str, Any]:
    """The schema goes as a text of JSON inside the JSON."""
    if ask.schema is None:
        return {}
    wanted = {"name": "answer", "schema": json.dumps(dict(ask.schema))}
    return {"outputConfig": {"textFormat": {"type": "json_schema", "structure": {"jsonSchema": wanted}}}}


def read_answer(body: Any) -> ChatAnswer:
    """The text blocks, reasoning apart; raises WireError for a body of another shape. Nothing names the model."""
    output = body.get("output") if isinstance(body, dict) else None
    message = output.get("message") if isinstance(output, dict) else None
    blocks = message.get("content") if isinstance(message, dict) else None
    if not isinstance(blocks, list):
        raise WireError(Trouble("bad_json"))
    pieces = [_piece(block) for block in blocks]
    return ChatAnswer(
        text="".join(each.text for each in pieces),
        reasoning="".join(each.reasoning for each in pieces),
        finish=_finish(body),
        prompt_tokens=_prompt_tokens(body.get("usage")),
        completion_tokens=count_in(body.get("usage"), "outputTokens"),
        tool_calls=_tool_calls(blocks),
    )


class ConverseReader:
    """Reads one streamed answer, the last event of which is metadata; nothing is read after it."""

    def __init__(self) -> None:
        self._parser = EventStreamParser()
        self._done = False

    def feed(self, chunk: bytes) -> Iterator[Piece]:
        """The events that the chunk completes; raises WireError for what is no such stream."""
        try:
            for message in self._parser.feed(chunk):
                if not self._done:
                    piece = _event(message)
                    self._done = piece.done
                    yield piece
        except BadEventStream as error:
            raise WireError(Trouble("stream_not_sse")) from error


def _event(message: Message) -> Piece:
    """Kinds of events that are not known yet say nothing."""
    match message.text(":message-type"):
        case "exception":
            return Piece(failed=_failure(message.text(":exception-type"), _message_of(message.payload)))
        case "error":
            return Piece(failed=_failure(message.text(":error-code"), message.text(":error-message")))
        case "event":
            return _told(message.text(":event-type"), message.payload)
    raise WireError(Trouble("stream_not_sse"))


def _told(kind: str, payload: bytes) -> Piece:
    match kind:
        case "contentBlockStart":
            body = event_in(_text(payload))
            return _piece(body.get("start"), body.get("contentBlockIndex"))
        case "contentBlockDelta":
            body = event_in(_text(payload))
            return _piece(body.get("delta"), body.get("contentBlockIndex"))
        case "messageStop":
            return Piece(finish=_finish(event_in(_text(payload))))
        case "metadata":
            usage = event_in(_text(payload)).get("usage")
            return Piece(
                done=True, prompt_tokens=_prompt_tokens(usage), completion_tokens=count_in(usage, "outputTokens")
            )
    return Piece()


def _failure(kind: str, words: str) -> Trouble:
    return Trouble(code_of(kind, words) or "error_in_200", without_echo(words))


def _message_of(payload: bytes) -> str:
    """An exception's words; whatever else it holds is shown as it came."""
    try:
        words = json.loads(payload).get("message")
    except (ValueError, AttributeError, RecursionError):
        words = None
    return words if isinstance(words, str) else _text(payload)


def _text(payload: bytes) -> str:
    return payload.decode("utf-8", "replace")


def _piece(block: Any, index: Any = 0) -> Piece:
    """The text, reasoning or call of a content block, or of a change to one, which nests reasoning less deeply."""
    if not isinstance(block, dict):
        return Piece()
    reasoning = block.get("reasoningContent")
    if isinstance(reasoning, dict):
        reasoning = reasoning.get("reasoningText", reasoning)
    used = block.get("toolUse")
    tools = _tool_pieces(used, index if isinstance(index, int) else 0) if isinstance(used, dict) else ()
    return Piece(_string(block), _string(reasoning), tools=tools)


def _tool_pieces(used: dict[str, Any], index: int) -> tuple[ToolPiece, ...]:
    """The start of a call names it, a change to it brings the next part of its arguments."""
    if used.get("name"):
        return (ToolPiece(index, "", str(used["name"]), str(used.get("toolUseId") or "")),)
    part = used.get("input")
    return (ToolPiece(index, part),) if isinstance(part, str) and part else ()


def _string(holder: Any) -> str:
    text = holder.get("text") if isinstance(holder, dict) else None
    return text if isinstance(text, str) else ""


def _tool_calls(blocks: list[Any]) -> tuple[ToolCall, ...]:
    used = (each.get("toolUse") for each in blocks if isinstance(each, dict))
    return tuple(
        ToolCall(str(each.get("name") or ""), json.dumps(each.get("input") or {}), str(each.get("toolUseId") or ""))
        for each in used
        if isinstance(each, dict)
    )


def _prompt_tokens(usage: Any) -> int | None:
    own, *cached = (count_in(usage, name) for name in _INPUTS)
    return None if own is None else own + sum(filter(None, cached))


def _finish(holder: dict[str, Any]) -> str:
    reason = str(holder.get("stopReason") or "")
    return _FINISH.get(reason, reason)
