"""Collects what tests yield and writes it together.

Two hundred tests that each wrote their own steps would queue for the database's one writer longer than for their
model servers.
"""

import logging
import threading
from collections import defaultdict, deque
from collections.abc import Sequence

from sqlalchemy.exc import InterfaceError, OperationalError

from app.domain.errors import DatabaseAway
from app.domain.steps import StepResult
from app.services import probe_records
from app.services.ports import Ports
from app.services.probe_records import Batch, Finished

log = logging.getLogger(__name__)

Item = tuple[str, StepResult] | Finished


class Notebook:
    """Thread-safe; nothing is lost while the database is away."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._items: deque[Item] = deque()
        self._writing = threading.Lock()

    def add(self, item: Item) -> None:
        """Keep a step, with the id of its test, or an end."""
        self._items.append(item)

    def write(self) -> list[str]:
        """Write everything; the ids of the tests that are over. Raises what the database raises while it is away."""
        with self._writing:
            collected = [self._items.popleft() for _ in range(len(self._items))]
            if not collected:
                return []
            try:
                probe_records.record(self._ports, Batch.of(collected))
            except (OperationalError, InterfaceError, DatabaseAway):
                self._items.extendleft(reversed(collected))
                raise
            except Exception:
                self._one_by_one(collected)
            return [item.probe_id for item in collected if isinstance(item, Finished)]

    def _one_by_one(self, collected: Sequence[Item]) -> None:
        """What cannot be written must not hold up the rest; its test ends as interrupted, when its lease is over."""
        by_probe: defaultdict[str, list[Item]] = defaultdict(list)
        for item in collected:
            by_probe[item.probe_id if isinstance(item, Finished) else item[0]].append(item)
        for probe_id, items in by_probe.items():
            try:
                probe_records.record(self._ports, Batch.of(items))
            except Exception:
                log.exception("the connection test %s could not be written", probe_id)
