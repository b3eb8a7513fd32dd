"""`migrate`: from nothing, from an older revision with a copy kept, and not at all from another version's."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from app.cli import migrate
from app.cli.parser import main
from app.cli.settings import read_settings
from app.models.schema import REVISION


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
    assert json.loads(capsys.readouterr().out) == {"from": None, "to": REVISION, "backup": None}
    assert migrate.is_current(read_settings())


def test_a_current_database_is_left_alone(data_dir: Path, capsys: pytest.CaptureFixture[str]):
    main(["migrate"])
    assert main(["migrate"]) == 0
    assert f"at revision {REVISION} already" in capsys.readouterr().err
    assert not (data_dir / "backups").exists()


def test_another_versions_database_is_copied_and_refused(data_dir: Path, capsys: pytest.CaptureFixture[str]):
    main(["migrate"])
    set_revision(data_dir, "9999")
    assert main(["migrate"]) == 2
    assert "not migrated: Can't locate revision" in capsys.readouterr().err
    (copy,) = (data_dir / "backups").iterdir()
    assert copy.name.startswith("modelport-9999-")
    assert copy.stat().st_mode & 0o777 == 0o600


def test_the_copy_holds_what_is_still_in_the_log(data_dir: Path):
    main(["migrate"])
    with closing(sqlite3.connect(data_dir / "modelport.db")) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE late AS SELECT 'kept' AS word")
        connection.commit()
        copy = migrate._back_up(read_settings(), REVISION)
        assert copy is not None
        with closing(sqlite3.connect(copy)) as copied:
            assert copied.execute("SELECT word FROM late").fetchall() == [("kept",)]
