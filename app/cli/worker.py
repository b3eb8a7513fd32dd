"""`worker`: what recurs, in a process of its own, where `serve` is to do nothing but answer."""

import argparse
import signal
import threading
from typing import TYPE_CHECKING

from app.cli.console import OK, WRONG, Refused, answer, keep_private, say

if TYPE_CHECKING:
    from app.config import Settings
    from app.jobs.schedule import Schedule
    from app.services.ports import Ports

STOPS = (signal.SIGTERM, signal.SIGINT)


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("--once", action="store_true", help="do what is due and end; 1 where an endpoint failed")


def execute(arguments: argparse.Namespace) -> int:
    """Work until a signal ends it; it takes the settings of `serve`, on whichever host it runs."""
    from app.cli.settings import production_settings, warn_of_key_files

    keep_private()
    settings = production_settings()
    if not settings.test_every_minutes:
        raise Refused("MODELPORT_TEST_EVERY_MINUTES: is 0, so nothing recurs; set the minutes between two tests.")
    warn_of_key_files(settings)
    from app.cli.uses import using

    with using(settings):
        return _work(settings, arguments)


def _work(settings: "Settings", arguments: argparse.Namespace) -> int:
    from app.factory import create_app, ports_of, schedule_of
    from app.services import readiness_check

    app = create_app(settings)
    ports = ports_of(app)
    if problems := readiness_check.problems(ports):
        for problem in problems:
            say(problem)
        return WRONG
    schedule = schedule_of(app, settings)
    if arguments.once:
        return _once(schedule, ports, json=arguments.json)
    say(f"What serves a feature is tested every {settings.test_every_minutes} minutes. Ctrl-C stops it.")
    return _until_told(schedule)


def _once(schedule: "Schedule", ports: "Ports", *, json: bool) -> int:
    from app.queries import counts

    stopped = _closed_when_told(schedule)
    try:
        tested = schedule.look()
    finally:
        schedule.close()
    if stopped.is_set():
        say("Stopped before the round's end; the next look goes on with it.")
        return WRONG
    failed = counts.failed(ports.store, tested or ())
    if json:
        answer({"due": tested is not None, "tested": len(tested or ()), "failed": failed})
    elif tested is None:
        say("Nothing is due.")
    else:
        say(f"Tested: {len(tested)}. Failed: {failed}.")
    return WRONG if failed else OK


def _until_told(schedule: "Schedule") -> int:
    # Before any thread starts: each inherits that it hears of no signal.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    schedule.start()
    signal.sigwait(STOPS)
    schedule.close()
    return OK


def _closed_when_told(schedule: "Schedule") -> threading.Event:
    """Close the schedule at a signal, and never in the middle of a line as an exception would; set when it came."""
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    told = threading.Event()

    def listen() -> None:
        signal.sigwait(STOPS)
        told.set()
        schedule.close()

    threading.Thread(target=listen, name="signals", daemon=True).start()
    return told
