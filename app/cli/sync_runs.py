"""Work with GitLab from the command line: on record like that of the pages, watched as it goes, stopped in order."""

import signal
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager

from app.cli.console import say
from app.cli.installation import operator
from app.domain.errors import Busy
from app.lib.cancel import Cancel
from app.queries import instance_runs as query
from app.queries.instance_runs import Run, StepRecord
from app.services import instance_reads, instance_runs, syncing
from app.services.ports import Ports
from app.services.syncing import Asked

LOOK = 0.2
WAIT = 1.0
STOPS = (signal.SIGINT, signal.SIGTERM)
INTERRUPTED = "interrupted"


def read(ports: Ports) -> Run:
    """Read GitLab, and say how that ended. Raises NotConnected, Busy, KeyboardInterrupt for either signal."""
    run_id = _begin(ports, instance_runs.READ)
    with _when_told(_interrupt), _ended(ports, run_id):
        syncing.read(ports, run_id)
    return _found(ports, run_id)


def apply(ports: Ports, asked: Asked, tell: Callable[[StepRecord], None]) -> Run:
    """Apply a plan and tell each step as it ends; a signal ends it after the step under way. Raises Busy."""
    run_id = _begin(ports, instance_runs.APPLY)
    cancel = Cancel()
    with _when_told(cancel.stop), ThreadPoolExecutor(1) as pool:
        work = pool.submit(_apply, ports, run_id, asked, cancel)
        said, warned, over = 0, False, False
        while not over:
            over = bool(wait([work], LOOK).done)
            if cancel.stopped and not warned:
                say("Stopping after the step that is under way.")
                warned = True
            run = _found(ports, run_id)
            for step in run.steps[said : run.ended]:
                tell(step)
            said = run.ended
    work.result()
    return run


def _apply(ports: Ports, run_id: str, asked: Asked, cancel: Cancel) -> None:
    with _ended(ports, run_id):
        syncing.apply(ports, operator(), run_id, asked, cancel)


def _begin(ports: Ports, kind: str) -> str:
    """A new run, once the one that others began is over."""
    instance_reads.client(ports)
    until = time.monotonic() + instance_runs.LEASE.total_seconds()
    told = ""
    while True:
        try:
            return instance_runs.begin(ports, operator(), kind)
        except Busy as busy:
            if time.monotonic() > until:
                raise
            if busy.message != told:
                say(busy.message)
                told = busy.message
        time.sleep(WAIT)


@contextmanager
def _ended(ports: Ports, run_id: str) -> Iterator[None]:
    """Whatever breaks off is on record as that, so that nobody has to wait for its lease."""
    try:
        yield
    except BaseException:
        instance_runs.end(ports, run_id, INTERRUPTED)
        raise


@contextmanager
def _when_told(act: Callable[[], None]) -> Iterator[None]:
    """Let a signal do this in place of ending the process where it stands."""
    before = {each: signal.signal(each, lambda *_: act()) for each in STOPS}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _interrupt() -> None:
    raise KeyboardInterrupt


def _found(ports: Ports, run_id: str) -> Run:
    run = query.run(ports.store, run_id)
    assert run is not None
    return run
