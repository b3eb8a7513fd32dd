"""Ports without a portal, and for the connection test's engine ports without a database."""

from collections.abc import Iterator

import pytest

from app.data.facts import Facts
from app.lib.egress import Policy
from app.lib.http import Door
from app.services.ports import Ports
from tests.fakes.probe import without_database
from tests.fixtures.bare import ports

__all__ = ["engine", "ports"]


@pytest.fixture
def engine(facts: Facts) -> Iterator[Ports]:
    """Model servers on loopback are admitted."""
    door = Door(Policy(loopback_open=True))
    yield without_database(door, facts)
    door.close()
