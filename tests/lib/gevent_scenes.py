"""Run by test_gevent.py in a process of its own: the door under gevent, as `serve` runs it. Prints JSON."""

import gevent.monkey

gevent.monkey.patch_all()

import json  # noqa: E402 - gevent patches first
import socket  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable  # noqa: E402
from concurrent.futures import ThreadPoolExecutor  # noqa: E402
from pathlib import Path  # noqa: E402

import gevent  # noqa: E402

from app.lib.cancel import Cancel  # noqa: E402
from app.lib.egress import Policy  # noqa: E402
from app.lib.http import Call, Door, Limits, OutboundError  # noqa: E402
from app.lib.tls import TlsOptions  # noqa: E402
from app.lib.urls import Address  # noqa: E402
from tests.lib.authority import Issuer  # noqa: E402
from tests.lib.raw_peer import OK, Conversation, RawPeer, answering, then_hanging  # noqa: E402

HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n"
door = Door(Policy(loopback_open=True))


def dripping(talk: Conversation) -> None:
    talk.hear()
    talk.say(HEAD)
    talk.drip(b"x" * 100, 0.1)


def timed(act: Callable[[], object]) -> tuple[str, float]:
    """How it ended and after how many seconds."""
    started = time.monotonic()
    try:
        act()
    except OutboundError as error:
        return str(error.code), round(time.monotonic() - started, 2)
    return "answered", round(time.monotonic() - started, 2)


def stopped(peer: RawPeer, address: Address) -> tuple[str, float, bool]:
    """How a call ends that is stopped after 0.2 s, when, and whether the server saw it."""
    cancel = Cancel()
    gevent.spawn_later(0.2, cancel.stop)
    code, seconds = timed(lambda: door.send(Call("GET", address), Limits(20, 20, 20), cancel))
    return code, seconds, peer.talks[0].closed.wait(2)


def stopped_lookup() -> tuple[str, float]:
    real = socket.getaddrinfo
    socket.getaddrinfo = lambda *_, **__: [gevent.sleep(3)]  # type: ignore[func-returns-value]
    cancel = Cancel()
    gevent.spawn_later(0.2, cancel.stop)
    found = timed(lambda: door.send(Call("GET", Address("http", "slow.test", 80)), Limits(20, 20, 20), cancel))
    socket.getaddrinfo = real
    return found


def main(folder: Path) -> dict[str, object]:
    found: dict[str, object] = {"patched": socket.socket.__module__.startswith("gevent")}
    root = Issuer.root()
    context = root.server("localhost").context(folder)
    tls = TlsOptions(root.pem)
    with RawPeer(dripping) as peer:
        found["drip"] = timed(lambda: door.send(Call("GET", peer.address()), Limits(total=0.5)))
    with RawPeer(dripping, context) as peer:
        found["drip over tls"] = timed(lambda: door.send(Call("GET", peer.address(), tls=tls), Limits(total=0.5)))
    with RawPeer(Conversation.hang) as peer:
        found["stop in tls"] = stopped(peer, Address("https", "localhost", peer.port))
    with RawPeer(then_hanging()) as peer:
        found["stop before headers"] = stopped(peer, peer.address())
    with RawPeer(then_hanging(HEAD + b"x")) as peer:
        found["stop in body"] = stopped(peer, peer.address())
    found["stop in lookup"] = stopped_lookup()
    with RawPeer(answering(OK), context) as peer, ThreadPoolExecutor(50) as threads:
        calls = [Call("GET", peer.address(), tls=tls)] * 200
        found["bodies"] = sorted({answer.body.decode() for answer in threads.map(door.send, calls)})
    return found


json.dump(main(Path(sys.argv[1])), sys.stdout)
door.close()
