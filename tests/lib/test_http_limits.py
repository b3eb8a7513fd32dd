"""Bounds of time and size that hold whatever a server does."""

import gzip
import time
import tracemalloc
from collections.abc import Iterator

import pytest

from app.lib.http import Call, Code, Door, Limits, OutboundError
from tests.lib.raw_peer import Conversation, RawPeer, Script, answering, saying, then_hanging

MIB = 1024 * 1024
HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n"


def failing(door: Door, script: Script, limits: Limits) -> tuple[Code, float]:
    """The code, and the seconds until it came."""
    with RawPeer(script) as peer:
        started = time.monotonic()
        with pytest.raises(OutboundError) as caught:
            door.send(Call("GET", peer.address()), limits)
        return caught.value.code, time.monotonic() - started


def dripping(before: bytes, drops: bytes) -> Script:
    def script(talk: Conversation) -> None:
        talk.hear()
        talk.say(before)
        talk.drip(drops, 0.15)

    return script


@pytest.mark.parametrize("script", [dripping(HEAD, b"x" * 100), then_hanging(HEAD + b"x"), then_hanging()])
def test_the_deadline_ends_every_wait(door: Door, script: Script) -> None:
    code, seconds = failing(door, script, Limits(total=0.6))
    assert code is Code.TOTAL_TIMEOUT
    assert 0.5 < seconds < 1.0


@pytest.mark.parametrize("script", [then_hanging(), then_hanging(b"HTTP/1.1 200"), dripping(b"", HEAD)])
def test_headers_have_a_time_of_their_own(door: Door, script: Script) -> None:
    code, seconds = failing(door, script, Limits(total=5, first_byte=0.4))
    assert code is Code.FIRST_BYTE_TIMEOUT
    assert seconds < 0.9


def test_endless_interim_answers_are_no_answer(door: Door) -> None:
    def script(talk: Conversation) -> None:
        talk.hear()
        while True:
            talk.say(b"HTTP/1.1 100 Continue\r\n\r\n")

    assert failing(door, script, Limits(first_byte=0.4))[0] is Code.FIRST_BYTE_TIMEOUT


def test_silence_in_a_body_is_bounded_but_slowness_is_not(door: Door) -> None:
    assert failing(door, then_hanging(HEAD + b"x"), Limits(silence=0.3))[0] is Code.SILENCE_TIMEOUT
    with RawPeer(dripping(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n", b"hello")) as peer:
        assert door.send(Call("GET", peer.address()), Limits(silence=0.3)).body == b"hello"


def test_a_server_that_does_not_read_the_request_cannot_hold_it(door: Door) -> None:
    def script(_: Conversation) -> None:
        time.sleep(1.5)

    with RawPeer(script) as peer, pytest.raises(OutboundError) as caught:
        door.send(Call("POST", peer.address(), content=bytes(20 * MIB)), Limits(total=0.5))
    assert caught.value.code is Code.TOTAL_TIMEOUT


def test_a_declared_huge_body_is_not_read_at_all(door: Door) -> None:
    with RawPeer(then_hanging(b"HTTP/1.1 200 OK\r\ncontent-length: 209715200\r\n\r\n")) as peer:
        with pytest.raises(OutboundError, match="too_large"):
            door.send(Call("GET", peer.address()))
        assert peer.talks[0].closed.wait(2)


def flooding(head: bytes) -> Script:
    def script(talk: Conversation) -> None:
        talk.hear()
        talk.say(head)
        for _ in range(200):
            talk.say(bytes(MIB))

    return script


@pytest.fixture
def traced() -> Iterator[None]:
    tracemalloc.start()
    yield
    tracemalloc.stop()


@pytest.mark.usefixtures("traced")
def test_a_flood_of_200_mib_stops_at_the_cap(door: Door) -> None:
    with RawPeer(flooding(b"HTTP/1.1 200 OK\r\n\r\n")) as peer:
        with pytest.raises(OutboundError, match="too_large"):
            door.send(Call("GET", peer.address()))
        assert peer.talks[0].closed.wait(2)
        assert peer.talks[0].sent < 20 * MIB
    assert tracemalloc.get_traced_memory()[1] < 8 * MIB


@pytest.mark.usefixtures("traced")
def test_a_compressed_bomb_is_cut_before_it_grows(door: Door) -> None:
    bomb = gzip.compress(bytes(64 * MIB), 1)
    head = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(bomb)
    with RawPeer(saying(head, bomb)) as peer:
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        with pytest.raises(OutboundError, match="too_large"):
            door.send(Call("GET", peer.address()))
    assert tracemalloc.get_traced_memory()[1] - before < 4 * MIB


@pytest.mark.parametrize(("encoding", "body"), [(b"gzip", gzip.compress(b"hello", mtime=0)), (b"identity", b"hello")])
def test_a_body_in_an_unasked_encoding_is_read_all_the_same(door: Door, encoding: bytes, body: bytes) -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-encoding: %s\r\ncontent-length: %d\r\n\r\n" % (encoding, len(body))
    with RawPeer(answering(head + body)) as peer:
        assert door.send(Call("GET", peer.address())).body == b"hello"


def test_an_answer_without_a_body_may_name_any_encoding(door: Door) -> None:
    for encoding in (b"gzip", b"br"):
        head = b"HTTP/1.1 200 OK\r\ncontent-encoding: %s\r\ncontent-length: 0\r\n\r\n" % encoding
        with RawPeer(answering(head)) as peer:
            assert door.send(Call("GET", peer.address())).body == b""


def test_a_cut_gzip_body_is_broken(door: Door) -> None:
    body = gzip.compress(b"hello" * 100)[:-9]
    head = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: %d\r\n\r\n" % len(body)
    assert failing(door, saying(head + body), Limits())[0] is Code.BROKEN


def test_a_long_error_page_is_cut_and_says_so(door: Door) -> None:
    with RawPeer(flooding(b"HTTP/1.1 502 Bad Gateway\r\n\r\n")) as peer:
        answer = door.send(Call("GET", peer.address()), Limits(max_body=1000))
    assert (answer.status, len(answer.body), answer.truncated) == (502, 1000, True)
