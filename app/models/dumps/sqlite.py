"""A SQLite database as one file: copied while it is in use, looked over, put in another's place."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

# What a write-ahead log keeps beside a database.
# Seconds to wait for somebody else's lock.
PATIENCE = 30.0
BESIDE = ("-wal", "-shm")


def copy(source: Path, target: Path) -> None:
    """Copy a database as of now, through SQLite itself, so that what is only in its log is there too.

    Others read and write on meanwhile. Raises sqlite3.DatabaseError.
    """
    with _open(source) as original, closing(sqlite3.connect(target)) as copied:
        original.backup(copied)
        # One file that stands for itself: nothing of it is in a log beside it.
        copied.execute("PRAGMA journal_mode=DELETE")


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to a database that is there; raises sqlite3.DatabaseError."""
    with _open(path) as connection:
        yield connection


@contextmanager
def changing(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection whose changes are committed at the end; raises sqlite3.DatabaseError."""
    with _open(path) as connection, connection:
        connection.execute("PRAGMA trusted_schema=OFF")
        yield connection


def columns(connection: sqlite3.Connection) -> dict[str, set[str]]:
    """The columns of each table, those of SQLite's own left out."""
    found = connection.execute(
        "SELECT m.name, c.name FROM sqlite_master m, pragma_table_info(m.name) c "
        "WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite|_%' ESCAPE '|'"
    )
    present: dict[str, set[str]] = {}
    for table, column in found:
        present.setdefault(table, set()).add(column)
    return present


def faults(path: Path) -> list[str]:
    """What is wrong inside a database, at most a few sentences; empty where it is sound."""
    try:
        with _open(path) as connection:
            told = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(5)")]
            broken = connection.execute("PRAGMA foreign_key_check").fetchall()
    except sqlite3.DatabaseError as error:
        return [str(error)]
    found = [each for each in told if each != "ok"]
    if broken:
        found.append(f"{len(broken)} rows point nowhere, the first in {broken[0][0]}")
    return found


def replace(path: Path, new: Path, kept: Path) -> None:
    """Put a database in the place of another that nobody uses, which is kept under another name, its log with it."""
    if path.exists():
        _settle(path)
        for suffix in (*BESIDE, ""):
            old = path.with_name(path.name + suffix)
            if old.exists():
                old.rename(kept.with_name(kept.name + suffix))
    try:
        new.rename(path)
    except OSError:
        if kept.exists():
            kept.rename(path)
        raise


def _settle(path: Path) -> None:
    """Bring what is in the log into the file; one that is damaged is kept as it is."""
    try:
        with _open(path) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.DatabaseError:
        return


@contextmanager
def _open(path: Path) -> Iterator[sqlite3.Connection]:
    # Through a URI, since a plain name would make an empty database where there is none.
    uri = f"{path.absolute().as_uri()}?mode=rw"
    with closing(sqlite3.connect(uri, uri=True, timeout=PATIENCE)) as connection:
        yield connection
