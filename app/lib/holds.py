"""Who uses a file's neighbourhood: many may hold it at once, or one alone. The kernel lets go when a process ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Held(Exception):
    """Somebody else holds it in a way that does not go with this one."""


@contextmanager
def shared(path: Path) -> Iterator[None]:
    """Hold it together with others, through `path`, which is made where it is missing; raises Held and OSError.

    Processes that are forked meanwhile hold it too, for as long as one of them lives.
    """
    with _locked(path, fcntl.LOCK_SH):
        yield


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Hold it while nobody else does; raises Held and OSError."""
    with _locked(path, fcntl.LOCK_EX):
        yield


@contextmanager
def _locked(path: Path, kind: int) -> Iterator[None]:
    # Never removed: whoever opened the old file and whoever opened a new one would both hold a lock.
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Held(str(path)) from error
        yield
    finally:
        os.close(descriptor)
