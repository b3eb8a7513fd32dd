"""Which revision a database is at, which ones this version knows, and moving up; what is heavy is imported late."""

import re
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING, cast

from app.cli.console import ROOT, Refused

if TYPE_CHECKING:
    from alembic.config import Config

    from app.config import Settings

SQLITE = "sqlite:///"
_REVISION = re.compile(r'^revision(?:\s*:[^=]+)?\s*=\s*"([^"]+)"', re.MULTILINE)
NEWER = (
    "The database is at revision {found}, which this version does not know: a newer Modelport has migrated it. "
    "Take that version again, or restore a backup that this version can read: ./portal restore FILE."
)


def known() -> set[str]:
    """The revisions that this version can bring up to date."""
    files = (ROOT / "migrations" / "versions").glob("*.py")
    return {found for each in files for found in _REVISION.findall(each.read_text(encoding="utf-8"))}


def revision_of(settings: "Settings") -> str | None:
    """The revision that the database is at; None when it holds nothing of ours. Raises Refused where it is away."""
    if settings.database.startswith(SQLITE):
        return sqlite_revision(Path(settings.database.removeprefix(SQLITE)))
    import psycopg

    from app.models.dumps import contents, postgresql

    try:
        with postgresql.connected(settings.database) as connection:
            return contents.revision(connection) or None
    except psycopg.errors.UndefinedTable:
        return None
    except psycopg.Error as error:
        raise Refused(f"MODELPORT_DATABASE_URL: the database does not answer ({type(error).__name__}).") from error


def sqlite_revision(path: Path) -> str | None:
    """The same for a file, without SQLAlchemy. Raises Refused for one that is locked, damaged or no database."""
    from app.models.dumps import contents, sqlite

    if not path.exists():
        return None
    try:
        with sqlite.reading(path) as connection:
            return contents.revision(connection) or None
    except sqlite3.DatabaseError as error:
        if "no such table" in str(error):
            return None
        raise Refused(f"The database {path} cannot be read: {error}.") from error


def is_newer(revision: str | None) -> bool:
    """Whether only a newer version knows this revision."""
    return revision is not None and revision not in known()


def refuse_newer(revision: str | None) -> None:
    """Raise Refused for a database that only a newer version knows."""
    if is_newer(revision):
        raise Refused(NEWER.format(found=revision))


def move_up(database: str, revision: str = "head") -> None:
    """Let Alembic do it, all or nothing; Flask-Migrate's own command would log an error and leave the process.

    Raises Refused.
    """
    from alembic import command
    from alembic.util import CommandError
    from flask import Flask
    from flask_migrate import Migrate
    from sqlalchemy.exc import SQLAlchemyError

    from app.models.base import db

    app = Flask("migrations")
    app.config["SQLALCHEMY_DATABASE_URI"] = database
    db.init_app(app)
    migrations = Migrate(app, db, directory=str(ROOT / "migrations"))
    with app.app_context():
        # Its stubs do not say that Flask-Migrate's Config is one of Alembic's.
        config = cast("Config", migrations.get_config())
        try:
            command.upgrade(config, revision)
        except (CommandError, RuntimeError) as error:
            raise Refused(f"The database was not migrated: {error}.") from error
        except SQLAlchemyError as error:
            told = str(getattr(error, "orig", None) or type(error).__name__).strip().splitlines()[0]
            raise Refused(f"The database was not migrated, it is as it was: {told}.") from error
