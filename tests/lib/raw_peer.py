"""A server that says exactly the bytes a test wants, and notes when the other side closed."""

import contextlib
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from app.lib.urls import Address

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


class Conversation:
    """One connection, seen from the server."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self.heads: list[bytes] = []
        self.sent = 0
        self.closed_at: float | None = None
        self.closed = threading.Event()

    def hear(self) -> bool:
        """Reads the next request to its end; False when there is none."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            byte = self.sock.recv(1)
            if not byte:
                return False
            head += byte
        self.heads.append(head)
        length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        left = int(length[1]) if length else 0
        while left:
            left -= len(self.sock.recv(left))
        return True

    def say(self, data: bytes) -> None:
        """Sends all of it."""
        self.sock.sendall(data)
        self.sent += len(data)

    def hang(self) -> None:
        """Says nothing until the other side closes."""
        while self.sock.recv(65536):
            pass

    def drip(self, data: bytes, pause: float) -> None:
        """One byte after the other."""
        for byte in data:
            self.say(bytes([byte]))
            time.sleep(pause)

    def note_end(self) -> None:
        """Called when the script is through or the other side is gone."""
        self.closed_at = time.monotonic()
        self.closed.set()


Script = Callable[[Conversation], None]


def answering(data: bytes) -> Script:
    """Answers every request of a connection with the same bytes."""

    def script(talk: Conversation) -> None:
        while talk.hear():
            talk.say(data)

    return script


def saying(*parts: bytes) -> Script:
    """Answers one request with these bytes and hangs up."""

    def script(talk: Conversation) -> None:
        talk.hear()
        for part in parts:
            talk.say(part)

    return script


def then_hanging(data: bytes = b"") -> Script:
    """Hears one request, says this much and falls silent until the other side closes."""

    def script(talk: Conversation) -> None:
        talk.hear()
        talk.say(data)
        talk.hang()

    return script


class RawPeer:
    """Listens on a free port of loopback; each connection runs the script in a thread of its own."""

    def __init__(
        self,
        script: Script,
        context: ssl.SSLContext | None = None,
        family: int = socket.AF_INET,
        port: int = 0,
    ) -> None:
        self.talks: list[Conversation] = []
        self._script = script
        self._context = context
        self._listener = socket.create_server(
            ("::1" if family == socket.AF_INET6 else "127.0.0.1", port), family=family
        )
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def address(self, host: str = "localhost", path: str = "") -> Address:
        """Where it listens, under a name of the test's choice."""
        return Address("https" if self._context else "http", host, self.port, path)

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                talk = Conversation(sock)
                self.talks.append(talk)
                threading.Thread(target=self._talk, args=(talk,), daemon=True).start()

    def _talk(self, talk: Conversation) -> None:
        try:
            if self._context:
                talk.sock = self._context.wrap_socket(talk.sock, server_side=True)
            self._script(talk)
        except OSError:
            pass
        finally:
            talk.sock.close()
            talk.note_end()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _where: TracebackType | None
    ) -> None:
        # Without the shutdown a thread in accept() would keep the listener open.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for talk in self.talks:
            with contextlib.suppress(OSError):
                talk.sock.shutdown(socket.SHUT_RDWR)
