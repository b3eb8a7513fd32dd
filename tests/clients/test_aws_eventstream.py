"""AWS's binary frames, read as botocore reads them however they were cut, and refused when they are damaged."""

import struct
from binascii import crc32

import pytest
from botocore.eventstream import EventStreamBuffer

from app.clients.aws_eventstream import HEADERS_MAX, MESSAGE_MAX, BadEventStream, EventStreamParser, Message
from tests.fakes.eventstream import exception, frame, header, message, streamed

EVERY_KIND = b"".join(
    (
        header("yes", 0, b""),
        header("no", 1, b""),
        header("byte", 2, struct.pack(">b", -7)),
        header("short", 3, struct.pack(">h", -700)),
        header("integer", 4, struct.pack(">i", -70_000)),
        header("long", 5, struct.pack(">q", 1 << 40)),
        header("bytes", 6, b"\x00\xff"),
        header("text", 7, "Grüße".encode()),
        header("moment", 8, struct.pack(">q", 1_795_000_000_000)),
        header("uuid", 9, bytes(range(16))),
    )
)
DAMAGED = message({":event-type": "metadata"}, b'{"a": 1}')
STREAM = b"".join((*streamed("It ", "wörks. 🚀"), frame(EVERY_KIND, b"\x00\x01"), frame(b"", b""), exception("a", "b")))


def read(data: bytes, size: int = 1 << 20) -> list[Message]:
    parser = EventStreamParser()
    return [each for at in range(0, len(data), size) for each in parser.feed(data[at : at + size])]


def theirs(data: bytes) -> list[Message]:
    buffer = EventStreamBuffer()
    buffer.add_data(data)
    return [Message(each.headers, each.payload) for each in buffer]


def test_messages_are_those_that_botocore_reads() -> None:
    assert read(STREAM) == theirs(STREAM)
    assert len(read(STREAM)) == 9


@pytest.mark.parametrize("size", [1, 2, 3, 5, 11, 12, 13, 64, 1000])
def test_chunks_may_end_anywhere(size: int) -> None:
    assert read(STREAM, size) == read(STREAM)


@pytest.mark.parametrize("step", range(3, 199, 10))
def test_chunks_of_changing_size_make_no_difference(step: int) -> None:
    parser, rest, cut, found = EventStreamParser(), STREAM, 0, []
    while rest:
        cut = (cut + step) % 199
        found += parser.feed(rest[:cut])
        rest = rest[cut:]
    assert found == read(STREAM)


def test_a_header_has_the_value_of_its_kind() -> None:
    headers = read(frame(EVERY_KIND, b""))[0].headers
    assert list(headers.values())[:7] == [True, False, -7, -700, -70_000, 1 << 40, b"\x00\xff"]
    assert (headers["text"], headers["moment"]) == ("Grüße", 1_795_000_000_000)


def test_only_text_is_text() -> None:
    found = read(frame(EVERY_KIND, b""))[0]
    assert (found.text("text"), found.text("integer"), found.text("missing")) == ("Grüße", "", "")


@pytest.mark.parametrize("place", range(len(DAMAGED)))
def test_one_changed_bit_is_noticed_by_both(place: int) -> None:
    damaged = bytearray(DAMAGED)
    damaged[place] ^= 1 << place % 8
    with pytest.raises(BadEventStream):
        read(bytes(damaged))
    with pytest.raises(Exception, match="Checksum mismatch"):
        theirs(bytes(damaged))


def test_what_came_before_the_damage_is_read() -> None:
    messages = EventStreamParser().feed(message({"a": "b"}) + b"\x00" * 16)
    assert next(messages).text("a") == "b"
    with pytest.raises(BadEventStream):
        next(messages)


def lengths(total: int, headers: int) -> bytes:
    prelude = struct.pack(">II", total, headers)
    return prelude + struct.pack(">I", crc32(prelude))


@pytest.mark.parametrize(
    ("total", "headers"),
    [(MESSAGE_MAX + 1, 0), (1 << 31, 0), (MESSAGE_MAX, HEADERS_MAX + 1), (0, 0), (15, 0), (100, 85), (16, 1 << 31)],
)
def test_impossible_lengths_are_refused_before_anything_is_kept(total: int, headers: int) -> None:
    with pytest.raises(BadEventStream, match="lengths"):
        read(lengths(total, headers))


@pytest.mark.parametrize(
    "headers",
    [
        header("a", 7, b"x") + header("a", 7, b"y"),
        header("a", 10, b""),
        header("a", 4, b"\x00"),
        header("a", 9, b"short"),
        header("a", 7, b"\xff"),
        header("a", 7, b"x")[:-1],
        b"\x05ab",
        b"\x01a",
        b"\x00",
    ],
)
def test_headers_that_cannot_be_read_are_refused(headers: bytes) -> None:
    with pytest.raises(BadEventStream):
        read(frame(headers, b"{}"))


@pytest.mark.parametrize("data", [b"data: {}\n\n" * 3, b'{"message": "no"}', b"<html><body></body></html>"])
def test_another_protocol_is_refused_at_once(data: bytes) -> None:
    with pytest.raises(BadEventStream):
        read(data)
