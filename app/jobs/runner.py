"""Runs connection tests in the background of the serving process: bounded, stoppable, on record as they go.

Steps are collected and written together ten times a second: two hundred tests that each wrote their own
steps would queue for the database's one writer longer than for their model servers.
"""

import logging
import threading
from collections import Counter, defaultdict, deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from time import monotonic

from app.clients.dialect import Target
from app.domain.steps import StepResult
from app.lib.cancel import Cancel, Stopped
from app.services import probes, probing
from app.services.ports import Ports
from app.services.probes import Batch, Finished

log = logging.getLogger(__name__)

FLUSH_SECONDS = 0.1
WATCH_SECONDS = 0.25
RENEW_SECONDS = 5.0
REAP_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Job:
    """One test to run. The target holds the key: it lives in this process's memory and nowhere else."""

    probe_id: str
    target: Target = field(repr=False)
    draft: bool = False


@dataclass(slots=True)
class _Running:
    job: Job
    cancel: Cancel = field(default_factory=Cancel)


class Runner:
    """One per process; threads start with the first job, so that an idle process has none."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._lock = threading.Lock()
        self._running: dict[str, _Running] = {}
        self._batch: deque[tuple[str, StepResult] | Finished] = deque()
        self._pool: ThreadPoolExecutor | None = None
        # A job waits here, not in the pool, while its host has its share: one dead host would else fill the pool.
        self._waiting: defaultdict[str, deque[_Running]] = defaultdict(deque)
        self._active: Counter[str] = Counter()

    def start(self, jobs: list[Job]) -> None:
        """Queue jobs whose rows are already written."""
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self._ports.limits.at_once, thread_name_prefix="probe")
                threading.Thread(target=self._keep, name="probe-keeper", daemon=True).start()
            for job in jobs:
                self._running[job.probe_id] = running = _Running(job)
                self._waiting[job.target.address.origin].append(running)
            for origin in {job.target.address.origin for job in jobs}:
                self._submit(self._pool, origin)

    def stop(self, probe_id: str) -> None:
        """Stop a test at once if it runs in this process; another process sees the row's mark."""
        with self._lock:
            running = self._running.get(probe_id)
        if running:
            running.cancel.stop()

    def close(self) -> None:
        """Stop everything; what was running is written as stopped."""
        with self._lock:
            everything = list(self._running.values())
        for running in everything:
            running.cancel.stop()
        if self._pool:
            self._pool.shutdown(wait=True, cancel_futures=True)
        self._flush()

    def _submit(self, pool: ThreadPoolExecutor, origin: str) -> None:
        """Hand waiting jobs of one host to the pool, up to its share; the lock is held."""
        waiting = self._waiting[origin]
        while waiting and self._active[origin] < self._ports.limits.per_host:
            self._active[origin] += 1
            pool.submit(self._work, pool, waiting.popleft())
        if not waiting:
            del self._waiting[origin]

    def _work(self, pool: ThreadPoolExecutor, running: _Running) -> None:
        origin = running.job.target.address.origin
        try:
            self._test(running)
        finally:
            with self._lock, suppress(RuntimeError):  # the pool takes nothing once it is shut down
                self._active[origin] -= 1
                self._submit(pool, origin)

    def _test(self, running: _Running) -> None:
        job = running.job
        seen: list[StepResult] = []
        stopped = False
        try:
            for result in probing.results(self._ports, job.target, running.cancel):
                seen.append(result)
                self._batch.append((job.probe_id, result))
        except Stopped:
            stopped = True
        except Exception:
            log.exception("a connection test broke off")
            seen.append(probing.broke_off(self._ports, seen))
            self._batch.append((job.probe_id, seen[-1]))
        self._batch.append(Finished(job.probe_id, tuple(seen), stopped))

    def _keep(self) -> None:
        """Write what ended, look for stop marks, renew leases, clear away what nobody owns."""
        watched = renewed = reaped = 0.0
        pause = threading.Event()
        while not pause.wait(FLUSH_SECONDS):
            now = monotonic()
            try:
                self._flush()
                if self._running and now - watched >= WATCH_SECONDS:
                    watched = now
                    self._watch()
                if self._running and now - renewed >= RENEW_SECONDS:
                    renewed = now
                    probes.renew(self._ports, self._ids())
                if now - reaped >= REAP_SECONDS:
                    reaped = now
                    probes.reap(self._ports)
            except Exception:
                # The database may be away for a moment; what was collected is still in the queue.
                log.exception("the runner could not write")
                pause.wait(1.0)

    def _flush(self) -> None:
        collected = []
        with suppress(IndexError):
            while True:
                collected.append(self._batch.popleft())
        if not collected:
            return
        try:
            probes.record(self._ports, Batch.of(collected))
        except Exception:
            self._batch.extendleft(reversed(collected))
            raise
        with self._lock:
            for item in collected:
                if isinstance(item, Finished):
                    self._running.pop(item.probe_id, None)

    def _watch(self) -> None:
        for probe_id in probes.asked_to_stop(self._ports, self._ids()):
            self.stop(probe_id)

    def _ids(self) -> list[str]:
        with self._lock:
            return list(self._running)
