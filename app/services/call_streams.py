"""Streamed answers on their way to the caller: byte for byte where they are on OpenAI's wire, else told anew."""

import json
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Protocol

from app.clients.dialect import Piece, StreamReader, Trouble
from app.clients.openai_answers import ChatChunks, CompletionChunks
from app.domain.reasoning import ReasoningCut

_LF, _CRLF = b"\n\n", b"\r\n\r\n"
# An event that is longer goes through in parts.
_HELD_MOST = 1 << 20
# As many of the last chunks hold the event with the usage, which comes right before the end.
_KEPT = 4


class StreamFailed(Exception):
    """The stream itself says that the server failed."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.code)
        self.trouble = trouble


class Telling(Protocol):
    """From the chunks of an endpoint to those for the caller; token counts are None where the server stated none.

    `seen` is how many pieces of the answer there were, which is nearly its number of tokens.
    """

    prompt_tokens: int | None
    completion_tokens: int | None
    seen: int

    def feed(self, chunk: bytes) -> bytes:
        """What may be passed on, b"" for nothing yet; raises WireError, StreamFailed."""
        ...

    def end(self) -> bytes:
        """What is left once the endpoint has ended; raises StreamFailed."""
        ...


class Relay:
    """The very bytes, passed on in whole events: a stream that breaks off does not end in half of one."""

    def __init__(self, reader: StreamReader) -> None:
        self.prompt_tokens: int | None = None
        self.completion_tokens: int | None = None
        self.seen = 0
        self._reader: StreamReader | None = reader
        self._held = b""
        self._last: deque[bytes] = deque(maxlen=_KEPT)

    def feed(self, chunk: bytes) -> bytes:
        """Whole events."""
        if self._reader is not None:
            self._look(chunk)
        self.seen += chunk.count(b"data:")
        self._last.append(chunk)
        if not self._held and chunk.endswith(_LF):
            return chunk
        return self._whole(self._held + chunk)

    def _look(self, chunk: bytes) -> None:
        """A server that begins with status 200 and then says that it failed has not begun to answer."""
        assert self._reader is not None
        for piece in self._reader.feed(chunk):
            self._reader = None
            if piece.failed:
                raise StreamFailed(piece.failed)
            return

    def _whole(self, data: bytes) -> bytes:
        ends = [found + len(mark) for mark in (_LF, _CRLF) if (found := data.rfind(mark)) >= 0]
        cut = max(ends, default=len(data) if len(data) > _HELD_MOST else 0)
        self._held = data[cut:]
        return data[:cut]

    def end(self) -> bytes:
        """What no event's end followed."""
        usage = _usage_in(b"".join(self._last))
        self.prompt_tokens = _count(usage, "prompt_tokens")
        self.completion_tokens = _count(usage, "completion_tokens")
        rest, self._held = self._held, b""
        return rest


def _usage_in(tail: bytes) -> dict[str, Any]:
    """The usage that the last events state, {} where they state none."""
    for line in reversed(tail.splitlines()):
        if line.startswith(b"data:") and b'"usage"' in line:
            try:
                usage = json.loads(line.removeprefix(b"data:")).get("usage")
            except (ValueError, AttributeError, RecursionError):
                return {}
            if isinstance(usage, dict):
                return usage
    return {}


def _count(usage: dict[str, Any], name: str) -> int | None:
    value = usage.get(name)
    return value if type(value) is int and value >= 0 else None


class Retelling:
    """Read piece by piece and written as OpenAI's chunks, without the reasoning where `cut` is given."""

    def __init__(
        self, reader: StreamReader, chunks: ChatChunks | CompletionChunks, cut: ReasoningCut | None = None
    ) -> None:
        self.prompt_tokens: int | None = None
        self.completion_tokens: int | None = None
        self.seen = 0
        self._reader = reader
        self._chunks = chunks
        self._cut = cut
        self._has_ended = False

    def feed(self, chunk: bytes) -> bytes:
        """The chunks that the pieces become."""
        return b"".join(self._told(self._reader.feed(chunk)))

    def _told(self, pieces: Any) -> Iterator[bytes]:
        for piece in pieces:
            if piece.failed:
                raise StreamFailed(piece.failed)
            if piece.prompt_tokens is not None:
                self.prompt_tokens = piece.prompt_tokens
            if piece.completion_tokens is not None:
                self.completion_tokens = piece.completion_tokens
            self.seen += bool(piece.text or piece.reasoning or piece.tools)
            self._has_ended = self._has_ended or piece.done or bool(piece.finish)
            yield self._chunks.of(self._without_reasoning(piece))

    def _without_reasoning(self, piece: Piece) -> Piece:
        if self._cut is None:
            return piece
        return replace(piece, text=self._cut.feed(piece.text), reasoning="")

    def end(self) -> bytes:
        """What is left, and the end; raises StreamFailed where the endpoint stopped without telling one."""
        if not self._has_ended:
            raise StreamFailed(Trouble("stream_broken"))
        # Only now: some platforms state a reason to finish with every piece.
        rest = self._cut.end() if self._cut else ""
        return (self._chunks.of(Piece(rest)) if rest else b"") + self._chunks.end()
