"""What keeps a process in step with the others while it answers calls: routes, breakers, limits, counters, alerts."""

import atexit
import logging
import math
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic

from app.services import (
    alerts,
    audit_chain,
    audit_retention,
    audit_verify,
    catalogue_refresh,
    catalogue_seed,
    follows,
    header_values,
    retention,
    standing,
    trials,
)
from app.services.ports import Ports
from app.services.retention import Kept
from app.services.switchboard import Switchboard

log = logging.getLogger(__name__)

BEAT_SECONDS = 0.5
CLOSE_SECONDS = 5.0
_HOUR_SECONDS, _DAY_SECONDS = 3_600.0, 86_400.0


@dataclass(slots=True)
class _Chore:
    """Something to do every so many seconds."""

    name: str
    every: float
    act: Callable[[], object]
    due: float = field(default=-math.inf)


class Keeper:
    """One per serving process."""

    def __init__(self, board: Switchboard, kept: Kept, beat: float = BEAT_SECONDS) -> None:
        self._board = board
        self._beat = beat
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None
        ports = board.ports
        self._chores = (
            _Chore("routes", 0.0, board.book.look),
            _Chore("breakers", 0.0, board.board.sync),
            _Chore("limits", 1.0, board.portions.sync),
            _Chore("usage", 1.0, board.meter.write),
        )
        # In a thread of their own: a receiver that is slow to answer must not delay a route's change.
        self._slow = (
            _Chore("facts", 600.0, lambda: bring_up_to_date(ports)),
            _Chore("header values in clear", _DAY_SECONDS, lambda: header_values.seal_plain(ports)),
            _Chore("alerts", 2.0, lambda: alerts.send_due(ports)),
            _Chore("tries", 60.0, lambda: trials.clear(ports)),
            _Chore("old alerts", _DAY_SECONDS, lambda: alerts.forget_old(ports)),
            _Chore("ratings", _DAY_SECONDS, lambda: catalogue_refresh.refresh_aged(ports)),
            _Chore("retention", _DAY_SECONDS, lambda: retention.clear_usage(ports, kept.usage)),
            _Chore("the audit log's head", _HOUR_SECONDS, lambda: audit_chain.tell_head(ports)),
            _Chore("the audit log's check", _HOUR_SECONDS, lambda: audit_verify.verify_when_due(ports)),
            _Chore("old audit entries", _DAY_SECONDS, lambda: audit_retention.clear(ports, kept.audit)),
            _Chore("old tests", _DAY_SECONDS, lambda: retention.clear_probes(ports, kept.probes)),
        )
        # Fetching and taking a large catalogue lasts minutes, and alerts do not wait for that either.
        self._far = (_Chore("catalogues of others", 300.0, lambda: follows.fetch_due(ports)),)

    def start(self) -> None:
        """Do it from now on, beside everything else."""
        self._board.book.keep()
        atexit.register(self.close)
        self._thread = self._begin("keeper", self._chores)
        self._begin("keeper-slow", self._slow)
        self._begin("keeper-far", self._far)

    def _begin(self, name: str, chores: Sequence[_Chore]) -> threading.Thread:
        thread = threading.Thread(target=self._run, args=(chores,), name=name, daemon=True)
        thread.start()
        return thread

    def close(self) -> None:
        """Write what was counted, and end; an alert that is under way is not waited for, another process sends it."""
        atexit.unregister(self.close)
        self._closing.set()
        if self._thread:
            self._thread.join(CLOSE_SECONDS)
        for chore in self._chores:
            if chore.name in ("breakers", "limits", "usage"):
                self._do(chore)

    def turn(self) -> None:
        """Do all that is due, once."""
        self._see_to((*self._chores, *self._slow, *self._far))

    def _see_to(self, chores: Sequence[_Chore]) -> None:
        for chore in chores:
            if monotonic() >= chore.due and not self._closing.is_set():
                self._do(chore)
                chore.due = monotonic() + chore.every

    def _run(self, chores: Sequence[_Chore]) -> None:
        while not self._closing.wait(self._beat):
            self._see_to(chores)

    def _do(self, chore: _Chore) -> None:
        try:
            chore.act()
        except Exception:
            # The database may be away for a moment. What one of them cannot do keeps none of the others from theirs.
            log.exception("the keeper could not see to %s", chore.name)


def bring_up_to_date(ports: Ports) -> None:
    """What was worked out from the facts of another version is worked out anew; mostly there is nothing to do."""
    catalogue_seed.seed(ports)
    standing.refresh_outdated(ports)
