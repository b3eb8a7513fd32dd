"""Runs work with the GitLab instance in the background of the serving process, and reads it again and again."""

import atexit
import logging
import threading
from collections.abc import Callable
from datetime import timedelta

from app.domain.errors import Busy
from app.domain.roles import SYSTEM, Actor
from app.lib import tokens
from app.lib.cancel import Cancel
from app.services import gateway_checks, instance_runs, schedules, syncing
from app.services.ports import Ports
from app.services.syncing import Asked

log = logging.getLogger(__name__)

NAME = "instance"
LOOK_SECONDS = 15.0
CLOSE_SECONDS = 3.0


class InstanceWork:
    """One per process, thread-safe; what it begins is on record, so that every process can show it."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._cancel = Cancel()
        self._closing = threading.Event()
        self._holder = tokens.new_id()
        self._threads: set[threading.Thread] = set()

    def read(self, actor: Actor) -> str:
        """Begin to read GitLab; the run's id. Raises Busy."""
        run_id = instance_runs.begin(self._ports, actor, instance_runs.READ)
        self._begin(lambda: syncing.read(self._ports, run_id), run_id)
        return run_id

    def apply(self, actor: Actor, asked: Asked) -> str:
        """Begin to apply a plan; the run's id. Raises Busy."""
        run_id = instance_runs.begin(self._ports, actor, instance_runs.APPLY)
        self._begin(lambda: syncing.apply(self._ports, actor, run_id, asked, self._cancel), run_id)
        return run_id

    def check_health(self, actor: Actor) -> str:
        """Begin GitLab's own health check; the run's id. Raises Busy."""
        run_id = instance_runs.begin(self._ports, actor, instance_runs.HEALTH)
        self._begin(lambda: syncing.check_health(self._ports, run_id), run_id)
        return run_id

    def check_endpoint(self, actor: Actor, endpoint_id: str) -> None:
        """Begin GitLab's check of an endpoint. Raises NotFound, NotConnected, Busy."""
        gateway_checks.begin(self._ports, actor, endpoint_id)
        self._begin(lambda: gateway_checks.run(self._ports, endpoint_id))

    def keep_reading(self, every: timedelta) -> None:
        """Read GitLab every so often from now on; of all processes one at a time does it."""
        if every and self._ports.instance:
            self._begin(lambda: self._read_on(every))

    def look(self, every: timedelta) -> bool:
        """Read GitLab if that is due here and now; whether it was."""
        if not schedules.take(self._ports, NAME, self._holder, every):
            return False
        try:
            run_id = instance_runs.begin(self._ports, SYSTEM, instance_runs.READ)
            self._do(lambda: syncing.read(self._ports, run_id), run_id)
        except Busy:
            log.info("GitLab is being worked with already, so it is not read now")
        finally:
            schedules.done(self._ports, NAME, self._holder, every)
        return True

    def close(self) -> None:
        """Begin nothing more, and let what runs end after the step it is at."""
        atexit.unregister(self.close)
        self._closing.set()
        self._cancel.stop()
        for thread in list(self._threads):
            thread.join(CLOSE_SECONDS)

    def _read_on(self, every: timedelta) -> None:
        while not self._closing.wait(LOOK_SECONDS):
            try:
                self.look(every)
            except Exception:
                log.exception("GitLab could not be read")

    def _do(self, act: Callable[[], None], run_id: str) -> None:
        """Whatever nobody thought of ends the run too, which would be shown as running else until its lease is over."""
        try:
            act()
        except Exception:
            log.exception("work with GitLab broke off")
            if run_id:
                instance_runs.end(self._ports, run_id, "interrupted")

    def _begin(self, act: Callable[[], None], run_id: str = "") -> None:
        if self._closing.is_set():
            if run_id:
                instance_runs.end(self._ports, run_id, "interrupted")
            return

        def work() -> None:
            try:
                self._do(act, run_id)
            finally:
                self._threads.discard(thread)

        if not self._threads:
            atexit.register(self.close)
        thread = threading.Thread(target=work, name="instance", daemon=True)
        self._threads.add(thread)
        thread.start()
