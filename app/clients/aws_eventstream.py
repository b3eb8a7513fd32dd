"""The binary frames in which AWS streams: a prelude of lengths, headers, a payload, and two checksums.

Source: Amazon Transcribe Developer Guide, "Event stream encoding", which describes application/vnd.amazon.eventstream.
"""

import struct
from binascii import crc32
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

# Far above what one event of a chat holds.
MESSAGE_MAX = 1 << 20
HEADERS_MAX = 64 << 10
# Two lengths and their checksum; the checksum of the whole message ends it.
_PRELUDE = struct.Struct(">III")
_CRC = struct.Struct(">I")
_SMALLEST = _PRELUDE.size + _CRC.size

HeaderValue = bool | int | bytes | str

_TRUE, _FALSE, _BYTES, _STRING, _UUID = 0, 1, 6, 7, 9
_LENGTH = struct.Struct(">H")
_NUMBERS = {kind: struct.Struct(f">{form}") for kind, form in {2: "b", 3: "h", 4: "i", 5: "q", 8: "q"}.items()}


class BadEventStream(ValueError):
    """Bytes that are no event stream, or one that was damaged on the way."""


@dataclass(frozen=True, slots=True)
class Message:
    """One frame. A timestamp is in milliseconds since 1970, a UUID 16 bytes."""

    headers: Mapping[str, HeaderValue]
    payload: bytes

    def text(self, name: str) -> str:
        """A header that is text, "" where it is missing or anything else."""
        value = self.headers.get(name)
        return value if isinstance(value, str) else ""


class EventStreamParser:
    """Incremental: chunks may end anywhere."""

    def __init__(self) -> None:
        self._left = bytearray()

    def feed(self, chunk: bytes) -> Iterator[Message]:
        """The messages that the chunk completes; raises BadEventStream after those that came before the damage."""
        self._left += chunk
        while len(self._left) >= _PRELUDE.size:
            total, headers = _lengths(self._left)
            if len(self._left) < total:
                return
            frame = bytes(self._left[:total])
            del self._left[:total]
            yield _message(frame, headers)


def _lengths(start: bytearray) -> tuple[int, int]:
    """The message's and its headers' length; the prelude has a checksum of its own, so that lengths can be trusted."""
    total, headers, checksum = _PRELUDE.unpack_from(start)
    if crc32(start[: _PRELUDE.size - _CRC.size]) != checksum:
        raise BadEventStream("the checksum of a prelude is wrong")
    if total > MESSAGE_MAX or headers > HEADERS_MAX or total < _SMALLEST + headers:
        raise BadEventStream("a message has impossible lengths")
    return total, headers


def _message(frame: bytes, headers: int) -> Message:
    end = len(frame) - _CRC.size
    if crc32(frame[:end]) != _CRC.unpack_from(frame, end)[0]:
        raise BadEventStream("the checksum of a message is wrong")
    border = _PRELUDE.size + headers
    try:
        return Message(_headers(frame[_PRELUDE.size : border]), frame[border:end])
    except (struct.error, UnicodeDecodeError, IndexError) as error:
        raise BadEventStream("a header cannot be read") from error


def _headers(block: bytes) -> dict[str, HeaderValue]:
    found: dict[str, HeaderValue] = {}
    at = 0
    while at < len(block):
        size = block[at]
        name = _slice(block, at + 1, size).decode()
        value, at = _value(block, at + 1 + size)
        if name in found:
            raise BadEventStream("a header comes twice")
        found[name] = value
    return found


def _value(block: bytes, at: int) -> tuple[HeaderValue, int]:
    """The value whose kind stands at this place, and the place behind it."""
    kind, at = block[at], at + 1
    if kind in (_TRUE, _FALSE):
        return kind == _TRUE, at
    if kind in _NUMBERS:
        form = _NUMBERS[kind]
        return int(form.unpack_from(block, at)[0]), at + form.size
    if kind == _UUID:
        return _slice(block, at, 16), at + 16
    if kind not in (_BYTES, _STRING):
        raise BadEventStream("a header has an unknown kind")
    size = _LENGTH.unpack_from(block, at)[0]
    at += _LENGTH.size
    value = _slice(block, at, size)
    return value.decode() if kind == _STRING else value, at + size


def _slice(block: bytes, at: int, size: int) -> bytes:
    """So many bytes; raises IndexError where there are fewer."""
    if at + size > len(block):
        raise IndexError
    return block[at : at + size]
