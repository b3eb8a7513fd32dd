"""The database as two kinds of transaction: a short read, and a write that owns its lock from the start.

On SQLite a transaction that reads first and writes later fails at once with "database is locked" when
another one wrote in between, whatever the busy time-out; so a write says BEGIN IMMEDIATE. The floors
decide which kind is used, never the HTTP method.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from functools import partial
from threading import Lock
from time import monotonic
from typing import Any

from sqlalchemy import Connection, Dialect, Engine, event
from sqlalchemy.exc import InvalidatePoolError, SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from app.domain.errors import DatabaseAway
from app.models import faults, occupancy, revisions

log = logging.getLogger(__name__)

_WRITE = "modelport_write"
_LAST = "modelport_last"
_LEFT = "modelport_left"
# A page's reads follow each other in less, and no server is started anew in less.
RESTED_SECONDS = 1.0
_reading: ContextVar[int] = ContextVar("modelport_reading", default=0)


class Store:
    """Hands out sessions; both kinds leave values that stay readable after the transaction."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        # One writer at a time within the process: a second one would otherwise wait inside SQLite's
        # C code, which stops every other greenlet of the worker.
        self._writer = Lock() if self.is_sqlite else nullcontext()
        # Nothing that was changed in a read ever gets as far as a statement.
        self._steady = sessionmaker(engine, expire_on_commit=False, autoflush=False)
        # On PostgreSQL each statement sees what is committed by then, in a transaction or not: to begin and end one
        # would be two more messages to the server.
        alone = engine if self.is_sqlite else engine.execution_options(isolation_level="AUTOCOMMIT")
        self._reads = sessionmaker(alone, expire_on_commit=False, autoflush=False)
        self._writes = sessionmaker(engine.execution_options(**{_WRITE: True}), expire_on_commit=False)
        revisions.watch(self._writes)
        # After the number of the routes, so that what is done last takes its locks after all others.
        event.listen(self._writes, "before_commit", _do_last)

    @contextmanager
    def read(self, *, piecemeal: bool = False) -> Iterator[Session]:
        """Statements that change nothing, on SQLite in one transaction; queries end it before they return.

        `piecemeal` where rows of a statement are fetched a part at a time, which PostgreSQL does in a transaction
        alone. Raises DatabaseAway.
        """
        token = _reading.set(_reading.get() + 1)
        try:
            with _told(), (self._steady if piecemeal else self._reads)() as session:
                yield session
        finally:
            _reading.reset(token)

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A write transaction: commits at the end, rolls back on any error.

        Raises DatabaseAway where the database cannot do it, with nothing kept of it, and RuntimeError inside an open
        read: that mix is what SQLite refuses under load.
        """
        if _reading.get():
            raise RuntimeError("a write was started inside an open read")
        with _told(), self._writer, self._writes.begin() as session:
            yield session


def do_last(session: Session, act: Callable[[Session], None]) -> None:
    """Have something done in this write transaction right before it commits, when nothing else takes a lock any more.

    What it raises rolls all of it back.
    """
    session.info.setdefault(_LAST, []).append(act)


def _do_last(session: Session) -> None:
    # The end of a savepoint is not the end.
    if session.in_nested_transaction():
        return
    session.flush()
    for act in session.info.pop(_LAST, ()):
        act(session)


def prepare_engine(engine: Engine) -> None:
    """Attach what the dialect needs; call once, before the first connection is made."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _on_sqlite_connect)
        event.listen(engine, "begin", _on_sqlite_begin)
    else:
        event.listen(engine, "connect", _on_postgresql_connect)
        event.listen(engine, "checkin", _on_checkin)
        event.listen(engine, "checkout", partial(_on_checkout, engine.dialect))


@contextmanager
def _told() -> Iterator[None]:
    """What is wrong with the database itself becomes a failure that can be told; all else stays what it is."""
    try:
        yield
    except SQLAlchemyError as error:
        fault = faults.of(error)
        if fault is None:
            raise
        log.warning("the database cannot do it: %s", type(getattr(error, "orig", error)).__name__)
        raise DatabaseAway(*fault) from error


def _on_postgresql_connect(connection: Any, _record: Any) -> None:
    """Say that the database is in use for as long as the connection lives, so that nothing is restored over it."""
    joined = occupancy.join(connection)
    connection.commit()
    if not joined:
        connection.close()
        raise DatabaseAway("The database is being restored just now. Try again in a moment.", 15)


def _on_checkin(_connection: Any, record: ConnectionPoolEntry) -> None:
    record.info[_LEFT] = monotonic()


def _on_checkout(dialect: Dialect, connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
    """Ask a connection that rested whether it still lives; one that was just used is taken at its word."""
    if monotonic() - record.info.get(_LEFT, monotonic()) < RESTED_SECONDS:
        return
    try:
        dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error as error:
        if not dialect.is_disconnect(error, connection, None):
            raise
        raise InvalidatePoolError from error


def _on_sqlite_connect(connection: Any, _record: Any) -> None:
    # The driver must not open transactions of its own: _on_sqlite_begin does, with the right kind.
    connection.isolation_level = None
    cursor = connection.cursor()
    # busy_timeout comes first: switching to WAL may itself have to wait for a lock.
    for pragma in (
        "busy_timeout=5000",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "trusted_schema=OFF",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _on_sqlite_begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get(_WRITE, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
