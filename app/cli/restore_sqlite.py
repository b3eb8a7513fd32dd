"""Restoring SQLite: the backup is unpacked beside the database, migrated, and only then takes its place."""

import sqlite3
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.cli.console import Refused
from app.cli.schema import SQLITE, move_up, sqlite_revision
from app.cli.uses import using_alone
from app.models.dumps import contents, sqlite
from app.services import backups
from app.services.backups import BadBackup, Manifest
from app.services.sealed_columns import IN_BACKUPS

if TYPE_CHECKING:
    from app.cli.restore import Staging
    from app.config import Settings
    from app.lib.archive import Reader
    from app.lib.sealed import Sealer


def restore(
    settings: "Settings", reader: "Reader", manifest: Manifest, staging: "Staging", stamp: str
) -> dict[str, Any]:
    """Restore while nobody uses the database; see `restore.execute` for the values. Raises Refused and BadBackup."""
    path = backups.sqlite_path(settings.database)
    kept = path.with_name(f"{path.stem}-before-restore-{stamp}{path.suffix}")
    with using_alone(settings), tempfile.TemporaryDirectory(prefix=".restore-", dir=path.parent) as folder:
        staged = Path(folder) / backups.MEMBER
        with staged.open("wb") as file:
            for chunk in reader.chunks(backups.MEMBER):
                file.write(chunk)
        if faults := backups.sound(staged, manifest):
            raise BadBackup(f"is damaged inside: {'; '.join(faults)}")
        told = _made_ready(staged, staging.sealer)
        staging.note(f"{SQLITE}{staged.absolute()}", manifest)
        was_there = path.exists()
        sqlite.replace(path, staged, kept)
    return told | {"to": sqlite_revision(path), "kept": str(kept) if was_there else None}


def _made_ready(staged: Path, sealer: "Sealer") -> dict[str, Any]:
    """Bring it to this version and end its sessions, before it takes any place."""
    move_up(f"{SQLITE}{staged.absolute()}")
    try:
        with sqlite.changing(staged) as connection:
            present = sqlite.columns(connection)
            ended = contents.end_sessions(connection, present)
            unreadable = backups.unreadable(contents.sealed_values(connection, IN_BACKUPS, present), sealer)
    except sqlite3.DatabaseError as error:
        raise Refused(f"The backup could not be made ready: SQLite says “{error}”.") from error
    return {"sessions_ended": ended, "unreadable": unreadable}
