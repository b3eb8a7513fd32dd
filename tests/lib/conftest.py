"""A door as the evaluation has it: open to loopback, which is all that a test may reach."""

from collections.abc import Iterator

import pytest

from app.lib.egress import Policy
from app.lib.http import Door


@pytest.fixture
def door() -> Iterator[Door]:
    """Closed after the test, so that no kept connection outlives it."""
    door = Door(Policy(loopback_open=True))
    yield door
    door.close()
