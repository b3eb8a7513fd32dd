"""Runs connection tests in the background of the serving process: bounded, stoppable, on record as they go."""

import atexit
import logging
import math
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic, sleep

from app.domain.errors import Busy
from app.domain.steps import StepResult
from app.jobs.lineup import Lineup
from app.jobs.notebook import Notebook
from app.lib.cancel import Cancel, Stopped
from app.services import probe_records, probing
from app.services.ports import Ports
from app.services.probe_records import INTERRUPTED, STOPPED, Finished
from app.services.probe_run import Pace
from app.services.probes import Started

log = logging.getLogger(__name__)

BUSY = "As many tests as may run at once are running, here or at this server. Try again in a few seconds."
RETRY_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Seconds between two writes, looks for stop marks, renewals of leases and clearings.

    `retry`: until a write that failed is tried again. `close`: what running tests are given to end.
    """

    write: float = 0.1
    retry: float = 1.0
    watch: float = 0.25
    renew: float = 5.0
    reap: float = 10.0
    close: float = 3.0


USUAL = Rhythm()


@dataclass(slots=True, eq=False)
class _Running:
    """A test at work or waiting. Its target holds the key, which is in this process's memory and nowhere else."""

    started: Started
    cancel: Cancel = field(default_factory=Cancel)

    @property
    def id(self) -> str:
        return self.started.probe_id

    @property
    def host(self) -> str:
        return self.started.target.address.host


class Runner:
    """One per process, thread-safe; a process that tests nothing has no thread of it."""

    def __init__(self, ports: Ports, rhythm: Rhythm = USUAL, pace: Pace | None = None) -> None:
        self._ports = ports
        self._rhythm = rhythm
        self._pace = pace
        self._lock = threading.Lock()
        self._running: dict[str, _Running] = {}
        self._lineup: Lineup[_Running] = Lineup(ports.limits.at_once, ports.limits.per_host)
        self._notebook = Notebook(ports)
        self._keeper: threading.Thread | None = None
        self._stirred = threading.Event()
        self._closing = threading.Event()

    def start(self, started: Sequence[Started]) -> None:
        """Queue tests whose rows are already written."""
        with self._lock:
            if self._closing.is_set():
                return  # their leases run out, and another process ends them
            for each in started:
                running = self._running[each.probe_id] = _Running(each)
                self._lineup.add(running.host, running)
            self._dispatch()
        self.wake()

    def wake(self) -> None:
        """Look soon for tests that a stopped process left running; cheap enough for a page that watches one."""
        with self._lock:
            if self._keeper is None and not self._closing.is_set():
                self._keeper = threading.Thread(target=self._keep, name="probe-keeper", daemon=True)
                self._keeper.start()
                atexit.register(self.close)
        self._stirred.set()

    def stop(self, probe_id: str) -> None:
        """Stop a test at once if it runs in this process; another process sees the row's mark."""
        with self._lock:
            running = self._running.get(probe_id)
            waiting = running is not None and self._lineup.remove(running.host, running)
        if running is None:
            return
        running.cancel.stop()
        if waiting:
            self._note(Finished(probe_id, (), STOPPED))

    @contextmanager
    def place(self, host: str) -> Iterator[None]:
        """A place among the tests for something that cannot wait, such as Find models; raises Busy."""
        with self._lock:
            if not self._lineup.hold(host):
                raise Busy(BUSY, RETRY_SECONDS)
        try:
            yield
        finally:
            with self._lock:
                self._lineup.leave(host)
                self._dispatch()

    def at_work(self, probe_ids: Collection[str]) -> bool:
        """Whether one of these tests still waits, runs, or is yet to be written."""
        with self._lock:
            return not self._running.keys().isdisjoint(probe_ids)

    def close(self) -> None:
        """Stop everything; what was running is written as interrupted. For the process's end."""
        self._closing.set()
        self._stirred.set()
        atexit.unregister(self.close)
        with self._lock:
            waiting = self._lineup.clear()
            running = list(self._running.values())
        for each in running:
            each.cancel.stop()
        for each in waiting:
            self._note(Finished(each.id, (), INTERRUPTED))
        until = monotonic() + self._rhythm.close
        try:
            while self._running and monotonic() < until:
                self._write()
                sleep(0.01)
        except Exception:
            log.exception("the last steps of connection tests could not be written")
        if self._keeper:
            self._keeper.join(self._rhythm.close)

    def _dispatch(self) -> None:
        """Give free places away; the lock is held."""
        while running := self._lineup.take():
            try:
                threading.Thread(target=self._work, args=(running,), name="probe", daemon=True).start()
            except RuntimeError:  # the machine gives no more threads
                self._lineup.leave(running.host)
                self._note(Finished(running.id, (), INTERRUPTED))

    def _work(self, running: _Running) -> None:
        try:
            self._test(running)
        finally:
            with self._lock:
                self._lineup.leave(running.host)
                self._dispatch()

    def _test(self, running: _Running) -> None:
        seen: list[StepResult] = []
        cut_short = ""
        try:
            for result in self._results(running):
                seen.append(result)
                self._note((running.id, result))
        except Stopped:
            cut_short = INTERRUPTED if self._closing.is_set() else STOPPED
        except Exception:
            log.exception("a connection test broke off")
            seen.append(probing.broke_off(self._ports, seen))
            self._note((running.id, seen[-1]))
        self._note(Finished(running.id, tuple(seen), cut_short))

    def _results(self, running: _Running) -> Iterator[StepResult]:
        started = running.started
        return probing.results(self._ports, started.target, running.cancel, self._pace, started.depth, started.family)

    def _note(self, item: tuple[str, StepResult] | Finished) -> None:
        self._notebook.add(item)
        self._stirred.set()

    def _write(self) -> None:
        for probe_id in self._notebook.write():
            with self._lock:
                self._running.pop(probe_id, None)

    def _keep(self) -> None:
        """Write what ended, look for stop marks, renew leases, clear away what nobody owns."""
        due = {self._watch: -math.inf, self._renew: -math.inf, self._reap: -math.inf}
        pauses = {self._watch: self._rhythm.watch, self._renew: self._rhythm.renew, self._reap: self._rhythm.reap}
        while not self._closing.is_set():
            self._stirred.wait(self._rhythm.watch if self._running else self._rhythm.reap)
            self._stirred.clear()
            try:
                self._write()
                for act, at in due.items():
                    if monotonic() >= at:
                        due[act] = monotonic() + pauses[act]
                        act()
            except Exception:
                # The database may be away for a moment; what was collected is still in the notebook.
                log.exception("the runner could not write")
                self._closing.wait(self._rhythm.retry)
            self._closing.wait(self._rhythm.write)

    def _watch(self) -> None:
        if ids := self._ids():
            for probe_id in probe_records.asked_to_stop(self._ports, ids):
                self.stop(probe_id)

    def _renew(self) -> None:
        if ids := self._ids():
            probe_records.renew(self._ports, ids)

    def _reap(self) -> None:
        probe_records.reap(self._ports)

    def _ids(self) -> list[str]:
        with self._lock:
            return list(self._running)
