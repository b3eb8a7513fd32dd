"""What services reach the world through: one frozen value, made by the factory, handed down."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from app.clients.gitlab.client import Instance
from app.clients.granting import DIRECT, Outlet
from app.data.loader import Facts
from app.lib.http import Door
from app.lib.portions import Portions
from app.lib.sealed import Sealer
from app.lib.urls import Address
from app.models.store import Store


@dataclass(frozen=True, slots=True)
class TestLimits:
    """Bounds of connection tests: how many at once per process and host, how many a minute per person.

    A person or token with `waiting_of_one` that have not ended, in all processes, begins no others, nor does anybody
    while there are `waiting_in_all`; what was begun below that waits for its place, however large the batch.
    """

    __test__ = False  # the name is the field's term, not a test class

    at_once: int = 50
    per_host: int = 4
    per_minute: int = 60
    waiting_of_one: int = 100
    waiting_in_all: int = 5000


@dataclass(frozen=True, slots=True)
class Hook:
    """Where alerts go, and the secret that signs them: `whsec_` and base 64, or any text."""

    address: Address
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Ports:
    """The first argument of every service; `outlet` is how the clouds' own libraries get out.

    `origin` is the address under which people and GitLab reach this portal. `instance` is the GitLab that is kept in
    step, None where none is connected.
    """

    store: Store
    clock: Callable[[], datetime]
    sealer: Sealer
    door: Door
    facts: Facts
    limits: TestLimits = TestLimits()
    outlet: Outlet = DIRECT
    hook: Hook | None = None
    origin: str = ""
    instance: Instance | None = None
    # This process's part of the limits that all share.
    portions: Portions = field(default_factory=Portions, compare=False)
