"""Callers who leave before their answer ends: seen on their sockets, since WSGI tells only at the next byte."""

import threading
from dataclasses import dataclass
from time import monotonic
from typing import Any

from app.lib.cancel import Cancel, has_left, shut

LOOK_SECONDS = 0.5
# Longer than any answer may take: whoever has not read it by then reads too slowly to be waited for.
LONGEST_SECONDS = 630.0


@dataclass(slots=True)
class _Caller:
    sock: Any
    cancel: Cancel
    until: float


class Watch:
    """One per process; its thread runs from the first caller on. Where a server shows no socket nothing is watched."""

    def __init__(self, pause: float = LOOK_SECONDS, longest: float = LONGEST_SECONDS) -> None:
        self._pause = pause
        self._longest = longest
        self._callers: dict[int, _Caller] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def begin(self, sock: Any, cancel: Cancel) -> None:
        """Stop `cancel` once the peer of `sock` (None: unknown) has left."""
        if sock is None:
            return
        # Without the lock: one step that no other thread sees halfway, twice on every call's way.
        self._callers[id(cancel)] = _Caller(sock, cancel, monotonic() + self._longest)
        if self._thread is not None:
            return
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="callers", daemon=True)
                self._thread.start()

    def end(self, cancel: Cancel) -> None:
        """The answer has ended; twice is fine."""
        self._callers.pop(id(cancel), None)

    def _run(self) -> None:
        pause = threading.Event()
        while True:
            pause.wait(self._pause)
            for caller in self._callers.copy().values():
                self._look(caller)

    def _look(self, caller: _Caller) -> None:
        if monotonic() > caller.until:
            shut(caller.sock)
        elif not has_left(caller.sock):
            return
        self.end(caller.cancel)
        caller.cancel.stop()
