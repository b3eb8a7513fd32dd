"""`migrate`: the database to this version, all or nothing, with a copy of the old one beside it."""

import argparse
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, cast

from app.cli.console import OK, ROOT, WRONG, Refused, answer, keep_private, say

if TYPE_CHECKING:
    from alembic.config import Config

    from app.config import Settings

SQLITE = "sqlite:///"


def configure(_: argparse.ArgumentParser) -> None:
    """Take no arguments: settings say which database."""


def execute(arguments: argparse.Namespace) -> int:
    """Migrate, and say from where to where and where the copy is."""
    from app.cli.settings import writable_settings

    keep_private()
    settings = writable_settings()
    before = _revision(settings)
    saved = _back_up(settings, before) if before and not is_current(settings) else None
    _upgrade(settings)
    after = _revision(settings)
    if arguments.json:
        answer({"from": before, "to": after, "backup": saved})
    elif before == after:
        say(f"The database is at revision {after} already.")
    else:
        say(f"The database went from {before or 'empty'} to revision {after}.")
    return OK if after else WRONG


def is_current(settings: "Settings") -> bool:
    """Whether the database is known to need nothing; looked up without SQLAlchemy, and so for SQLite alone."""
    from app.models.schema import REVISION

    return settings.database.startswith(SQLITE) and _sqlite_revision(settings.database) == REVISION


def bring_up_to_date(settings: "Settings") -> None:
    """Migrate where needed, in a process of its own: the server must not import what gevent patches later."""
    if is_current(settings):
        return
    done = subprocess.run([sys.executable, "-P", "-m", "app.cli", "migrate"], check=False)
    if done.returncode:
        raise Refused("The database could not be brought to this version, see above; nothing was changed.")


def _sqlite_revision(url: str) -> str | None:
    path = Path(url.removeprefix(SQLITE))
    if not path.exists():
        return None
    with closing(sqlite3.connect(path)) as connection:
        try:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        except sqlite3.DatabaseError:
            return None
    return str(row[0]) if row else None


def _revision(settings: "Settings") -> str | None:
    """The revision that the database is at; None when it holds nothing of ours."""
    if settings.database.startswith(SQLITE):
        return _sqlite_revision(settings.database)
    from alembic.migration import MigrationContext
    from sqlalchemy import create_engine
    from sqlalchemy.exc import SQLAlchemyError

    engine = create_engine(settings.database)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    except SQLAlchemyError as error:
        raise Refused(f"MODELPORT_DATABASE_URL: the database does not answer ({type(error).__name__}).") from error
    finally:
        engine.dispose()


def _back_up(settings: "Settings", revision: str) -> Path | None:
    """Copy the SQLite database as it is, changes in its log included; returns the copy's path."""
    if not settings.database.startswith(SQLITE):
        say("PostgreSQL is migrated in one transaction; a backup of it (pg_dump) is yours to keep.")
        return None
    folder = settings.data_dir / "backups"
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / f"modelport-{revision}-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.db"
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    source = sqlite3.connect(settings.database.removeprefix(SQLITE))
    with closing(source), closing(sqlite3.connect(path)) as copy:
        source.backup(copy)
    say(f"The database as it was: {path}")
    return path


def _upgrade(settings: "Settings") -> None:
    """Let Alembic do it; Flask-Migrate's own command would log an error and leave the process."""
    from alembic import command
    from alembic.util import CommandError
    from flask import Flask
    from flask_migrate import Migrate

    from app.models.base import db

    app = Flask("migrations")
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.database
    db.init_app(app)
    migrations = Migrate(app, db, directory=str(ROOT / "migrations"))
    with app.app_context():
        # Its stubs do not say that Flask-Migrate's Config is one of Alembic's.
        config = cast("Config", migrations.get_config())
        try:
            command.upgrade(config, "head")
        except (CommandError, RuntimeError) as error:
            raise Refused(f"The database was not migrated: {error}.") from error
