"""`backup` and `restore`: what was there comes back, and whatever does not fit leaves the database as it is."""

import json
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from app.cli.parser import main
from app.domain.audit_chain import read_head
from app.domain.roles import Actor
from app.lib import holds
from app.models.schema import REVISION
from app.services import audit_verify, probes, sessions
from app.services.ports import Ports
from app.services.sessions import SignedIn, Visitor
from app.version import version
from tests.fakes.full_disk import full_disk
from tests.fakes.probe import KEY
from tests.fixtures.bare import ports
from tests.fixtures.commands import Said
from tests.fixtures.databases import Database
from tests.fixtures.pages import row_counts
from tests.fixtures.stock import add_endpoint, assign, audit_rows

__all__ = ["ports"]
OWN_KEY = "a key of the tests that is long enough"
Command = Callable[..., Said]


@pytest.fixture
def command(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Command:
    """Commands on this test's database."""
    monkeypatch.setenv("MODELPORT_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("MODELPORT_DATABASE_URL", database.url if database.kind == "postgresql" else "")
    monkeypatch.setattr("os.umask", lambda _: 0)
    monkeypatch.setattr("app.lib.logs.configure", lambda *_: None)

    def run(*arguments: str) -> Said:
        capsys.readouterr()
        return Said(main(list(arguments)), *capsys.readouterr())

    return run


@pytest.fixture
def seeded(ports: Ports, ada: Actor) -> Ports:
    """Some rows in most tables, secrets and a session among them."""
    for number in range(3):
        endpoint_id = add_endpoint(ports, ada, f"endpoint {number} ü \\N", api_key=KEY)
        assign(ports, ada, list(ports.facts.features)[number], endpoint_id)
        probes.start_saved(ports, ada, [endpoint_id])
    with ports.store.write() as session:
        # What a text form of rows has to escape.
        session.execute(text("UPDATE endpoint SET created_by = :odd"), {"odd": "a\tb\nc\\d\\.\r"})
    sessions.begin(ports, SignedIn(ada.issuer, ada.subject, ada.name, ada.role), Visitor())
    return ports


@pytest.fixture
def archive(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A backup of it, in a file; this installation has the key."""
    monkeypatch.setenv("MODELPORT_SECRET_KEYS", OWN_KEY)
    path = tmp_path / "saved.zip"
    request.getfixturevalue("seeded")
    command: Command = request.getfixturevalue("command")
    assert command("backup", str(path)).code == 0
    return path


def everything(ports: Ports) -> dict[str, list[str]]:
    """Every row of every table that outlives a restore."""
    with ports.store.read() as session:
        return {
            name: sorted(map(str, session.execute(text(f'SELECT * FROM "{name}"'))))  # noqa: S608
            for name in row_counts(ports)
        }


def manifest(path: Path) -> dict[str, Any]:
    with zipfile.ZipFile(path) as file:
        found: dict[str, Any] = json.loads(file.read("manifest.json"))
    return found


@pytest.mark.every_database
def test_what_was_there_comes_back(seeded: Ports, ada: Actor, archive: Path, command: Command) -> None:
    before = everything(seeded)
    add_endpoint(seeded, ada, "added later", api_key=KEY)
    seeded.store.engine.dispose()

    said = command("restore", str(archive), "--yes", "--json")

    assert said.code == 0, said.err
    told = json.loads(said.out)
    assert (told["from"], told["to"], told["sessions_ended"], told["unreadable"]) == (REVISION, REVISION, 1, [])
    after = everything(seeded)
    for table in ("audit_row", "audit_head"):
        assert after.pop(table) != before.pop(table)
    assert after == before
    (said_of_it,) = audit_rows(seeded.store, "database:restore")
    assert said_of_it.person.startswith("command line ")
    head = "{seq}:{hash}".format(**manifest(archive)["audit_head"])
    assert said_of_it.changes == {
        "backup": [None, "saved.zip"],
        "made": [None, manifest(archive)["created_at"]],
        "version": [None, version()],
        "revision": [None, REVISION],
        "head": [None, head],
    }
    assert audit_verify.verify(seeded, read_head(head)).holds
    with seeded.store.read() as session:
        assert session.execute(text("SELECT count(*) FROM sign_in_session")).scalar() == 0
    # The one that was replaced is there, with what came later.
    assert later_names(told["kept"], seeded) == ["added later"]
    # Numbers go on behind those that came back.
    add_endpoint(seeded, ada, "added after", api_key=KEY)


def later_names(kept: str, ports: Ports) -> list[str]:
    asked = "SELECT name FROM {} WHERE name LIKE 'added%'"
    if schema_name := kept.removeprefix("schema ") if kept.startswith("schema ") else "":
        with ports.store.read() as session:
            return list(session.scalars(text(asked.format(f"{schema_name}.endpoint"))))
    with closing(sqlite3.connect(kept)) as connection:
        return [row[0] for row in connection.execute(asked.format("endpoint"))]


@pytest.mark.every_database
def test_a_backup_says_what_is_in_it_and_holds_no_key(seeded: Ports, archive: Path, database: Database) -> None:
    told = manifest(archive)
    assert (told["format"], told["database"], told["revision"]) == (1, database.kind, REVISION)
    assert told["key_ids"] == [seeded.sealer.key_id]
    assert told["rows"]["endpoint"] == 3
    assert archive.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(archive) as file:
        whole = b"".join(file.read(name) for name in file.namelist())
    for secret in (KEY, OWN_KEY):
        assert secret.encode() not in whole


@pytest.mark.every_database
def test_a_backup_of_a_moment_is_consistent_while_others_write(
    seeded: Ports, ada: Actor, command: Command, tmp_path: Path
) -> None:
    """An endpoint and its audit row come in one transaction: a copy has both or neither."""
    from threading import Event, Thread

    begun, stop = Event(), Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            add_endpoint(seeded, ada, f"busy {number}")
            begun.set()

    writer = Thread(target=write)
    writer.start()
    try:
        assert begun.wait(60)
        for number in range(3):
            assert command("backup", str(tmp_path / f"{number}.zip")).code == 0
    finally:
        stop.set()
        writer.join()
    for number in range(3):
        rows = manifest(tmp_path / f"{number}.zip")["rows"]
        created = rows["audit_row"] - 3  # one for each assignment of the seed
        assert created == rows["endpoint"] > 3


@pytest.mark.every_database
def test_while_a_portal_serves_nothing_is_restored(
    seeded: Ports, archive: Path, command: Command, database: Database, tmp_path: Path
) -> None:
    with ExitStack() as served:
        if database.kind == "sqlite":
            served.enter_context(holds.shared(tmp_path / "modelport.db.lock"))
        else:
            served.enter_context(seeded.store.read()).execute(text("SELECT 1"))
        before = row_counts(seeded)
        said = command("restore", str(archive), "--yes")
        assert said.code == 2
        assert "stop what serves it" in said.err
        assert row_counts(seeded) == before


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def flip(path: Path) -> None:
    """Change one byte in the middle of the biggest member."""
    with zipfile.ZipFile(path) as file:
        biggest = max(file.infolist(), key=lambda each: each.compress_size)
    whole = bytearray(path.read_bytes())
    whole[biggest.header_offset + biggest.compress_size // 2 + 100] ^= 0xFF
    path.write_bytes(whole)


def rewrite(path: Path, change: Callable[[dict[str, Any], dict[str, bytes]], None]) -> None:
    """Write the archive anew with changed members and manifest."""
    with zipfile.ZipFile(path) as file:
        members = {name: file.read(name) for name in file.namelist()}
    told = json.loads(members.pop("manifest.json"))
    change(told, members)
    with zipfile.ZipFile(path, "w") as file:
        for name, content in {**members, "manifest.json": json.dumps(told).encode()}.items():
            file.writestr(name, content)


def another_database(told: dict[str, Any], members: dict[str, bytes]) -> None:
    """A member that is a whole database, only not the one that was saved."""
    import hashlib
    import tempfile

    with tempfile.NamedTemporaryFile() as file, closing(sqlite3.connect(file.name)) as connection:
        connection.execute("CREATE TABLE foreign_things (id INTEGER)")
        connection.commit()
        members["modelport.db"] = Path(file.name).read_bytes()
    told["members"]["modelport.db"]["sha256"] = hashlib.sha256(members["modelport.db"]).hexdigest()


BAD: dict[str, tuple[Callable[[Path], None], str]] = {
    "cut short": (cut, "is cut short"),
    "a changed byte": (flip, "is damaged"),
    "no archive": (lambda path: path.write_bytes(b"SQLite format 3\0" * 99) and None, "is no backup of Modelport"),
    "empty": (lambda path: path.write_bytes(b"") and None, "is no backup of Modelport"),
    "another's archive": (lambda path: rewrite(path, lambda told, _: told.clear()), "is no backup of Modelport"),
    "a member too many": (lambda path: rewrite(path, lambda _, all: all.update({"../x": b""})), "manifest names"),
    "another format": (lambda path: rewrite(path, lambda told, _: told.update(format=2)), "has format 2"),
    "of a newer one": (lambda path: rewrite(path, lambda told, _: told.update(revision="9999")), "newer Modelport"),
    "of PostgreSQL": (lambda path: rewrite(path, lambda told, _: told.update(database="postgresql")), "PostgreSQL"),
    "another database": (lambda path: rewrite(path, another_database), "damaged inside"),
    "without a key": (lambda path: rewrite(path, lambda told, _: told.update(key_ids=["0badf00d"])), "0badf00d"),
    "not there": (lambda path: path.unlink(), "No such file"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_cannot_be_restored_is_said_and_leaves_the_database_alone(
    seeded: Ports, archive: Path, command: Command, tmp_path: Path, name: str
) -> None:
    spoil, words = BAD[name]
    spoil(archive)
    before = everything(seeded)
    said = command("restore", str(archive), "--yes")
    assert said.code == 2
    assert words in said.err
    assert "was not touched" in said.err
    assert everything(seeded) == before
    assert sorted(each.name for each in tmp_path.iterdir() if "restore" in each.name) == []


def test_another_ring_of_keys_is_refused_and_can_be_waived(
    seeded: Ports, archive: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODELPORT_SECRET_KEYS", "quite another key, just as long as it has to be")
    said = command("restore", str(archive), "--yes")
    assert (said.code, seeded.sealer.key_id in said.err) == (2, True)
    assert command("restore", str(archive), "--yes", "--without-keys").code == 0


@pytest.mark.usefixtures("archive")
def test_a_secret_that_was_moved_to_another_row_is_named(seeded: Ports, command: Command, tmp_path: Path) -> None:
    with seeded.store.write() as session:
        session.execute(text("UPDATE endpoint SET api_key = (SELECT min(api_key) FROM endpoint)"))
    assert command("backup", str(tmp_path / "moved.zip")).code == 0
    told = json.loads(command("restore", str(tmp_path / "moved.zip"), "--yes", "--json").out)
    assert len(told["unreadable"]) == 2


def test_nobody_to_ask_is_said(archive: Path, command: Command) -> None:
    said = command("restore", str(archive))
    assert (said.code, "say --yes" in said.err) == (2, True)


def test_a_file_that_is_there_is_never_written_over(archive: Path, command: Command) -> None:
    before = archive.read_bytes()
    said = command("backup", str(archive))
    assert (said.code, "exists already" in said.err) == (2, True)
    assert archive.read_bytes() == before


@pytest.mark.every_database
@pytest.mark.usefixtures("seeded")
def test_a_disk_that_is_full_leaves_nothing_behind(command: Command, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    with full_disk(8 << 10):
        said = command("backup", "--to", str(small))
        assert said.code == 2
        assert "Nothing was left behind" in said.err
        assert list(small.iterdir()) == []
