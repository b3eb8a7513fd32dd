"""Run in a network namespace where every address of the world is this machine: who reaches what, seen by the canaries.

Prints one JSON object: for the plain client and for the door, by category, the forbidden addresses that were reached,
and the addresses at which a model server could be that answered.
"""

import json
import selectors
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import IPv6Address, ip_address
from typing import Any

import httpx
import pytest

from app.lib.egress import Policy
from app.lib.http import Call, Door, Limits, OutboundError
from app.lib.urls import BadAddress, parse
from tests.lib.names import LOOKUP, Names
from tests.lib.ssrf_payloads import ALL, ANSWERS, LAN, LAN_NAMES, PORTS, REBINDING, REDIRECTS

PORT = 18181
LISTENED = {80, 443, 8000, 8080, 8050, 5433, 11434, PORT} | {
    port for text in PORTS if 0 < (port := int(text.rstrip("/").rpartition(":")[2])) < 65536
}
# The installation itself, at addresses of a private network that is open.
OWN = ("10.0.0.9:8050", "10.0.0.8:5433")
OWN_PAYLOADS = [
    "http://10.0.0.9:8050/",
    "http://[::ffff:10.0.0.9]:8050/",
    "http://own.test:8050/",
    "http://10.0.0.8:5433/",
    "http://base.test:5433/",
]
REDIRECTING = "http://10.0.0.5:8000/redirect"
SECONDS = 1.0


class Canaries:
    """Listen on every address at the ports above; `reached` counts by the address that was called."""

    def __init__(self) -> None:
        self.reached: Counter[str] = Counter()
        self.location = ""
        self._chosen = selectors.DefaultSelector()
        for port in LISTENED:
            sock = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True)
            self._chosen.register(sock, selectors.EVENT_READ)
        threading.Thread(target=self._run, daemon=True).start()

    def forbidden(self, allowed: set[str], *, any_address: bool = False) -> int:
        """How many calls came to other addresses than the allowed ones, or to any."""
        return sum(count for ip, count in self.reached.items() if any_address or ip not in allowed)

    def _run(self) -> None:
        while True:
            for key, _ in self._chosen.select():
                talk, _ = key.fileobj.accept()  # type: ignore[union-attr]
                self.reached[_plain(talk.getsockname()[0])] += 1
                threading.Thread(target=self._answer, args=(talk,), daemon=True).start()

    def _answer(self, talk: socket.socket) -> None:
        with talk:
            talk.settimeout(SECONDS)
            try:
                moved = b"/redirect" in talk.recv(4096).partition(b"\r\n")[0]
                head = f"HTTP/1.1 302 Found\r\nlocation: {self.location}" if moved else "HTTP/1.1 200 OK"
                talk.sendall(f"{head}\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok".encode())
            except OSError:
                pass


def _plain(text: str) -> str:
    ip = ip_address(text.partition("%")[0])
    inner = ip.ipv4_mapped if isinstance(ip, IPv6Address) else None
    return str(inner or ip)


def good() -> set[str]:
    """Where a model server may be."""
    literal = {_plain(parse(text).host) for text in LAN if not parse(text).host.endswith(".test")}
    return literal | {_plain(ip) for ips in LAN_NAMES.values() for ip in ips} | {"10.0.0.5", "fd00::5", "8.8.8.8"}


class Resolver(Names):
    """The dictionary of names, and the system's own reading of numbers, in whatever form they are written."""

    def _look_up(self, host: Any, port: Any, *rest: Any, **named: Any) -> list[Any]:
        if str(host).endswith(".test") or str(host) == "localhost":
            return super()._look_up(host, port)
        return LOOKUP(host, port, *rest, **{**named, "flags": socket.AI_NUMERICHOST})  # type: ignore[return-value]


@contextmanager
def name_server() -> Iterator[None]:
    """Each name from its first answer on."""
    with pytest.MonkeyPatch.context() as patch:
        names = Resolver(patch)
        for name, answer in (ANSWERS | LAN_NAMES).items():
            names.say(name, answer)
        for name, answers in REBINDING.items():
            names.say(name, *answers)
        names.say("localhost", ["::1", "127.0.0.1"])
        names.say("own.test", ["10.0.0.9"])
        names.say("base.test", ["10.0.0.8"])
        yield


def plainly(text: str) -> None:
    """As a client without any care would."""
    with httpx.Client(trust_env=False, timeout=SECONDS, verify=False, follow_redirects=True) as client:  # noqa: S501
        client.get(text)


def carefully(door: Door) -> Callable[[str], None]:
    """Through the one outbound door."""
    return lambda text: (door.send(Call("GET", parse(text)), Limits(total=SECONDS, curious=False)), None)[1]


def payloads() -> Iterator[tuple[str, str, str]]:
    """Category, address to call, and where its server sends the caller."""
    for kind, texts in (ALL | {"own": OWN_PAYLOADS}).items():
        for text in texts:
            yield kind, text.replace("PORT", str(PORT)), ""
    for name in REBINDING:
        for _ in range(4):
            yield "names", f"http://{name}:{PORT}/", ""
    for _, location in REDIRECTS:
        yield "redirects", REDIRECTING, location.replace("PORT", str(PORT))


def walk(canaries: Canaries, call: Callable[[str], None]) -> dict[str, list[str]]:
    """The payloads of each category that reached a forbidden address."""
    found: dict[str, list[str]] = {kind: [] for kind, _, _ in payloads()}
    allowed = good()
    with name_server():
        for kind, text, location in payloads():
            before = canaries.forbidden(allowed, any_address=kind == "ports")
            canaries.location = location
            _try(call, text)
            if canaries.forbidden(allowed, any_address=kind == "ports") > before:
                found[kind].append(text)
    return found


def _try(call: Callable[[str], None], text: str) -> str:
    try:
        call(text)
    except (OutboundError, BadAddress, httpx.HTTPError, httpx.InvalidURL, OSError, OverflowError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
    return "answered"


def main() -> None:
    """Make this machine the whole world, then let both clients at it."""
    for command in (
        "ip link set lo up",
        "ip route add local 0.0.0.0/0 dev lo",
        "ip -6 route add local ::/0 dev lo",
    ):
        subprocess.run(command.split(), check=True)
    canaries = Canaries()
    door = Door(Policy.from_text(own=OWN))
    with name_server():
        lan = {text: _try(carefully(door), text) for text in LAN}
    told = {
        "count": Counter(kind for kind, _, _ in payloads()),
        "lan": lan,
        "door": walk(canaries, carefully(door)),
    }
    # Whoever was let in late still counts.
    time.sleep(0.2)
    told["forbidden"] = canaries.forbidden(good())
    told["plain"] = walk(canaries, plainly)
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
