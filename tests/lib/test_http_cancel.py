"""A stop ends a call at once, in every phase, and the server sees its socket closed."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from app.lib.cancel import Cancel
from app.lib.http import Call, Code, Door, Limits, OutboundError
from app.lib.urls import Address
from tests.lib.raw_peer import Conversation, RawPeer, Script, answering, then_hanging

PATIENT = Limits(total=20, first_byte=20, connect=20)


def stopped_after(seconds: float, act: Callable[[Cancel], object]) -> float:
    """Runs `act`, stops it, and says how long the stop took; the call has to end with the code `stopped`."""
    cancel = Cancel()
    moment = [0.0]

    def stop() -> None:
        moment[0] = time.monotonic()
        cancel.stop()

    timer = threading.Timer(seconds, stop)
    timer.start()
    with pytest.raises(OutboundError) as caught:
        act(cancel)
    took = time.monotonic() - moment[0]
    timer.join()
    assert caught.value.code is Code.STOPPED
    return took


def test_a_stop_during_the_name_lookup(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    answered = threading.Event()

    def look_up(*_: object, **__: object) -> list[object]:
        answered.wait(10)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    call = Call("GET", Address("http", "slow.test", 80))
    assert stopped_after(0.1, lambda cancel: door.send(call, PATIENT, cancel)) < 0.5
    answered.set()


@pytest.fixture
def full_port() -> Iterator[int]:
    """A port whose queue of connections is full, so that the next one gets no answer."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener, ExitStack() as crowd:
        for _ in range(4):
            sock = crowd.enter_context(socket.socket())
            sock.setblocking(False)
            sock.connect_ex(listener.getsockname())
        time.sleep(0.05)
        yield listener.getsockname()[1]


def test_a_stop_while_connecting(door: Door, full_port: int) -> None:
    call = Call("GET", Address("http", "127.0.0.1", full_port))
    assert stopped_after(0.1, lambda cancel: door.send(call, PATIENT, cancel)) < 0.5


def test_connecting_has_its_own_time(door: Door, full_port: int) -> None:
    with pytest.raises(OutboundError) as caught:
        door.send(Call("GET", Address("http", "127.0.0.1", full_port)), Limits(connect=0.3))
    assert caught.value.code is Code.CONNECT_TIMEOUT


def silent(talk: Conversation) -> None:
    talk.hang()


def flooding(talk: Conversation) -> None:
    talk.hear()
    talk.say(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        talk.say(bytes(100_000))


@pytest.mark.parametrize(
    ("scheme", "script"),
    [
        pytest.param("https", silent, id="in the TLS handshake"),
        pytest.param("http", then_hanging(), id="waiting for headers"),
        pytest.param("http", then_hanging(b"HTTP/1.1 200 OK\r\ncontent-"), id="inside the headers"),
        pytest.param("http", then_hanging(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf"), id="inside the body"),
        pytest.param("http", flooding, id="in a flood"),
    ],
)
def test_a_stop_closes_the_servers_socket(door: Door, scheme: str, script: Script) -> None:
    with RawPeer(script) as peer:
        call = Call("GET", Address(scheme, "localhost", peer.port))
        limits = Limits(20, 20, 20, max_body=None)
        assert stopped_after(0.2, lambda cancel: door.send(call, limits, cancel)) < 0.5
        assert peer.talks[0].closed.wait(2)


def test_a_stop_ends_the_stages_too(door: Door) -> None:
    with RawPeer(silent) as peer:
        address = Address("https", "localhost", peer.port)
        assert stopped_after(0.2, lambda cancel: list(door.stages(address, cancel=cancel, connect=20))) < 0.5
        assert peer.talks[0].closed.wait(2)


def test_a_stop_reaches_the_server_although_the_reader_is_busy_elsewhere(door: Door) -> None:
    cancel = Cancel()
    head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n"
    with RawPeer(then_hanging(head)) as peer, door.stream(Call("GET", peer.address()), PATIENT, cancel) as answer:
        chunks = answer.chunks()
        assert next(chunks) == b"hi"
        cancel.stop()
        assert peer.talks[0].closed.wait(2)
        with pytest.raises(OutboundError, match="stopped"):
            next(chunks)


def test_a_call_that_was_stopped_before_it_began_reaches_nobody(door: Door) -> None:
    cancel = Cancel()
    cancel.stop()
    with RawPeer(answering(b"")) as peer:
        with pytest.raises(OutboundError, match="stopped"):
            door.send(Call("GET", peer.address()), PATIENT, cancel)
        assert peer.talks == []


def test_a_late_stop_does_not_touch_the_next_call_on_the_connection(door: Door) -> None:
    first = Cancel()
    with RawPeer(answering(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")) as peer:
        door.send(Call("GET", peer.address()), PATIENT, first)
        first.stop()
        assert door.send(Call("GET", peer.address()), PATIENT).body == b"ok"
        assert len(peer.talks) == 1


def test_a_stop_reaches_a_call_on_a_kept_connection(door: Door) -> None:
    def script(talk: Conversation) -> None:
        talk.hear()
        talk.say(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
        talk.hear()
        talk.hang()

    with RawPeer(script) as peer:
        call = Call("GET", peer.address())
        door.send(call)
        assert stopped_after(0.2, lambda cancel: door.send(call, PATIENT, cancel)) < 0.5
        assert peer.talks[0].closed.wait(2)
        assert len(peer.talks) == 1
