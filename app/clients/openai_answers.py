"""Answers told to a caller on OpenAI's wire, whole and streamed, whichever platform they came from.

Source: OpenAI API reference, "The chat completion object", "The chat completion chunk object" and "Completions".
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from app.clients.dialect import ChatAnswer, Piece, ToolCall, ToolPiece

# Reasons to finish that hold whatever the answer is made of.
_CUT_SHORT = ("length", "content_filter")
# What a call of a function that takes nothing has for arguments: callers read the text as JSON.
_NO_ARGUMENTS = "{}"


def chat_answer(answer: ChatAnswer, *, id: str, created: int, model: str) -> dict[str, Any]:
    """A `chat.completion`; `created` is in seconds since 1970."""
    message: dict[str, Any] = {"role": "assistant", "content": answer.text or (None if answer.tool_calls else "")}
    if answer.reasoning:
        message["reasoning_content"] = answer.reasoning
    if answer.tool_calls:
        message["tool_calls"] = [_tool_call(call, id, number) for number, call in enumerate(answer.tool_calls)]
    finish = _finish(answer.finish, calls=bool(answer.tool_calls))
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish}
    return {"id": id, "object": "chat.completion", "created": created, "model": model, "choices": [choice]} | _usage_of(
        answer
    )


def completion_answer(answer: ChatAnswer, *, id: str, created: int, model: str) -> dict[str, Any]:
    """A `text_completion`, which knows neither reasoning nor calls; `created` is in seconds since 1970."""
    choice = {"index": 0, "text": answer.text, "logprobs": None, "finish_reason": _finish(answer.finish, calls=False)}
    return {"id": id, "object": "text_completion", "created": created, "model": model, "choices": [choice]} | _usage_of(
        answer
    )


def error_event(message: str, code: str, kind: str = "api_error") -> bytes:
    """What ends a stream that cannot go on; nothing is to follow it."""
    return _event({"error": {"message": message, "type": kind, "param": None, "code": code}})


class _Chunks(ABC):
    """What both kinds of stream do alike.

    The reason to finish is told by `end`: some platforms state one with every piece, and only then is it known whether
    functions were called.
    """

    _object = ""

    def __init__(self, id: str, created: int, model: str, *, include_usage: bool) -> None:
        self._frame = {"id": id, "object": self._object, "created": created, "model": model}
        self._include_usage = include_usage
        self._finish = ""
        self._prompt_tokens: int | None = None
        self._completion_tokens: int | None = None
        self._ended = False

    def of(self, piece: Piece) -> bytes:
        """The chunk that tells a piece of the answer, b"" where it says nothing to the caller."""
        self._finish = piece.finish or self._finish
        if piece.prompt_tokens is not None:
            self._prompt_tokens = piece.prompt_tokens
        if piece.completion_tokens is not None:
            self._completion_tokens = piece.completion_tokens
        said = self._said(piece)
        return self._chunk(said) if said else b""

    def end(self) -> bytes:
        """Why the answer finished, the usage where it is wanted and known, and the mark of the end; b"" afterwards."""
        if self._ended:
            return b""
        self._ended = True
        usage = _usage(self._prompt_tokens, self._completion_tokens) if self._include_usage else None
        counted = _event({**self._frame, "choices": [], "usage": usage}) if usage else b""
        return self._chunk(self._last(), self._reason()) + counted + b"data: [DONE]\n\n"

    @abstractmethod
    def _said(self, piece: Piece) -> dict[str, Any]:
        """What a choice holds of the piece, {} for nothing."""

    @abstractmethod
    def _last(self) -> dict[str, Any]:
        """What the choice with the reason to finish holds."""

    def _reason(self) -> str:
        return _finish(self._finish, calls=False)

    def _chunk(self, said: Mapping[str, Any], finish: str | None = None) -> bytes:
        choice = {"index": 0, **said, "logprobs": None, "finish_reason": finish}
        # Where usage is asked for, every chunk before it has the field, as null.
        return _event({**self._frame, "choices": [choice]} | ({"usage": None} if self._include_usage else {}))


class ChatChunks(_Chunks):
    """A streamed chat answer as `chat.completion.chunk` events; `created` is in seconds since 1970."""

    _object = "chat.completion.chunk"

    def __init__(self, id: str, created: int, model: str, *, include_usage: bool) -> None:
        super().__init__(id, created, model, include_usage=include_usage)
        self._role: dict[str, Any] = {"role": "assistant"}
        # Calls by the platform's index; callers count theirs from 0, some platforms count texts along.
        self._calls: dict[int, int] = {}
        self._without_arguments: set[int] = set()

    def _said(self, piece: Piece) -> dict[str, Any]:
        delta: dict[str, Any] = {}
        if piece.text:
            delta["content"] = piece.text
        if piece.reasoning:
            delta["reasoning_content"] = piece.reasoning
        if tools := [self._part(each) for each in piece.tools if each.arguments or each.index not in self._calls]:
            delta["tool_calls"] = tools
        return self._delta(delta) if delta else {}

    def _last(self) -> dict[str, Any]:
        parts = [{"index": each, "function": {"arguments": _NO_ARGUMENTS}} for each in sorted(self._without_arguments)]
        return self._delta({"tool_calls": parts} if parts else {})

    def _reason(self) -> str:
        return _finish(self._finish, calls=bool(self._calls))

    def _delta(self, delta: dict[str, Any]) -> dict[str, Any]:
        """The first one names the role."""
        role, self._role = self._role, {}
        return {"delta": role | delta}

    def _part(self, part: ToolPiece) -> dict[str, Any]:
        is_first = part.index not in self._calls
        number = self._calls.setdefault(part.index, len(self._calls))
        if part.arguments:
            self._without_arguments.discard(number)
        if not is_first:
            return {"index": number, "function": {"arguments": part.arguments}}
        if not part.arguments:
            self._without_arguments.add(number)
        function = {"name": part.name, "arguments": part.arguments}
        call_id = part.id or _call_id(self._frame["id"], number)
        return {"index": number, "id": call_id, "type": "function", "function": function} | _extra(part)


class CompletionChunks(_Chunks):
    """A streamed answer as `text_completion` events, its text alone; `created` is in seconds since 1970."""

    _object = "text_completion"

    def _said(self, piece: Piece) -> dict[str, Any]:
        return {"text": piece.text} if piece.text else {}

    def _last(self) -> dict[str, Any]:
        return {"text": ""}


def _tool_call(call: ToolCall, answer_id: str, number: int) -> dict[str, Any]:
    function = {"name": call.name, "arguments": call.arguments or _NO_ARGUMENTS}
    call_id = call.id or _call_id(answer_id, number)
    return {"id": call_id, "type": "function", "function": function} | _extra(call)


def _extra(call: ToolCall | ToolPiece) -> dict[str, Any]:
    """Under the name that clients know from Google's OpenAI-compatible API, and send back."""
    return {"extra_content": call.extra} if call.extra else {}


def _call_id(answer_id: Any, number: int) -> str:
    """For platforms that give none: callers send results back under it, at most 40 characters of it."""
    return f"call_{str(answer_id).rpartition('cmpl-')[2]}_{number}"


def _finish(given: str, *, calls: bool) -> str:
    """The reason in OpenAI's words, which callers hold to be all that there are."""
    if given in _CUT_SHORT:
        return given
    return "tool_calls" if calls else "stop"


def _usage_of(answer: ChatAnswer) -> dict[str, Any]:
    usage = _usage(answer.prompt_tokens, answer.completion_tokens)
    return {"usage": usage} if usage else {}


def _usage(prompt: int | None, completion: int | None) -> dict[str, int] | None:
    """None unless both are known."""
    if prompt is None or completion is None:
        return None
    return {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}


def _event(body: Mapping[str, Any]) -> bytes:
    return b"data: " + json.dumps(body, separators=(",", ":")).encode() + b"\n\n"
