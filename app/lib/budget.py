"""What one outbound call may still use: its time as a whole, the time of the phase it is in, and the leave to go on."""

import contextlib
import math
import select
import socket
from collections.abc import Iterator

from app.lib.cancel import Cancel, Deadline
from app.lib.http_errors import Code, OutboundError

READ = select.POLLIN
WRITE = select.POLLOUT


class Budget:
    """Every wait of a call asks here, so that no phase outlives the deadline and a stop reaches all of them."""

    def __init__(
        self,
        total: float,
        connect: float,
        first_byte: float = 0.0,
        cancel: Cancel | None = None,
        secret: bool = False,
    ) -> None:
        """`secret`: the call carries a key."""
        self.cancel = cancel or Cancel()
        self.secret = secret
        self.connect = connect
        self._first_byte = first_byte
        self._total = Deadline(total)
        self._phase: Deadline | None = None
        self._code = Code.TOTAL_TIMEOUT
        self._guards = contextlib.ExitStack()

    def enter(self, code: Code, seconds: float | None) -> None:
        """Begins a phase of at most `seconds`; `code` is what its passing is called."""
        self._phase = None if seconds is None else Deadline(seconds)
        self._code = code

    def await_answer(self) -> None:
        """Begins the phase from the request to the end of the response headers."""
        self.enter(Code.FIRST_BYTE_TIMEOUT, self._first_byte)

    def left(self) -> float:
        """Seconds until the nearer of the two ends."""
        return min(self._total.left(), self._phase.left()) if self._phase else self._total.left()

    def check(self) -> None:
        """Raises OutboundError when the call was stopped or its time is over."""
        if self.cancel.stopped:
            raise OutboundError(Code.STOPPED)
        if self._total.left() <= 0:
            raise OutboundError(Code.TOTAL_TIMEOUT)
        if self._phase and self._phase.left() <= 0:
            raise OutboundError(self._code)

    def wait(self, sock: socket.socket, events: int) -> None:
        """Until the socket is ready or gone; raises OutboundError."""
        poller = select.poll()
        poller.register(sock, events)
        while True:
            self.check()
            if poller.poll(math.ceil(self.left() * 1000)):
                return

    def hold(self, sock: socket.socket) -> None:
        """A stop shuts this socket down from now until the call ends."""
        self._guards.enter_context(self.cancel.guard(sock))

    @contextlib.contextmanager
    def holding(self) -> Iterator[None]:
        """The extent of the call."""
        with self._guards:
            yield
