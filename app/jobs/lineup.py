"""Who is next: so many at once, so few of one host, and hosts taking turns.

Work waits here rather than in a pool, so that a host that is dead or slow holds its own share of places and no more.
"""

from collections import Counter, deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Lineup(Generic[T]):
    """Not thread-safe: its owner holds a lock."""

    def __init__(self, at_once: int, per_host: int) -> None:
        self._at_once = at_once
        self._per_host = per_host
        self._waiting: dict[str, deque[T]] = {}
        self._active: Counter[str] = Counter()

    def add(self, host: str, item: T) -> None:
        """Put an item at the end of its host's queue."""
        self._waiting.setdefault(host, deque()).append(item)

    def take(self) -> T | None:
        """The next item, which now holds a place of its host until `leave`; None while no place is free."""
        if self._active.total() >= self._at_once:
            return None
        host = next((each for each in self._waiting if self._active[each] < self._per_host), None)
        if host is None:
            return None
        self._active[host] += 1
        queue = self._waiting.pop(host)
        item = queue.popleft()
        if queue:
            self._waiting[host] = queue  # at the end: the other hosts come first now
        return item

    def hold(self, host: str) -> bool:
        """Take a place of this host without waiting, until `leave`; False where none is free."""
        if self._active.total() >= self._at_once or self._active[host] >= self._per_host:
            return False
        self._active[host] += 1
        return True

    def leave(self, host: str) -> None:
        """Free a place of this host."""
        self._active[host] -= 1
        if not self._active[host]:
            del self._active[host]

    def remove(self, host: str, item: T) -> bool:
        """Take an item out that is still waiting; False when it is not."""
        queue = self._waiting.get(host)
        if not queue or item not in queue:
            return False
        queue.remove(item)
        if not queue:
            del self._waiting[host]
        return True

    def clear(self) -> list[T]:
        """Take everything out that is still waiting."""
        items = [item for queue in self._waiting.values() for item in queue]
        self._waiting.clear()
        return items
