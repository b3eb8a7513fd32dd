"""Tries for tests: begun as a person would, watched until they have ended."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from time import monotonic, sleep

from app.domain.roles import Actor
from app.domain.trials import Side, TrialDraft
from app.jobs.tries import Rhythm, Tries
from app.lib import clock
from app.queries import trials as query
from app.queries.trials import TrialRecord
from app.services import trials
from app.services.ports import Ports
from tests.fixtures.stock import add_endpoint

QUICK = Rhythm(write=0.03, renew=0.1, retry=0.05)
FEATURE = "generate_commit_message"


@dataclass
class Later:
    """A clock that can be put forward."""

    by: timedelta = field(default_factory=timedelta)

    def __call__(self) -> datetime:
        return clock.now() + self.by


class Bench:
    """One person's tries in one process; `beside` is another process on the same database."""

    def __init__(self, ports: Ports, person: Actor, rhythm: Rhythm = QUICK) -> None:
        self.clock = Later()
        self.ports = replace(ports, clock=self.clock)
        self.person = person
        self.tries = Tries(self.ports, rhythm)

    def beside(self) -> "Bench":
        """Another process; it is to be closed as well."""
        return Bench(self.ports, self.person)

    def endpoint(self, url: str, name: str = "Quartz", **values: str) -> str:
        """Store an endpoint there; its id."""
        return add_endpoint(self.ports, self.person, name, base_url=url, **values)

    def begin(
        self, *sides: Side, swapped: bool = False, feature: str = FEATURE, inputs: Mapping[str, str] | None = None
    ) -> str:
        """Begin a try with the feature's samples; its id."""
        given = self.ports.facts.prompts.of(feature).samples if inputs is None else inputs
        started = trials.start(self.ports, self.person, TrialDraft(feature, given, sides), lambda: swapped)
        self.tries.start(started)
        return started.trial_id

    def look(self, trial_id: str) -> TrialRecord:
        """How it stands."""
        found = query.trial(self.ports.store, trial_id, self.person.key, self.ports.clock())
        assert found is not None
        return found

    def ended(self, trial_id: str, most: float = 15.0) -> TrialRecord:
        """How it stands once nothing of it runs."""
        until = monotonic() + most
        while (found := self.look(trial_id)).running:
            assert monotonic() < until, f"the try runs on: {found.states}"
            sleep(0.02)
        return found

    def holds(self, trial_id: str, words: str, most: float = 10.0) -> None:
        """Wait until every answer has these words."""
        until = monotonic() + most
        while not all(words in each.text for each in self.look(trial_id).sides):
            assert monotonic() < until, "the words do not come"
            sleep(0.02)
