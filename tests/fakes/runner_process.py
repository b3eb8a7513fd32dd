"""A process that runs connection tests as greenlets, and ends when it is told to.

Its line of input: {"database": url, "urls": [...]}. It prints the ids of the tests, and a second
later the longest time for which everything else in the process had to wait.
"""

import json
import sys
import time

WATCHED_SECONDS = 1.0
TICK = 0.01


def main() -> None:
    """Begin the tests; end by leaving, as a server does that was asked to stop."""
    given = json.loads(sys.stdin.readline())
    from gevent import monkey

    monkey.patch_all()
    from sqlalchemy import create_engine

    from app.data.loader import load_facts
    from app.domain.roles import Actor, Role
    from app.jobs.runner import Runner
    from app.lib.egress import Policy
    from app.lib.http import Door
    from app.models.store import Store, prepare_engine
    from app.services import probes
    from tests.fakes.probe import ports_on, target_at
    from tests.fixtures.servers import ROOT

    engine = create_engine(given["database"])
    prepare_engine(engine)
    ports = ports_on(Store(engine), Door(Policy(loopback_open=True)), load_facts(ROOT / "prompts"))
    ada = Actor("tests", "ada", "Ada", Role.ADMIN)
    started = [probes.start_draft(ports, ada, target_at(url)) for url in given["urls"]]
    Runner(ports).start(started)
    print(json.dumps([each.probe_id for each in started]), flush=True)
    print(_longest_wait(), flush=True)
    sys.stdin.readline()


def _longest_wait() -> float:
    longest = 0.0
    until = time.perf_counter() + WATCHED_SECONDS
    while time.perf_counter() < until:
        before = time.perf_counter()
        time.sleep(TICK)
        longest = max(longest, time.perf_counter() - before - TICK)
    return longest


if __name__ == "__main__":
    main()
