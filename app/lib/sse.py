"""Server-sent events from byte chunks, however they were cut (WHATWG HTML 9.2.6)."""

from collections.abc import Iterator
from dataclasses import dataclass


class EventTooLarge(ValueError):
    """One event grew past the cap."""


@dataclass(frozen=True, slots=True)
class Event:
    """`data` with its lines joined by newlines; `event` is "message" unless named; `comment` events carry only `comment`."""

    data: str
    event: str = "message"
    id: str | None = None
    comment: str | None = None


class EventParser:
    """Feed chunks, get the events they complete."""

    def __init__(self, max_event: int = 1024 * 1024) -> None: ...

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """Events completed by this chunk; raises EventTooLarge."""
        raise NotImplementedError

    def close(self) -> bool:
        """Call at the end of the stream: True when it ended inside an event, which is then dropped as the standard says."""
        raise NotImplementedError
