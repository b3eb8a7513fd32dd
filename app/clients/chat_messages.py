"""OpenAI's messages as turns of two sides, which is how platforms of their own protocol hold a conversation.

Source: OpenAI API reference, "Create chat completion", `messages`.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.clients.dialect import Untranslatable
from app.clients.foreign_wire import Wire

FIELD = "messages"
_SYSTEM = frozenset({"system", "developer"})
_BETWEEN = "\n\n"


@dataclass(frozen=True, slots=True)
class Image:
    """A picture that the wire takes: its bytes as base64 `data` with their media type, or an address."""

    media_type: str = ""
    data: str = field(default="", repr=False)
    url: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Called:
    """A function that the model called; `extra` is what came with the call and is to go back with it."""

    id: str
    name: str
    arguments: Mapping[str, Any] = field(repr=False)
    extra: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Result:
    """What a called function gave back, as text; `number` is the call's among all calls of the conversation."""

    id: str
    name: str
    text: str = field(repr=False)
    number: int = 0


Part = str | Image | Called | Result


@dataclass(frozen=True, slots=True)
class Said:
    """One side's turn, `by_model` or the caller's; texts in it are never empty, nor is it."""

    by_model: bool
    parts: tuple[Part, ...] = field(repr=False)


def read_messages(messages: Sequence[Mapping[str, Any]], wire: Wire) -> tuple[str, tuple[Said, ...]]:
    """All system text, and the turns, which alternate; raises Untranslatable.

    Neighbours of one side become one turn, because some platforms refuse two.
    """
    reader = _Reader(wire)
    for each in messages:
        reader.take(each)
    if not reader.turns:
        raise Untranslatable(FIELD, f"{wire.label} needs a message that is not the system's.")
    return _BETWEEN.join(reader.system), tuple(Said(by_model, tuple(parts)) for by_model, parts in reader.turns)


class _Reader:
    """Takes messages in their order."""

    def __init__(self, wire: Wire) -> None:
        self.system: list[str] = []
        self.turns: list[tuple[bool, list[Part]]] = []
        self._wire = wire
        # The function's name and the number of every call so far, by its id.
        self._calls: dict[str, tuple[str, int]] = {}
        self._counted = 0

    def take(self, message: Mapping[str, Any]) -> None:
        role = message["role"]
        if role == "function" or message.get("function_call"):
            raise Untranslatable(FIELD, "Send function calls as tool_calls, and what they gave with the role tool.")
        if role == "tool":
            self._say(False, [self._result(message)])
            return
        if message.get("name"):
            raise Untranslatable(
                FIELD, f"{self._wire.label} knows no names of speakers; leave name out of the messages."
            )
        if message.get("audio"):
            raise Untranslatable(
                FIELD, f"{self._wire.label} takes no sound from here; leave audio out of the messages."
            )
        parts = list(self._parts(message.get("content"), images=role == "user"))
        if role in _SYSTEM:
            self.system += [part for part in parts if isinstance(part, str)]
        elif role == "user":
            self._say(False, parts)
        else:
            refusal = message.get("refusal")
            parts += [refusal] if isinstance(refusal, str) and refusal else []
            self._say(True, [*parts, *self._called(message.get("tool_calls") or [])])

    def _say(self, by_model: bool, parts: list[Part]) -> None:
        if not parts:
            return
        if self.turns and self.turns[-1][0] is by_model:
            self.turns[-1][1].extend(parts)
        else:
            self.turns.append((by_model, parts))

    def _parts(self, content: Any, *, images: bool) -> Iterator[Part]:
        for part in _listed(content):
            kind = part["type"]
            if kind in ("text", "refusal"):
                yield from filter(None, (part[kind],))
            elif kind == "image_url" and images:
                yield self._image(part["image_url"])
            elif kind == "image_url":
                raise Untranslatable(FIELD, "Pictures belong into messages of the user.")
            else:
                raise Untranslatable(FIELD, f"{self._wire.label} takes text and pictures from here, and no {kind}.")

    def _image(self, given: Mapping[str, Any]) -> Image:
        url = given.get("url")
        if not isinstance(url, str) or not url:
            raise Untranslatable(FIELD, "A picture needs its url: a data: URL, or an address.")
        if given.get("detail") == "low":
            raise Untranslatable(FIELD, f"{self._wire.label} cannot look at pictures in low detail; leave detail out.")
        if url.startswith("data:"):
            return self._data(url)
        if not url.startswith(self._wire.addresses):
            places = ", ".join(("data:", *self._wire.addresses))
            raise Untranslatable(FIELD, f"{self._wire.label} takes pictures from URLs that begin with: {places}.")
        return Image(url=url)

    def _data(self, url: str) -> Image:
        head, comma, data = url.removeprefix("data:").partition(",")
        media_type, *more = head.lower().split(";")
        media_type = "image/jpeg" if media_type == "image/jpg" else media_type
        if not comma or "base64" not in more:
            raise Untranslatable(FIELD, "A picture's data: URL has to hold base64, as in data:image/png;base64,...")
        if media_type not in self._wire.pictures:
            types = ", ".join(self._wire.pictures)
            raise Untranslatable(FIELD, f"{self._wire.label} takes pictures of the types {types}.")
        return Image(media_type, data)

    def _called(self, calls: Any) -> list[Called]:
        if not isinstance(calls, list):
            raise Untranslatable(FIELD, "Send tool_calls as a list.")
        return [self._call(each) for each in calls]

    def _call(self, given: Any) -> Called:
        function = given.get("function") if isinstance(given, Mapping) else None
        name = function.get("name") if isinstance(function, Mapping) else None
        call_id = given.get("id") if isinstance(given, Mapping) else None
        if not isinstance(function, Mapping) or not isinstance(name, str) or not isinstance(call_id, str):
            raise Untranslatable(FIELD, "Each of tool_calls needs an id, and a function with its name.")
        self._calls[call_id] = name, self._counted
        self._counted += 1
        extra = given.get("extra_content")
        arguments = _arguments(function.get("arguments"), name)
        return Called(call_id, name, arguments, extra if isinstance(extra, Mapping) else {})

    def _result(self, message: Mapping[str, Any]) -> Result:
        called = message.get("tool_call_id")
        if not isinstance(called, str) or called not in self._calls:
            raise Untranslatable(FIELD, "A message of the role tool needs the tool_call_id of a call before it.")
        text = "".join(part for part in self._parts(message.get("content"), images=False) if isinstance(part, str))
        name, number = self._calls[called]
        return Result(called, name, text, number)


def _listed(content: Any) -> Sequence[Mapping[str, Any]]:
    """A message's content as parts."""
    return [{"type": "text", "text": content}] if isinstance(content, str) else content or ()


def _arguments(text: Any, name: str) -> Mapping[str, Any]:
    """The object that the text is; JSON that could not be sent on, with half a character or infinity, is none."""
    try:
        found = json.loads(text or "{}")
        json.dumps(found, ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError):
        found = None
    if not isinstance(found, Mapping):
        raise Untranslatable(FIELD, f"The arguments of the call of {name[:80]} are no JSON object.")
    return found
