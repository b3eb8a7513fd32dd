"""Server-sent events, however the bytes were cut."""

import pytest

from app.lib.sse import Event, EventParser, EventTooLarge

STREAM = (
    '\ufeffdata: {"a": 1}\n\n'
    ": ping\n\n"
    "event: delta\ndata: Grü\ndata: ße\nid: 7\n\n"
    "data:no space\r\n\r\n"
    "data\n\n"
    "event: alone\n\n"
    "data: [DONE]\r\r"
).encode()
EVENTS = [
    Event('{"a": 1}'),
    Event("", comment="ping"),
    Event("Grü\nße", "delta", "7"),
    Event("no space", id="7"),
    Event("", id="7"),
    Event("[DONE]", id="7"),
]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 1000])
def test_the_cut_of_the_chunks_does_not_matter(size: int) -> None:
    parser = EventParser()
    chunks = [STREAM[at : at + size] for at in range(0, len(STREAM), size)]
    assert [event for chunk in chunks for event in parser.feed(chunk)] == EVENTS
    assert not parser.close()


def test_an_event_is_given_as_soon_as_it_is_complete() -> None:
    parser = EventParser()
    assert parser.feed(b"data: 1\n") == []
    assert parser.feed(b"\n") == [Event("1")]
    assert parser.feed(b"data: 2\r\r") == [Event("2")]


def test_a_newline_that_arrives_late_ends_no_second_line() -> None:
    parser = EventParser()
    assert parser.feed(b"data: 1\r") == []
    assert parser.feed(b"\ndata: 2\r") == []
    assert parser.feed(b"\n\r\n") == [Event("1\n2")]


def test_a_stream_that_ends_inside_an_event_drops_it_and_says_so() -> None:
    for rest in (b"data: half", b"data: half\n"):
        parser = EventParser()
        assert parser.feed(b"data: 1\n\n" + rest) == [Event("1")]
        assert parser.close()


def test_bad_utf_8_and_unknown_fields_do_no_harm() -> None:
    assert EventParser().feed(b"data: \xff\xfe\nretry: 5\nfoo: bar\nid: a\0b\n\n") == [Event("\ufffd\ufffd")]


@pytest.mark.parametrize("chunk", [b"data: " + b"x" * 50, b"data: x\n" * 8, b"data: " + b"x" * 120 + b"\n\n"])
def test_an_event_without_end_is_cut_off(chunk: bytes) -> None:
    parser = EventParser(max_event=100)
    with pytest.raises(EventTooLarge):
        [parser.feed(part) for part in (chunk, chunk, chunk)]


def test_many_small_events_in_one_chunk_are_not_too_large() -> None:
    assert len(EventParser(max_event=100).feed(b"data: hello\n\n" * 1000)) == 1000
