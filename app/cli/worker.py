"""`worker`: what recurs, in a process of its own, where `serve` is to do nothing but answer."""

import argparse
import signal
from typing import TYPE_CHECKING

from app.cli.console import OK, WRONG, Refused, answer, keep_private, say

if TYPE_CHECKING:
    from app.jobs.schedule import Schedule
    from app.services.ports import Ports

STOPS = (signal.SIGTERM, signal.SIGINT)


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("--once", action="store_true", help="do what is due and end; 1 where an endpoint failed")


def execute(arguments: argparse.Namespace) -> int:
    """Work until a signal ends it; it takes the settings of `serve`, on whichever host it runs."""
    from app.cli.settings import production_settings

    keep_private()
    settings = production_settings()
    if not settings.test_every_minutes:
        raise Refused("MODELPORT_TEST_EVERY_MINUTES: is 0, so nothing recurs; set the minutes between two tests.")
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

    # As Ctrl-C does: whatever runs is ended and written.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        tested = schedule.look()
    finally:
        schedule.close()
    failed = counts.failed(ports.store, tested or ())
    if json:
        answer({"due": tested is not None, "tested": len(tested or ()), "failed": failed})
    elif tested is None:
        say("Nothing is due.")
    else:
        say(f"Tested: {len(tested)}. Failed: {failed}.")
    return WRONG if failed else OK


def _until_told(schedule: "Schedule") -> int:
    # Held back in the threads that start from here on, so that it is this one that hears of them.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOPS)
    schedule.start()
    signal.sigwait(STOPS)
    schedule.close()
    return OK
