"""A model server of bytes: each request is answered by a function that says what goes over the socket, and when."""

import json
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from tests.fakes import wire

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"


class Exchange:
    """One request and the socket that it came over."""

    def __init__(self, sock: socket.socket, path: str, body: Mapping[str, Any]) -> None:
        self.path = path
        self.body = body
        self._sock = sock

    def say(self, data: bytes) -> None:
        """Bytes as they are."""
        self._sock.sendall(data)

    def whole(self, body: object, status: int = 200, **headers: str) -> None:
        """A JSON answer."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        told = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        head = f"HTTP/1.1 {status} Said\r\nContent-Type: application/json\r\nContent-Length: {len(data)}\r\n{told}\r\n"
        self.say(head.encode() + data)

    def part(self, data: bytes) -> None:
        """One chunk of a stream that HEAD began."""
        self.say(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def stream(self, parts: Sequence[bytes], *, ends: bool = True) -> None:
        """A stream in these chunks; one that does not end just stops."""
        self.say(HEAD)
        for each in parts:
            self.part(each)
        if ends:
            self.say(b"0\r\n\r\n")

    def hang_up(self) -> None:
        """Without another word; a close alone would wait for whoever still reads from the socket."""
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def gone_after(self, most: float) -> float | None:
        """Seconds until the caller closed, None when it did not within `most`."""
        started = time.monotonic()
        self._sock.settimeout(most)
        try:
            while self._sock.recv(65536):
                pass
        except TimeoutError:
            return None
        except OSError:
            pass
        return time.monotonic() - started


Script = Callable[[Exchange], None]
EVENTS = [wire.chunk("alpha", {"content": each}) for each in ("It ", "works.")]
ENDING = [wire.chunk("alpha", {}, "stop"), wire.DONE]


def talks(exchange: Exchange) -> None:
    """A server in good health."""
    if exchange.body.get("stream"):
        exchange.stream([*EVENTS, *ENDING])
    else:
        exchange.whole(wire.reply("alpha", "It works."))


class Upstream:
    """Listens while it is entered; `script` may be exchanged at any time. `bodies` are what was asked."""

    def __init__(self, script: Script = talks) -> None:
        self.script = script
        self.bodies: list[Mapping[str, Any]] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/v1"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _where: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Nobody is served from now on."""
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        with sock:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with suppress(OSError), sock.makefile("rb") as source:
                while (line := source.readline()).endswith(b"HTTP/1.1\r\n"):
                    self._answer(sock, line, source)

    def _answer(self, sock: socket.socket, line: bytes, source: Any) -> None:
        length = 0
        while (header := source.readline()) not in (b"\r\n", b""):
            name, _, value = header.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        body = json.loads(source.read(length) or b"{}")
        self.bodies.append(body)
        self.script(Exchange(sock, line.split()[1].decode(), body))
