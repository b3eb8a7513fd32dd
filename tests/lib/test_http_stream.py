"""Answers that are read as they arrive."""

import time
from itertools import pairwise

import pytest

from app.lib.http import Call, Code, Door, Limits, OutboundError
from tests.lib.raw_peer import Conversation, RawPeer, saying

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


def event(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def test_status_and_headers_are_known_before_the_body(door: Door) -> None:
    def script(talk: Conversation) -> None:
        talk.hear()
        talk.say(HEAD)
        time.sleep(1)
        talk.say(event(b"data: 1\n\n") + b"0\r\n\r\n")

    with RawPeer(script) as peer, door.stream(Call("POST", peer.address(), json={})) as answer:
        assert (answer.status, answer.headers["content-type"]) == (200, "text/event-stream")
        assert answer.first_byte_ms < 900
        assert list(answer.chunks()) == [b"data: 1\n\n"]


def test_chunks_come_when_they_were_sent_not_later(door: Door) -> None:
    def script(talk: Conversation) -> None:
        talk.hear()
        talk.say(HEAD)
        for _ in range(4):
            talk.say(event(b"x"))
            time.sleep(0.1)
        talk.say(b"0\r\n\r\n")

    with RawPeer(script) as peer, door.stream(Call("GET", peer.address())) as answer:
        times = [time.monotonic() for _ in answer.chunks()]
    assert all(0.05 < later - earlier < 0.25 for earlier, later in pairwise(times))


def test_leaving_early_closes_upstream(door: Door) -> None:
    def script(talk: Conversation) -> None:
        talk.hear()
        talk.say(HEAD)
        while True:
            talk.say(event(b"x"))
            time.sleep(0.01)

    with RawPeer(script) as peer:
        with door.stream(Call("GET", peer.address())) as answer:
            next(answer.chunks())
        assert peer.talks[0].closed.wait(2)


def test_an_error_of_the_reader_closes_upstream_and_stays_itself(door: Door) -> None:
    with RawPeer(saying(HEAD, event(b"x"))) as peer:
        with pytest.raises(KeyError), door.stream(Call("GET", peer.address())):
            raise KeyError
        assert peer.talks[0].closed.wait(2)


def test_half_a_stream_gives_what_came_and_then_says_broken(door: Door) -> None:
    seen: list[bytes] = []
    with (
        RawPeer(saying(HEAD, event(b"one"))) as peer,
        pytest.raises(OutboundError) as caught,
        door.stream(Call("GET", peer.address())) as answer,
    ):
        seen.extend(answer.chunks())
    assert seen == [b"one"]
    assert caught.value.code is Code.BROKEN


def test_a_stream_that_falls_silent_ends(door: Door) -> None:
    def script(talk: Conversation) -> None:
        talk.hear()
        talk.say(HEAD + event(b"x"))
        talk.hang()

    with (
        RawPeer(script) as peer,
        pytest.raises(OutboundError) as caught,
        door.stream(Call("GET", peer.address()), Limits(silence=0.3)) as answer,
    ):
        list(answer.chunks())
    assert caught.value.code is Code.SILENCE_TIMEOUT


def test_a_long_stream_is_not_capped(door: Door) -> None:
    parts = [event(bytes(60_000))] * 40
    with RawPeer(saying(HEAD, *parts, b"0\r\n\r\n")) as peer, door.stream(Call("GET", peer.address())) as answer:
        assert sum(len(chunk) for chunk in answer.chunks()) == 40 * 60_000


def test_a_stream_read_to_its_end_leaves_the_connection_for_the_next_call(door: Door) -> None:
    def script(talk: Conversation) -> None:
        while talk.hear():
            talk.say(HEAD + event(b"x") + b"0\r\n\r\n")

    with RawPeer(script) as peer:
        for _ in range(3):
            with door.stream(Call("GET", peer.address())) as answer:
                assert list(answer.chunks()) == [b"x"]
        assert len(peer.talks) == 1
