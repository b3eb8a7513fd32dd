"""What services reach the world through: one frozen value, made by the factory, handed down."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from app.clients.granting import DIRECT, Outlet
from app.data.loader import Facts
from app.lib.http import Door
from app.lib.sealed import Sealer
from app.models.store import Store


@dataclass(frozen=True, slots=True)
class TestLimits:
    """Bounds of connection tests: how many at once per process and host, how many a minute per person."""

    __test__ = False  # the name is the field's term, not a test class

    at_once: int = 50
    per_host: int = 4
    per_minute: int = 60


@dataclass(frozen=True, slots=True)
class Ports:
    """The first argument of every service; `outlet` is how the clouds' own libraries get out."""

    store: Store
    clock: Callable[[], datetime]
    sealer: Sealer
    door: Door
    facts: Facts
    limits: TestLimits = TestLimits()
    outlet: Outlet = DIRECT
