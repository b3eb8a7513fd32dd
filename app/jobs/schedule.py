"""Tests what serves a feature again and again, in a process that is told to: the very test that the button begins."""

import atexit
import logging
import random
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from app.domain.errors import NotFound
from app.domain.roles import SYSTEM
from app.jobs.runner import Runner
from app.lib import tokens
from app.services import probes, schedules
from app.services.ports import Ports

log = logging.getLogger(__name__)

NAME = "tests"
# What anybody tested so shortly before a round is left out of it.
RECENT = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """Seconds between two looks, and between two looks at a batch that runs.

    `close`: what the schedule is given to put its work down.
    """

    look: float = 15.0
    batch: float = 0.25
    close: float = 3.0


USUAL = Rhythm()


class Schedule:
    """One per process that is told to work; of all of them one at a time does a round."""

    def __init__(self, ports: Ports, runner: Runner, every: timedelta, rhythm: Rhythm = USUAL) -> None:
        self._ports = ports
        self._runner = runner
        self._every = every
        self._rhythm = rhythm
        self._holder = tokens.new_id()
        # One fewer than a host has places, so that on none of them people have to wait for the schedule.
        self._at_once = max(1, min(ports.limits.per_host, ports.limits.at_once) - 1)
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Look every few seconds from now on, beside everything else; not at all where the interval is nought."""
        if not self._every:
            return
        # What is registered last ends first: no round may go on when the runner takes no tests any more.
        self._runner.wake()
        atexit.register(self.close)
        self._thread = threading.Thread(target=self._run, name="schedule", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Begin nothing more and leave an unfinished round to others; what runs is the runner's to end."""
        atexit.unregister(self.close)
        self._closing.set()
        if self._thread:
            self._thread.join(self._rhythm.close)
        try:
            schedules.done(self._ports, NAME, self._holder, timedelta())
        except Exception:
            log.exception("the schedule could not put its round down; another may take it in some minutes")

    def look(self) -> list[str] | None:
        """Do a round if one is due here and now; the ids of the endpoints it tested, or None when none was due.

        After a failure the round is still this schedule's, and its next look goes on with it.
        """
        if not self._take():
            return None
        tested: list[str] = []
        while not self._closing.is_set() and self._take() and (batch := self._next(tested)):
            self._test(batch)
            tested += batch
        if not self._closing.is_set():
            schedules.clear(self._ports)
            schedules.done(self._ports, NAME, self._holder, self._every)
        return tested

    def _run(self) -> None:
        # Processes that were started together should not look together.
        while not self._closing.wait(self._rhythm.look * random.uniform(0.7, 1.3)):  # noqa: S311 (no secret)
            try:
                self.look()
            except Exception:
                log.exception("the schedule could not do its round")

    def _take(self) -> bool:
        return schedules.take(self._ports, NAME, self._holder, self._every)

    def _next(self, tested: Sequence[str]) -> list[str]:
        """The next few. They are looked up each time: meanwhile people test, assign and switch off."""
        # Below 15 minutes, ten would leave every second round without anything to do.
        recent = min(RECENT, self._every * 2 / 3)
        waiting = schedules.assigned(self._ports, self._ports.clock() - recent)
        return [each for each in waiting if each not in tested][: self._at_once]

    def _test(self, endpoint_ids: Sequence[str]) -> None:
        try:
            started = probes.start_saved(self._ports, SYSTEM, endpoint_ids)
        except NotFound:
            return  # one was deleted a moment ago; the others are tested in the next round
        self._runner.start(started)
        ids = [each.probe_id for each in started]
        while self._runner.at_work(ids) and not self._closing.wait(self._rhythm.batch):
            pass
