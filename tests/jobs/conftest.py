"""A lab for every test here."""

from collections.abc import Iterator

import pytest

from app.data.facts import Facts
from app.domain.roles import Actor
from app.lib.egress import Policy
from app.lib.http import Door
from app.models.store import Store
from tests.fakes.lab import Clock, Lab
from tests.fakes.probe import ports_on


@pytest.fixture
def lab(store: Store, facts: Facts, ed: Actor) -> Iterator[Lab]:
    """Ed's tests, on this test's database; model servers on loopback are admitted."""
    door = Door(Policy(loopback_open=True))
    lab = Lab(ports_on(store, door, facts), ed, Clock())
    yield lab
    lab.runner.close()
    door.close()
