"""Reads an answer on OpenAI's wire, whole or streamed, as a caller of the gateway gets it: texts and structured calls.

Source: OpenAI API reference, "The chat completion object" and "The chat completion chunk object".
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.clients.dialect import ToolCall
from app.lib.sse import EventParser, EventTooLarge

_DONE = "[DONE]"


@dataclass(slots=True)
class ReadAnswer:
    """What has been read so far. `began`: a first token was seen, of the text, its reasoning or a call.

    `is_answer`: something of an answer's shape was read. `failed` holds the words of an event that says that the rest
    will not come.
    """

    texts: list[str] = field(default_factory=list)
    calls: dict[int, list[str]] = field(default_factory=dict)
    size: int = 0
    began: bool = False
    is_answer: bool = False
    failed: str | None = None

    @property
    def text(self) -> str:
        """The text by itself; safe while another thread reads on."""
        return "".join(tuple(self.texts))

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """The structured calls, in the order of their numbers."""
        return tuple(ToolCall(each[0], "".join(each[1:])) for _, each in sorted(dict(self.calls).items()))


class ChunkReader:
    """Takes in a stream chunk by chunk."""

    def __init__(self) -> None:
        self.answer = ReadAnswer()
        self._events = EventParser()

    def feed(self, chunk: bytes) -> None:
        """Take in what the chunk completes; an event of another shape says nothing."""
        try:
            events = self._events.feed(chunk)
        except EventTooLarge:
            self.answer.failed = "One event of the answer is too large."
            return
        for event in events:
            if event.comment is None and event.data.strip() != _DONE:
                self._take(_object(event.data))

    def _take(self, body: Mapping[str, Any]) -> None:
        if error := body.get("error"):
            self.answer.failed = str(error.get("message", "") if isinstance(error, dict) else error)
            return
        _take_message(self.answer, _choice(body).get("delta"))


def read_whole(body: bytes) -> ReadAnswer:
    """An answer that came in one piece."""
    answer = ReadAnswer()
    _take_message(answer, _choice(_object(body)).get("message"))
    return answer


def _take_message(answer: ReadAnswer, message: Any) -> None:
    if not isinstance(message, dict):
        return
    answer.is_answer = True
    text = message.get("content")
    if isinstance(text, str) and text:
        answer.texts.append(text)
        answer.size += len(text)
        answer.began = True
    answer.began = answer.began or bool(message.get("reasoning_content") or message.get("reasoning"))
    for number, name, arguments in _calls(message.get("tool_calls")):
        parts = answer.calls.setdefault(number, [""])
        parts[0] = parts[0] or name
        parts.append(arguments)
        answer.size += len(name) + len(arguments)
        answer.began = True


def _calls(value: Any) -> Iterator[tuple[int, str, str]]:
    """Number, name and arguments of each call, or of a part of one."""
    for position, each in enumerate(value if isinstance(value, list) else ()):
        function = each.get("function") if isinstance(each, dict) else None
        if isinstance(function, dict):
            number, given = each.get("index"), function.get("arguments") or ""
            arguments = given if isinstance(given, str) else json.dumps(given)
            yield number if isinstance(number, int) else position, str(function.get("name") or ""), arguments


def _choice(body: Mapping[str, Any]) -> Mapping[str, Any]:
    choices = body.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    return first if isinstance(first, dict) else {}


def _object(data: str | bytes) -> Mapping[str, Any]:
    try:
        body = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}
