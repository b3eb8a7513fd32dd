"""A stop signal that other threads may raise: it wakes whoever waits and closes the sockets in use at once."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

# From Linux's tcp_states.h: the one state in which nobody has said goodbye.
_ESTABLISHED = 1
_TCP_INFO: int | None = getattr(socket, "TCP_INFO", None)


class Stopped(Exception):
    """The work was asked to stop."""


class DeadlinePassed(Exception):
    """The time given for the whole work is used up."""


def shut(sock: socket.socket) -> None:
    """Ends both directions of a socket: peer and waiting reader notice at once. It still has to be closed."""
    with contextlib.suppress(OSError, ValueError):
        sock.shutdown(socket.SHUT_RDWR)


def has_left(sock: socket.socket) -> bool:
    """Whether the other side has closed, as the kernel knows without reading anything; False where it does not tell."""
    if _TCP_INFO is None:
        return False
    try:
        return sock.getsockopt(socket.IPPROTO_TCP, _TCP_INFO, 1)[0] != _ESTABLISHED
    except OSError:
        # Closed on our side meanwhile, or no TCP at all.
        return False


class Cancel:
    """One stop signal for one piece of work; every method may be called from any thread or greenlet."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._event = threading.Event()
        self._callbacks: dict[object, Callable[[], None]] = {}

    @property
    def stopped(self) -> bool:
        return self._event.is_set()

    def stop(self) -> None:
        """Asks the work to stop and shuts down every guarded socket; calling it again changes nothing."""
        with self._lock:
            self._event.set()
            # Under the lock: a callback that is being taken away must not fire on a socket that has a new user by then.
            for callback in self._callbacks.values():
                callback()

    def check(self) -> None:
        """Raises Stopped once the work was asked to stop."""
        if self._event.is_set():
            raise Stopped

    def wait(self, seconds: float) -> bool:
        """Sleeps up to `seconds`; True as soon as the work was asked to stop."""
        return self._event.wait(seconds)

    @contextlib.contextmanager
    def upon_stop(self, callback: Callable[[], None]) -> Iterator[None]:
        """Calls `callback` (quick, never raising) in the thread that stops; at once when that has happened before."""
        key = object()
        with self._lock:
            late = self._event.is_set()
            if not late:
                self._callbacks[key] = callback
        if late:
            callback()
        try:
            yield
        finally:
            with self._lock:
                self._callbacks.pop(key, None)

    @contextlib.contextmanager
    def guard(self, sock: socket.socket) -> Iterator[None]:
        """While inside, stop() shuts `sock` down; the owner still closes it."""
        with self.upon_stop(lambda: shut(sock)):
            yield


class Deadline:
    """A point in time, `seconds` from its making, on the clock that never jumps."""

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds that remain, never below 0."""
        return max(0.0, self._at - time.monotonic())

    def check(self) -> None:
        """Raises DeadlinePassed once nothing remains."""
        if self.left() <= 0:
            raise DeadlinePassed
