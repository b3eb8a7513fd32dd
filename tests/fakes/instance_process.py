"""A process that brings forth others, each of which applies the plan once and may be killed in the middle.

For each line of input, {"database": url, "gitlab": url, "token": text, "minutes": how far its clock is ahead}, it
prints the new process's id, waits for one more line before that begins, and prints how it ended.
"""

import json
import os
import sys
from datetime import timedelta
from typing import Any

from sqlalchemy import create_engine

from app.clients.gitlab.client import Instance
from app.data.facts import Facts
from app.data.loader import load_facts
from app.domain.roles import Actor, Role
from app.lib import clock, urls
from app.lib.cancel import Cancel
from app.lib.egress import Policy
from app.lib.http import Door
from app.lib.sealed import Sealer
from app.models.store import Store, prepare_engine
from app.services import instance_runs, syncing
from app.services.ports import Ports
from app.services.syncing import Asked
from tests.fixtures.servers import ROOT

# As `tests.fakes.probe` and `tests.fixtures.instance` have it.
KEY = "a key of the tests that is long enough"
ORIGIN = "https://modelport.example.com"


def main() -> None:
    """Serve orders until the input ends."""
    facts = load_facts(ROOT / "prompts")
    while line := sys.stdin.readline():
        order = json.loads(line)
        reading, writing = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.read(reading, 1)
            apply(order, facts)
            os._exit(0)
        print(pid, flush=True)
        sys.stdin.readline()
        os.write(writing, b".")
        print(os.waitpid(pid, 0)[1], flush=True)
        os.close(reading)
        os.close(writing)


def apply(order: dict[str, Any], facts: Facts) -> None:
    """Apply whatever the plan is now."""
    engine = create_engine(order["database"])
    prepare_engine(engine)
    later = timedelta(minutes=order["minutes"])
    instance = Instance(urls.parse(order["gitlab"]), order["token"])
    door = Door(Policy(loopback_open=True))
    ports = Ports(
        Store(engine), lambda: clock.now() + later, Sealer([KEY]), door, facts, origin=ORIGIN, instance=instance
    )
    ada = Actor("tests", "ada", "Ada Admin", Role.ADMIN)
    run_id = instance_runs.begin(ports, ada, instance_runs.APPLY)
    syncing.apply(ports, ada, run_id, Asked(), Cancel())


if __name__ == "__main__":
    main()
