"""What obtaining live credentials shares between clouds: the way out, the one failure, and a short memory."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from app.lib import clock

TIMEOUT_SECONDS = 5
# What is about to expire would expire on the way.
EARLY = timedelta(minutes=5)
CACHED_MAX = 256
WORDS_MAX = 1000

T = TypeVar("T")


class CredentialsRefused(Exception):
    """No credentials: `code` is that of a remedy, `words` are the provider's, not yet scrubbed."""

    def __init__(self, code: str, words: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.words = words[:WORDS_MAX]


@dataclass(frozen=True, slots=True)
class Outlet:
    """How the clouds' own libraries get out; `address` replaces the token service's own, for tests alone."""

    proxy: str | None = field(default=None, repr=False)
    ca_file: str | None = None
    address: str | None = None


DIRECT = Outlet()


class Cache(Generic[T]):
    """Thread-safe; credentials stay until shortly before they expire, and those without an end are not kept."""

    def __init__(self, now: Callable[[], datetime] = clock.now) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._held: dict[bytes, tuple[T, datetime]] = {}

    def get(self, digest: bytes) -> tuple[T, datetime | None] | None:
        """What is held and still lasts."""
        with self._lock:
            held = self._held.get(digest)
        return held if held and self._lasts(held[1]) else None

    def put(self, digest: bytes, granted: tuple[T, datetime | None]) -> None:
        """Hold it; what has expired gives way, and the oldest where there are too many."""
        credentials, expiry = granted
        if expiry is None or not self._lasts(expiry):
            return
        with self._lock:
            self._held = {each: held for each, held in self._held.items() if self._lasts(held[1])}
            while len(self._held) >= CACHED_MAX:
                del self._held[next(iter(self._held))]
            self._held[digest] = credentials, expiry

    def _lasts(self, expiry: datetime) -> bool:
        return expiry - EARLY > self._now()
