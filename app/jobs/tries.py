"""Runs tries in the background of the serving process: a thread for each side, on record as the answer comes."""

import atexit
import logging
import threading
from dataclasses import dataclass, field, replace
from time import monotonic

from app.domain.trials import INTERRUPTED, INTERRUPTED_WORDS, Side, SideState
from app.lib.cancel import Cancel
from app.services import trial_records, trial_run
from app.services.ports import Ports
from app.services.routing import RouteBook
from app.services.trial_progress import Progress, Snapshot
from app.services.trial_records import Place
from app.services.trials import Started

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Seconds between two writes, with a look for stop marks at each, and between two renewals.

    `retry`: until a write that failed is tried again. `close`: what running tries are given to end.
    """

    write: float = 0.3
    renew: float = 4.0
    retry: float = 1.0
    close: float = 3.0


USUAL = Rhythm()


@dataclass(slots=True, eq=False)
class _Running:
    """One side at work; `written` is what the database has of it."""

    started: Started
    position: int
    cancel: Cancel
    progress: Progress = field(default_factory=Progress)
    written: Snapshot = field(default_factory=Snapshot)

    @property
    def place(self) -> Place:
        return self.started.trial_id, self.position

    @property
    def side(self) -> Side:
        return self.started.sides[self.position]


class Tries:
    """One per process, thread-safe; a process in which nobody tries anything has no thread of it."""

    def __init__(self, ports: Ports, rhythm: Rhythm = USUAL) -> None:
        self._ports = ports
        self._rhythm = rhythm
        # Without a keeper it looks for itself, so that an endpoint that was saved a moment ago is asked as it stands.
        self._book = RouteBook(ports)
        self._lock = threading.Lock()
        self._running: dict[Place, _Running] = {}
        self._writer: threading.Thread | None = None
        self._stirred = threading.Event()
        self._closing = threading.Event()

    def start(self, started: Started) -> None:
        """Run both sides at once."""
        cancel = Cancel()
        with self._lock:
            if self._closing.is_set():
                return  # their lease runs out, and the page says that they were interrupted
            for position in range(len(started.sides)):
                running = _Running(started, position, cancel)
                self._running[running.place] = running
                threading.Thread(target=self._work, args=(running,), name="try", daemon=True).start()
            if self._writer is None:
                self._writer = threading.Thread(target=self._write_on, name="tries", daemon=True)
                self._writer.start()
                atexit.register(self.close)

    def stop(self, trial_id: str) -> None:
        """Stop a try at once if it runs in this process; another process sees the row's mark."""
        for each in self._all():
            if each.started.trial_id == trial_id:
                each.cancel.stop()
        self._stirred.set()

    def close(self) -> None:
        """Stop everything; what was running is written as interrupted. For the process's end."""
        atexit.unregister(self.close)
        self._closing.set()
        for each in self._all():
            each.cancel.stop()
        self._stirred.set()
        writer = self._writer
        if writer:
            writer.join(self._rhythm.close)

    def _all(self) -> list[_Running]:
        with self._lock:
            return list(self._running.values())

    def _work(self, running: _Running) -> None:
        started = running.started
        trial_run.run(
            self._ports, self._book, running.side, started.feature, started.inputs, running.progress, running.cancel
        )
        self._stirred.set()

    def _write_on(self) -> None:
        """Write what came, look for stop marks and renew the lease, until nothing runs any more."""
        renewed, until = monotonic(), float("inf")
        while monotonic() < until:
            if self._closing.is_set():
                until = min(until, monotonic() + self._rhythm.close)
            try:
                self._write()
                if self._is_done():
                    return
                self._watch()
                if monotonic() - renewed > self._rhythm.renew:
                    renewed = monotonic()
                    trial_records.renew(self._ports, self._ids())
            except Exception:
                # The database may be away for a moment; what came is still in memory.
                log.exception("the tries could not be written")
                self._closing.wait(self._rhythm.retry)
            self._pause()

    def _pause(self) -> None:
        """Until the next write. An end is written sooner, but no side more often than this allows."""
        self._closing.wait(self._rhythm.write / 3)
        self._stirred.wait(self._rhythm.write * 2 / 3)
        self._stirred.clear()

    def _write(self) -> None:
        looked = [(each, self._look(each)) for each in self._all()]
        changed = [(each, snapshot) for each, snapshot in looked if snapshot != each.written]
        if changed:
            trial_records.write(self._ports, {each.place: snapshot for each, snapshot in changed})
        with self._lock:
            for each, snapshot in changed:
                each.written = snapshot
                if snapshot.state is not SideState.RUNNING:
                    self._running.pop(each.place, None)

    def _look(self, running: _Running) -> Snapshot:
        snapshot = running.progress.look()
        if self._closing.is_set() and snapshot.state is SideState.STOPPED:
            return replace(snapshot, state=SideState.FAILED, code=INTERRUPTED, words=INTERRUPTED_WORDS)
        return snapshot

    def _is_done(self) -> bool:
        """Whether this thread may end; the next try begins another."""
        with self._lock:
            if self._running:
                return False
            self._writer = None
            return True

    def _watch(self) -> None:
        for trial_id in trial_records.asked_to_stop(self._ports, self._ids()):
            self.stop(trial_id)

    def _ids(self) -> list[str]:
        return list(dict.fromkeys(each.started.trial_id for each in self._all()))
