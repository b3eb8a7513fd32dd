"""What is wrong with the database when it refuses, in a sentence for whoever asked: full, locked, read-only, away.

Whatever is not about the database itself, such as a value that is there already, is none of these.
"""

import sqlite3
from typing import NamedTuple

from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout


class Fault(NamedTuple):
    """A sentence, and after how many seconds it is worth trying again."""

    sentence: str
    retry_after: int


FULL = Fault("The disk that holds the database is full, so nothing was changed. Make room, then try again.", 60)
READ_ONLY = Fault("The database can only be read just now, so nothing was changed. Its file or disk is read-only.", 60)
BUSY = Fault("The database is locked by something else, so nothing was changed. Try again in a moment.", 5)
DISK = Fault("The disk of the database refuses to write, so nothing was changed. It may be full, or faulty.", 60)
AWAY = Fault("The database does not answer just now, so nothing was changed. Try again in a moment.", 5)
DAMAGED = Fault("The database file is damaged. Restore a backup: ./portal restore FILE.", 300)
OTHER = Fault("The database is of another version of Modelport. Run ./portal migrate, or take that version again.", 60)

# The primary result code, sqlite.org/rescode.html.
_SQLITE = {
    sqlite3.SQLITE_BUSY: BUSY,
    sqlite3.SQLITE_LOCKED: BUSY,
    sqlite3.SQLITE_READONLY: READ_ONLY,
    sqlite3.SQLITE_IOERR: DISK,
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_FULL: FULL,
    sqlite3.SQLITE_CANTOPEN: AWAY,
    sqlite3.SQLITE_NOTADB: DAMAGED,
}
_OTHER_TABLES = ("no such table", "no such column", "has no column named")
# SQLSTATE, PostgreSQL's appendix A; a class where two characters say enough.
_POSTGRESQL = {
    "53100": FULL,
    "25006": READ_ONLY,
    "55P03": BUSY,
    "42P01": OTHER,
    "42703": OTHER,
    "08": AWAY,
    "53": AWAY,
    "57P": AWAY,
    "58": DISK,
    "XX": DAMAGED,
}


def of(error: Exception) -> Fault | None:
    """What is wrong with the database itself; None where this error is about something else."""
    if isinstance(error, PoolTimeout):
        return AWAY
    if not isinstance(error, DBAPIError):
        return None
    original = error.orig
    if isinstance(original, sqlite3.Error):
        return _of_sqlite(original)
    state = getattr(original, "sqlstate", None)
    if state:
        return next((_POSTGRESQL[state[:length]] for length in (5, 3, 2) if state[:length] in _POSTGRESQL), None)
    # Without a state it is the connection that failed, or was never made.
    return AWAY if isinstance(error, OperationalError | InterfaceError) else None


def _of_sqlite(error: sqlite3.Error) -> Fault | None:
    if any(words in str(error) for words in _OTHER_TABLES):
        return OTHER
    # Above the lowest byte stand the details of an extended code.
    return _SQLITE.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
