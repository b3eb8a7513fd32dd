"""A database, a runner and a person: what tests of background tests share."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count

from app.clients.target import Target
from app.domain.roles import Actor
from app.jobs.runner import USUAL, Rhythm, Runner
from app.lib import clock
from app.queries import endpoints as endpoint_query
from app.queries import probes as query
from app.queries.endpoints import EndpointRecord
from app.queries.probes import ProbeRecord
from app.services import endpoints, probes
from app.services.ports import Ports, TestLimits
from app.services.probes import Started
from tests.fakes.fault_server import FaultServer
from tests.fakes.probe import KEY, draft_at, target_at

# Within so many seconds a stop has to be seen, at the server too.
SOON = 2.0


class Clock:
    """The time, which a test can move on."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return clock.now() + self.ahead

    def shows(self, **later: float) -> None:
        """Let it show so much more than it is, such as seconds=20."""
        self.ahead = timedelta(**later)


@dataclass
class Lab:
    """`person` begins the tests; `clock` is the services' time."""

    ports: Ports
    person: Actor
    clock: Clock
    runner: Runner = field(init=False)
    _numbers: "count[int]" = field(default_factory=count)

    def __post_init__(self) -> None:
        self.ports = replace(self.ports, clock=self.clock)
        self.runner = Runner(self.ports)

    def tuned(self, rhythm: Rhythm = USUAL, limits: TestLimits | None = None) -> Runner:
        """Go on with another runner."""
        self.runner.close()
        self.ports = replace(self.ports, limits=limits or self.ports.limits)
        self.runner = Runner(self.ports, rhythm)
        return self.runner

    def save(self, url: str) -> str:
        """Store an endpoint; its id."""
        draft = replace(draft_at(url), name=f"Endpoint {next(self._numbers)}", api_key=KEY)
        return endpoints.create(self.ports, self.person, draft)

    def test(self, *endpoint_ids: str) -> list[str]:
        """Begin tests of stored endpoints; their ids."""
        started = probes.start_saved(self.ports, self.person, endpoint_ids)
        self.runner.start(started)
        return [each.probe_id for each in started]

    def try_out(self, where: str | Target) -> str:
        """Begin a test of values that are not saved; its id."""
        target = target_at(where) if isinstance(where, str) else where
        started: Started = probes.start_draft(self.ports, self.person, target)
        self.runner.start([started])
        return started.probe_id

    def record(self, probe_id: str) -> ProbeRecord:
        """The test as it stands."""
        found = query.probe(self.ports.store, probe_id)
        assert found
        return found

    def ended(self, probe_id: str, seconds: float = 10.0) -> ProbeRecord:
        """The test once it is over."""
        wait_for(lambda: not self.record(probe_id).running, seconds)
        return self.record(probe_id)

    def endpoint(self, endpoint_id: str) -> EndpointRecord:
        """The endpoint as it stands."""
        found = endpoint_query.endpoint(self.ports.store, endpoint_id)
        assert found
        return found


def wait_for(holds: Callable[[], bool], seconds: float = 10.0) -> None:
    """Until it holds; raises AssertionError when it does not in time."""
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, f"not within {seconds:g} s"
        time.sleep(0.01)


def hold_on(server: FaultServer, exchanges: int = 1) -> None:
    """Until the server works on this exchange."""
    server.wait_for(exchanges)
    time.sleep(0.1)
