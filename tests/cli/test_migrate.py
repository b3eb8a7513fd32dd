"""`migrate`: from nothing, from an older revision with a copy kept, and not at all from another version's."""

import json
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from app.cli import migrate
from app.cli.parser import main
from app.cli.schema import move_up
from app.cli.settings import read_settings
from app.models.schema import REVISION
from app.version import version


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MODELPORT_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setattr("os.umask", lambda _: 0)
    return tmp_path / "var"


def set_revision(data_dir: Path, revision: str) -> None:
    with closing(sqlite3.connect(data_dir / "modelport.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", [revision])


@pytest.mark.usefixtures("data_dir")
def test_an_empty_database_gets_all_tables(capsys: pytest.CaptureFixture[str]):
    assert main(["migrate", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "from": None, "to": REVISION, "backup": None, "earlier_version": None, "way_back": [],
    }  # fmt: skip
    assert migrate.is_current(read_settings())


def test_a_current_database_is_left_alone(data_dir: Path, capsys: pytest.CaptureFixture[str]):
    main(["migrate"])
    assert main(["migrate"]) == 0
    assert f"at revision {REVISION} already" in capsys.readouterr().err
    assert not (data_dir / "backups").exists()


def test_a_newer_database_is_left_alone(data_dir: Path, capsys: pytest.CaptureFixture[str]):
    main(["migrate"])
    set_revision(data_dir, "9999")
    for command in ("migrate", "upgrade"):
        assert main([command]) == 2
        assert "at revision 9999, which this version does not know" in capsys.readouterr().err
    assert not (data_dir / "backups").exists()
    assert main(["migrate", "--check", "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == {"revision": "9999", "needed": REVISION, "newer": True}


def test_a_newer_database_is_not_served(data_dir: Path, monkeypatch: pytest.MonkeyPatch):
    main(["migrate"])
    monkeypatch.setattr("app.cli.settings.production_settings", read_settings)
    monkeypatch.setattr("app.cli.serving.Server.run", lambda _: None)
    assert main(["serve"]) == 0
    set_revision(data_dir, "9999")
    assert main(["serve"]) == 2


def test_an_older_database_is_migrated_after_a_backup_that_leads_back(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv("MODELPORT_SECRET_KEYS", "a key of the tests that is long enough")
    data_dir.mkdir()
    move_up(f"sqlite:///{data_dir / 'modelport.db'}", "0004")
    (data_dir / "version.json").write_text('{"version": "0.0.9", "revision": "0004"}')
    assert main(["upgrade", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["from"], told["to"], told["earlier_version"]) == ("0004", REVISION, "0.0.9")
    (copy,) = (data_dir / "backups").iterdir()
    assert told["backup"] == str(copy)
    assert copy.stat().st_mode & 0o777 == 0o600
    assert "take version 0.0.9 again" in told["way_back"][0]
    assert told["way_back"][1].strip() == f"./portal restore {copy}"

    ((person, changes),) = audited(data_dir, "database:migrate")
    assert person.startswith("command line ")
    assert changes == {"revision": ["0004", REVISION], "version": [None, version()]}

    # An older backup is brought up to this version as it is restored.
    assert main(["restore", str(copy), "--yes", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["from"], told["to"]) == ("0004", REVISION)
    assert [changes["backup"][1] for _, changes in audited(data_dir, "database:restore")] == [copy.name]


def test_without_the_keys_of_the_portal_nothing_is_written_into_its_audit_log(
    data_dir: Path, capsys: pytest.CaptureFixture[str]
):
    data_dir.mkdir()
    move_up(f"sqlite:///{data_dir / 'modelport.db'}", "0008")
    assert main(["migrate"]) == 0
    assert "MODELPORT_SECRET_KEYS is not set" in capsys.readouterr().err
    assert (audited(data_dir, "%"), (data_dir / "secret_key").exists()) == ([], False)


def audited(data_dir: Path, action: str) -> list[tuple[str, dict[str, list[Any]]]]:
    """Who did it and what was noted."""
    asked = "SELECT person, changes FROM audit_row WHERE action LIKE ?"
    with closing(sqlite3.connect(data_dir / "modelport.db")) as connection:
        return [(person, json.loads(changes)) for person, changes in connection.execute(asked, [action])]


def test_the_backup_holds_what_is_still_in_the_log(data_dir: Path, tmp_path: Path):
    main(["migrate"])
    with closing(sqlite3.connect(data_dir / "modelport.db")) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE late AS SELECT 'kept' AS word")
        connection.commit()
        assert main(["backup", str(tmp_path / "late.zip")]) == 0
    with zipfile.ZipFile(tmp_path / "late.zip") as file:
        file.extract("modelport.db", tmp_path)
    with closing(sqlite3.connect(tmp_path / "modelport.db")) as copied:
        assert copied.execute("SELECT word FROM late").fetchall() == [("kept",)]


@pytest.mark.parametrize(("spoil", "says"), [("damaged", "not a database"), ("locked", "is locked")])
def test_a_database_that_cannot_be_migrated_is_said(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], spoil: str, says: str
):
    data_dir.mkdir()
    path = data_dir / "modelport.db"
    move_up(f"sqlite:///{path}", "0004")
    # Nobody waits half a minute for a test.
    monkeypatch.setattr("app.models.dumps.sqlite.PATIENCE", 0.1)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        if spoil == "locked":
            other.execute("BEGIN EXCLUSIVE")
        else:
            path.write_bytes(b"no database at all" * 99)
        assert main(["migrate"]) == 2
    assert says in capsys.readouterr().err
    assert not list(data_dir.glob("backups/*"))
