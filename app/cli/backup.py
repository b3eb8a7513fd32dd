"""`backup`: the whole database in one file, while it is served."""

import argparse
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from app.cli.console import OK, Refused, answer, keep_private, say
from app.cli.schema import revision_of
from app.cli.uses import using
from app.version import version

if TYPE_CHECKING:
    from app.config import Settings
    from app.services.backups import Manifest

NOTHING_LEFT = "Nothing was left behind."


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    where = parser.add_mutually_exclusive_group()
    where.add_argument("file", nargs="?", metavar="FILE", help="the file to write (default: in DATA_DIR/backups)")
    where.add_argument("--to", metavar="DIR", help="a folder to write it to, under a name with revision and time")


def execute(arguments: argparse.Namespace) -> int:
    """Write the backup and say what is in it."""
    from app.cli.settings import writable_settings

    keep_private()
    settings = writable_settings()
    folder = Path(arguments.to) if arguments.to else None
    with using(settings):
        path, made = back_up(settings, Path(arguments.file) if arguments.file else None, folder)
    size, rows = path.stat().st_size, sum(made.rows.values())
    if arguments.json:
        told = {"file": path, "bytes": size, "rows": rows, "revision": made.revision, "database": made.database}
        answer(told | {"key_ids": made.key_ids, "audit_head": made.audit_head})
        return OK
    say(f"Wrote {path}: {rows} rows at revision {made.revision}, {size} bytes.")
    if made.key_ids:
        say(f"Its secrets need the keys {', '.join(made.key_ids)} of MODELPORT_SECRET_KEYS, which are not in it.")
    return OK


def back_up(settings: "Settings", path: Path | None = None, folder: Path | None = None) -> tuple[Path, "Manifest"]:
    """Write a backup to this file, or under a name of its own into this folder or DATA_DIR/backups.

    Raises Refused with a sentence; nothing is left behind then.
    """
    import psycopg

    from app.services import backups

    revision = revision_of(settings)
    if revision is None:
        raise Refused("There is no database yet, so there is nothing to back up: run ./portal migrate.")
    now = datetime.now(UTC)
    place = path or _named(folder or _own_folder(settings), revision, now)
    try:
        return place, backups.make(settings.database, place, version(), now)
    except FileExistsError as error:
        raise Refused(f"{place} exists already: name another file.") from error
    except OSError as error:
        raise Refused(f"{place} cannot be written: {error.strerror or error}. {NOTHING_LEFT}") from error
    except sqlite3.DatabaseError as error:
        raise Refused(f"No backup was made: SQLite says “{error}”. {NOTHING_LEFT}") from error
    except psycopg.Error as error:
        raise Refused(f"No backup was made: the database says “{_first_line(error)}”. {NOTHING_LEFT}") from error


def _own_folder(settings: "Settings") -> Path:
    folder = settings.data_dir / "backups"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise Refused(f"{folder} cannot be made: {error.strerror}.") from error
    return folder


def _named(folder: Path, revision: str, now: datetime) -> Path:
    """A name that is free in a folder."""
    if not folder.is_dir():
        raise Refused(f"{folder} is no folder.")
    stem = f"modelport-{revision}-{now:%Y%m%dT%H%M%SZ}"
    path, number = folder / f"{stem}.zip", 1
    while path.exists():
        number += 1
        path = folder / f"{stem}-{number}.zip"
    return path


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
