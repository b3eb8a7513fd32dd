"""A database that is full, locked, read-only, damaged or of another version: a clear answer, and nothing half done."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import IntegrityError, OperationalError

from app.domain.roles import Actor
from app.models import faults
from app.services.ports import Ports
from tests.domain.endpoint_cases import GOOD
from tests.fakes.full_disk import full_disk
from tests.fixtures.api import Program
from tests.fixtures.databases import Database
from tests.fixtures.pages import row_counts
from tests.fixtures.portal import OpenWindow


@contextmanager
def connections_with(engine: Engine, statement: str) -> Iterator[None]:
    """New connections that begin with this statement."""

    def begin(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(statement)
        connection.commit()

    engine.dispose()
    event.listen(engine, "connect", begin)
    try:
        yield
    finally:
        event.remove(engine, "connect", begin)
        engine.dispose()


@contextmanager
def outgrown(engine: Engine, _path: Path) -> Iterator[None]:
    """The kernel refuses the bytes."""
    engine.dispose()
    with full_disk(4096):
        yield
    engine.dispose()


@contextmanager
def locked(engine: Engine, path: Path) -> Iterator[None]:
    with connections_with(engine, "PRAGMA busy_timeout=20"), closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@contextmanager
def of_another_version(engine: Engine, path: Path) -> Iterator[None]:
    engine.dispose()
    for names in ("endpoint RENAME TO another", "another RENAME TO endpoint"):
        with closing(sqlite3.connect(path)) as other:
            other.execute(f"ALTER TABLE {names}")
        if names.startswith("endpoint"):
            yield


@contextmanager
def damaged(engine: Engine, path: Path) -> Iterator[None]:
    engine.dispose()
    whole = path.read_bytes()
    path.write_bytes(b"no database at all" * 999)
    yield
    engine.dispose()
    path.write_bytes(whole)


Spoil = Callable[[Engine, Path], AbstractContextManager[None]]
FAULTS: dict[str, tuple[Spoil, faults.Fault]] = {
    "outgrown": (outgrown, faults.DISK),
    "locked": (locked, faults.BUSY),
    "another version": (of_another_version, faults.OTHER),
    "damaged": (damaged, faults.DAMAGED),
}


@pytest.mark.parametrize("name", FAULTS)
def test_every_door_says_what_is_wrong_and_nothing_is_half_done(
    window_of: OpenWindow, admin: Program, ports: Ports, ada: Actor, database: Database, name: str
) -> None:
    spoil, fault = FAULTS[name]
    window, before = window_of(ada), row_counts(ports)
    window.get("/endpoints")
    with spoil(ports.store.engine, Path(database.url.removeprefix("sqlite:///"))):
        page = window.post("/endpoints", data=GOOD)
        part = window.post("/endpoints", data=GOOD, fragment=True)
        program = admin.post("/endpoints", GOOD)
        ready = window_of(None).get("/readyz")
    for answer in (page, part, program):
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, str(fault.retry_after))
        assert fault.sentence in answer.text
    assert program.json
    assert program.json["code"] == "database_unavailable"
    # Tables of another name do not keep this probe from writing.
    assert ready.status_code == (200 if name == "another version" else 503)
    assert row_counts(ports) == before
    assert window.post("/endpoints", data=GOOD).status_code in (302, 303)


READ_ONLY = {"sqlite": "PRAGMA query_only=ON", "postgresql": "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"}


@pytest.mark.every_database
def test_a_database_that_can_only_be_read_is_read_all_the_same(
    admin: Program, ports: Ports, database: Database
) -> None:
    before = row_counts(ports)
    with connections_with(ports.store.engine, READ_ONLY[database.kind]):
        answer = admin.post("/endpoints", GOOD)
        assert (answer.status_code, faults.READ_ONLY.sentence in answer.text) == (503, True)
        assert admin.get("/endpoints").status_code == 200
    assert row_counts(ports) == before
    assert admin.post("/endpoints", GOOD).status_code == 201


def test_a_disk_without_room_is_told_from_one_that_fails() -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("PRAGMA max_page_count=2")
        with pytest.raises(sqlite3.OperationalError) as raised:
            connection.execute("CREATE TABLE big AS SELECT zeroblob(1000000)")
    assert faults.of(OperationalError("CREATE", {}, raised.value)) == faults.FULL


@pytest.mark.every_database
def test_what_is_wrong_with_a_value_is_no_fault_of_the_database(ports: Ports) -> None:
    twice = text("INSERT INTO alembic_version SELECT 'same' UNION ALL SELECT 'same'")
    with pytest.raises(IntegrityError), ports.store.write() as session:
        session.execute(twice)
