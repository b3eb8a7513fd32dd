"""The two kinds of transaction, on both databases."""

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import psycopg
import pytest
from psycopg.pq import TransactionStatus
from sqlalchemy import create_engine, event, select, text
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.orm.exc import StaleDataError

from app.domain.errors import DatabaseAway
from app.models.assignment import Assignment
from app.models.audit import AuditRow
from app.models.endpoint import Endpoint, Standing
from app.models.store import Store, prepare_engine
from tests.fixtures.databases import Database

AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def endpoint(name: str = "one", **values: object) -> Endpoint:
    return Endpoint(
        slug=name, name=name, name_key=name, platform="openai_compatible", base_url="http://a.example/v1",
        identifier="custom_openai/m", served_name="m", family="other", **values,
    )  # fmt: skip


@pytest.fixture
def stored(store: Store) -> str:
    with store.write() as session:
        row = endpoint()
        session.add(row)
        session.flush()
        return row.id


def test_a_write_is_kept_and_a_failed_one_is_not(store: Store) -> None:
    with store.write() as session:
        session.add(endpoint("kept"))

    def fail() -> None:
        with store.write() as session:
            session.add(endpoint("lost"))
            session.flush()
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with store.read() as session:
        assert session.scalars(select(Endpoint.name)).all() == ["kept"]


def test_what_was_read_stays_readable_and_what_was_changed_in_a_read_is_not_kept(store: Store, stored: str) -> None:
    with store.read() as session:
        row = session.get_one(Endpoint, stored)
        row.name = "changed in a read"
        session.execute(select(Endpoint.id)).all()
    assert row.base_url == "http://a.example/v1"
    with store.read() as session:
        assert session.get_one(Endpoint, stored).name == "one"


def test_a_write_inside_a_read_is_refused_in_its_own_thread_only(store: Store) -> None:
    def write() -> str:
        with store.write():
            return "written"

    with store.read():
        with pytest.raises(RuntimeError, match="inside an open read"):
            write()
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(write).result(timeout=10) == "written"
    assert write() == "written"


def test_no_update_of_many_at_once_is_lost(store: Store, stored: str) -> None:
    def add_one(_number: int) -> None:
        with store.write() as session:
            row = session.get_one(Endpoint, stored, with_for_update=True)
            row.owner = str(int(row.owner or "0") + 1)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add_one, range(80)))
    with store.read() as session:
        row = session.get_one(Endpoint, stored)
        assert (row.owner, row.version) == ("80", 81)


def test_a_change_behind_the_back_of_a_loaded_row_is_refused(store: Store, stored: str) -> None:
    def change() -> None:
        with store.write() as session:
            row = session.get_one(Endpoint, stored)
            session.execute(text("UPDATE endpoint SET version = version + 1"))
            row.owner = "x"

    with pytest.raises(StaleDataError):
        change()


def test_a_reader_is_not_held_up_by_a_writer(store: Store, stored: str) -> None:
    with store.write() as session:
        session.get_one(Endpoint, stored).owner = "not yet"
        session.flush()
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(lambda: _owner(store, stored)).result(timeout=3) == ""


def _owner(store: Store, endpoint_id: str) -> str:
    with store.read() as session:
        return session.get_one(Endpoint, endpoint_id).owner


def test_a_moment_comes_back_in_utc_whatever_zone_it_was_given_in(store: Store) -> None:
    elsewhere = AT.astimezone(timezone(timedelta(hours=5, minutes=30)))
    with store.write() as session:
        session.add(endpoint(probed_at=elsewhere))
    with store.read() as session:
        found = session.scalar(select(Endpoint.probed_at))
    assert found == AT
    assert found
    assert found.tzinfo is not None
    assert found.utcoffset() == timedelta()


def test_a_moment_without_a_zone_is_refused(store: Store) -> None:
    def write() -> None:
        with store.write() as session:
            session.add(endpoint(probed_at=datetime(2026, 11, 22)))

    with pytest.raises(StatementError, match="without a time zone"):
        write()


def test_the_database_itself_refuses_what_the_services_look_for(store: Store, stored: str) -> None:
    for wrong in (endpoint("one"), Standing(endpoint_id="nobody", feature="x", tier="other", rules_version=1)):
        with pytest.raises(IntegrityError), store.write() as session:
            session.add(wrong)
    with store.write() as session:
        session.add(Assignment(feature="duo_chat", state="endpoint", endpoint_id=stored, changed_by="Ada"))
    with pytest.raises(IntegrityError), store.write() as session:
        session.execute(text("DELETE FROM endpoint"))


def test_a_deleted_endpoint_takes_its_standings_along(store: Store, stored: str) -> None:
    with store.write() as session:
        session.add(Standing(endpoint_id=stored, feature="duo_chat", tier="other", rules_version=1))
    with store.write() as session:
        session.delete(session.get_one(Endpoint, stored))
    with store.read() as session:
        assert session.scalars(select(Standing)).all() == []


def test_the_audits_numbers_go_up(store: Store) -> None:
    who = {"object_type": "x", "object_id": "x", "object_name": "x", "person": "p", "person_name": "p", "role": "admin"}
    for number in range(3):
        with store.write() as session:
            session.add(AuditRow(at=AT, action=f"a:{number}", **who))
    with store.read() as session:
        ids = list(session.scalars(select(AuditRow.id).order_by(AuditRow.id)))
    assert ids == sorted(set(ids))


@pytest.mark.one_database
class TestPostgresql:
    """What PostgreSQL alone needs."""

    @pytest.fixture
    def database_kind(self) -> str:
        return "postgresql"

    @pytest.fixture
    def postgresql(self, database: Database) -> Iterator[Store]:
        engine = create_engine(database.url.replace("postgresql://", "postgresql+psycopg://"))
        prepare_engine(engine)
        yield Store(engine)
        engine.dispose()

    def test_a_read_begins_no_transaction_unless_its_rows_come_piece_by_piece(self, postgresql: Store) -> None:
        for piecemeal in (False, True, False):
            with postgresql.read(piecemeal=piecemeal) as session:
                numbers = text("SELECT generate_series(1, 9)")
                rows = session.execute(numbers.execution_options(yield_per=2) if piecemeal else numbers)
                assert [row[0] for row in rows] == list(range(1, 10))
                driver = session.connection().connection.dbapi_connection
                assert driver
                assert (driver.info.transaction_status == TransactionStatus.INTRANS) is piecemeal
        with postgresql.write() as session:
            session.add(endpoint("kept"))
            session.flush()
            session.rollback()
        with postgresql.read() as session:
            assert session.scalars(select(Endpoint.name)).all() == []

    def test_a_connection_that_ended_while_it_rested_is_replaced_unseen(
        self, postgresql: Store, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def end_all() -> None:
            with psycopg.connect(database.url, autocommit=True) as other:
                other.execute(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )

        def read() -> int | None:
            with postgresql.read() as session:
                return session.scalar(text("SELECT 1"))

        assert read() == 1
        end_all()
        # It was used a moment ago: told as what it is, and once.
        with pytest.raises(DatabaseAway):
            read()
        assert read() == 1
        end_all()
        monkeypatch.setattr("app.models.store.RESTED_SECONDS", 0.0)
        assert read() == 1


class TestSqlite:
    """What SQLite alone needs."""

    @pytest.fixture
    def sqlite(self, tmp_path: Path) -> Iterator[Store]:
        engine = create_engine(f"sqlite:///{tmp_path / 'own.db'}", pool_size=20)
        prepare_engine(engine)
        store = Store(engine)
        with store.write() as session:
            session.execute(text("CREATE TABLE number (value INTEGER)"))
        yield store
        engine.dispose()

    def test_every_connection_is_set_up_for_safety(self, sqlite: Store) -> None:
        def pragmas() -> dict[str, object]:
            names = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "trusted_schema")
            with sqlite.read() as session:
                return {name: session.execute(text(f"PRAGMA {name}")).scalar() for name in names}

        expected = {
            "journal_mode": "wal",
            "synchronous": 2,
            "foreign_keys": 1,
            "busy_timeout": 5000,
            "trusted_schema": 0,
        }
        with ThreadPoolExecutor(3) as pool:
            assert [each.result() for each in [pool.submit(pragmas) for _ in range(3)]] == [expected] * 3

    def test_a_write_owns_the_lock_from_its_first_word(self, sqlite: Store) -> None:
        begun: list[str] = []
        event.listen(sqlite.engine, "before_cursor_execute", lambda *words: begun.append(words[2]))
        with sqlite.read() as session:
            session.execute(text("SELECT 1"))
        with sqlite.write() as session:
            session.execute(text("SELECT 1"))
        assert [words for words in begun if words.startswith("BEGIN")] == ["BEGIN", "BEGIN IMMEDIATE"]

    def test_writers_of_one_process_wait_for_each_other_without_a_limit(self, sqlite: Store) -> None:
        entered, go = threading.Event(), threading.Event()

        def hold() -> None:
            with sqlite.write():
                entered.set()
                assert go.wait(5)

        def add() -> None:
            with sqlite.write() as session:
                session.execute(text("INSERT INTO number VALUES (1)"))

        with ThreadPoolExecutor(2) as pool:
            holder = pool.submit(hold)
            assert entered.wait(5)
            waiting = pool.submit(add)
            assert not waiting.done()
            go.set()
            holder.result(5)
            waiting.result(5)

    def test_another_process_that_writes_for_long_is_an_error_and_no_wrong_answer(
        self, sqlite: Store, tmp_path: Path
    ) -> None:
        event.listen(sqlite.engine, "checkout", lambda raw, *_rest: raw.execute("PRAGMA busy_timeout=50"))
        other = sqlite3.connect(tmp_path / "own.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseAway, match="locked"), sqlite.write() as session:
            session.execute(text("SELECT 1"))
        other.close()


def test_only_one_kind_of_database_is_prepared(database: Database) -> None:
    engine = create_engine(database.url.replace("postgresql://", "postgresql+psycopg://"))
    prepare_engine(engine)
    assert Store(engine).is_sqlite is (database.kind == "sqlite")
    with Store(engine).write() as session:
        assert session.execute(text("SELECT 1")).scalar() == 1
    engine.dispose()
