"""A forward proxy as organisations run them: CONNECT alone, with a password, and names that only it can resolve."""

import socket
import threading
from base64 import b64encode
from contextlib import suppress
from types import TracebackType
from typing import Self

PASSWORD = "ada:p@ss"
_REFUSED = b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n"
_UNKNOWN = b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n"


class ForwardProxy:
    """Listens while it is entered. `places` are the ports on this machine by the `host:port` that is asked for."""

    def __init__(self, **places: int) -> None:
        self.places: dict[str, int] = dict(places)
        self.asked: list[str] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]

    @property
    def setting(self) -> str:
        """What MODELPORT_EGRESS_PROXY holds."""
        return f"http://{PASSWORD.replace('@', '%40')}@127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _where: TracebackType | None
    ) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(sock,), daemon=True).start()

    def _serve(self, sock: socket.socket) -> None:
        with sock, suppress(OSError):
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += sock.recv(1)
            word, place, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
            if f"basic {b64encode(PASSWORD.encode()).decode()}" not in head.decode().replace("Basic", "basic"):
                sock.sendall(_REFUSED)
                return
            self.asked.append(f"{word} {place}")
            if word != "CONNECT" or place not in self.places:
                sock.sendall(_UNKNOWN)
                return
            with socket.create_connection(("127.0.0.1", self.places[place])) as inner:
                sock.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                threading.Thread(target=_pump, args=(sock, inner), daemon=True).start()
                _pump(inner, sock)


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    with suppress(OSError):
        sink.shutdown(socket.SHUT_WR)
