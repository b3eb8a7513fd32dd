"""Streams of server-sent events, as all platforms but one send them."""

from collections.abc import Callable, Iterator

from app.clients.dialect import Piece, Trouble, WireError
from app.lib.sse import EventParser, EventTooLarge


class SseReader:
    """`read_event` turns one event's data into a piece; nothing is read after the one that is done."""

    def __init__(self, read_event: Callable[[str], Piece]) -> None:
        self._read_event = read_event
        self._parser = EventParser()
        self._done = False

    def feed(self, chunk: bytes) -> Iterator[Piece]:
        """The events that the chunk completes; raises WireError."""
        try:
            events = self._parser.feed(chunk)
        except EventTooLarge as error:
            raise WireError(Trouble("stream_not_sse")) from error
        for event in events:
            if event.comment is None and not self._done:
                piece = self._read_event(event.data)
                self._done = piece.done
                yield piece
