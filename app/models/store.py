"""The database as two kinds of transaction: a short read, and a write that owns its lock from the start.

On SQLite a transaction that reads first and writes later fails at once with "database is locked" when
another one wrote in between, whatever the busy time-out; so a write says BEGIN IMMEDIATE. The floors
decide which kind is used, never the HTTP method.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from threading import Lock
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import Session, sessionmaker

_WRITE = "modelport_write"
_reading: ContextVar[int] = ContextVar("modelport_reading", default=0)


class Store:
    """Hands out sessions; both kinds leave values that stay readable after the transaction."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        # One writer at a time within the process: a second one would otherwise wait inside SQLite's
        # C code, which stops every other greenlet of the worker.
        self._writer = Lock() if self.is_sqlite else nullcontext()
        self._reads = sessionmaker(engine, expire_on_commit=False)
        self._writes = sessionmaker(engine.execution_options(**{_WRITE: True}), expire_on_commit=False)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A read transaction, rolled back at its end; queries end it before they return."""
        token = _reading.set(_reading.get() + 1)
        try:
            with self._reads() as session:
                yield session
        finally:
            _reading.reset(token)

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A write transaction: commits at the end, rolls back on any error.

        Raises RuntimeError inside an open read: that mix is what SQLite refuses under load.
        """
        if _reading.get():
            raise RuntimeError("a write was started inside an open read")
        with self._writer, self._writes.begin() as session:
            yield session


def prepare_engine(engine: Engine) -> None:
    """Attach what the dialect needs; call once, before the first connection is made."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _on_sqlite_connect)
        event.listen(engine, "begin", _on_sqlite_begin)


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
