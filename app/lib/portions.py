"""What a process holds of numbers that several processes share: handed out from memory, without asking again."""

from dataclasses import dataclass, field
from threading import Lock

Key = tuple[str, str, int]


@dataclass(slots=True)
class _Held:
    left: int = 0
    spent: bool = False
    # Whoever asks for more holds this; the others wait and look at what was got.
    asking: Lock = field(default_factory=Lock)


class Portions:
    """By kind, subject and minute. Thread-safe; what belongs to minutes that are over is forgotten."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._held: dict[Key, _Held] = {}

    def asking(self, key: Key) -> Lock:
        """The lock of whoever asks for more under this key."""
        with self._lock:
            return self._of(key).asking

    def take(self, key: Key) -> bool | None:
        """Use one: True where one was in hand, False where there are no more, None where nobody knows yet."""
        with self._lock:
            held = self._of(key)
            if held.left:
                held.left -= 1
                return True
            return False if held.spent else None

    def got(self, key: Key, count: int, *, spent: bool) -> None:
        """So many more are in hand; `spent`: they are the last."""
        with self._lock:
            held = self._of(key)
            held.left += count
            held.spent = held.spent or spent

    def _of(self, key: Key) -> _Held:
        held = self._held.get(key)
        if held is None:
            self._held = {each: kept for each, kept in self._held.items() if each[2] >= key[2]}
            held = self._held[key] = _Held()
        return held
