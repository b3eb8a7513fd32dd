"""Server-sent events from byte chunks, however they were cut (WHATWG HTML 9.2.6)."""

import re
from dataclasses import dataclass

_LINE_END = re.compile(rb"\r\n|\n|\r")
_BOM = b"\xef\xbb\xbf"


class EventTooLarge(ValueError):
    """One event grew past the cap."""


@dataclass(frozen=True, slots=True)
class Event:
    """`data` has its lines joined by newlines; `event` is "message" unless named; a comment carries only `comment`."""

    data: str
    event: str = "message"
    id: str | None = None
    comment: str | None = None


class EventParser:
    """Feed chunks, get the events they complete; `max_event` is in bytes."""

    def __init__(self, max_event: int = 1024 * 1024) -> None:
        self._max_event = max_event
        self._rest = bytearray()
        self._skip_newline = False
        self._at_start = True
        self._id: str | None = None
        self._clear()

    def _clear(self) -> None:
        self._data: list[str] = []
        self._event = ""
        self._size = 0

    def feed(self, chunk: bytes) -> list[Event]:
        """Events completed by this chunk; raises EventTooLarge."""
        events = []
        for line in self._lines(chunk):
            self._size += len(line)
            if self._size > self._max_event:
                raise EventTooLarge
            event = self._take(line.decode("utf-8", "replace")) if line else self._dispatch()
            if event is not None:
                events.append(event)
        if self._size + len(self._rest) > self._max_event:
            raise EventTooLarge
        return events

    def close(self) -> bool:
        """Call at the end of the stream: True when it ended inside an event, which the standard says to drop."""
        return bool(self._rest or self._data)

    def _lines(self, chunk: bytes) -> list[bytes]:
        if self._skip_newline and chunk:
            chunk = chunk.removeprefix(b"\n")
            self._skip_newline = False
        self._rest += chunk
        if b"\n" not in chunk and b"\r" not in chunk:
            return []
        if self._at_start:
            self._at_start = False
            self._rest = self._rest.removeprefix(_BOM)
        # A carriage return ends its line at once; a newline that follows in the next chunk belongs to the same end.
        self._skip_newline = chunk.endswith(b"\r")
        *lines, rest = _LINE_END.split(bytes(self._rest))
        self._rest = bytearray(rest)
        return lines

    def _take(self, line: str) -> Event | None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match name:
            case "":
                return Event("", comment=value)
            case "data":
                self._data.append(value)
            case "event":
                self._event = value
            case "id" if "\0" not in value:
                self._id = value
        return None

    def _dispatch(self) -> Event | None:
        event = Event("\n".join(self._data), self._event or "message", self._id) if self._data else None
        self._clear()
        return event
