"""`restore`: the database as a backup has it, in place of the one that is there, which is kept."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from app.cli.console import OK, Refused, answer, keep_private, say

if TYPE_CHECKING:
    from app.config import Settings
    from app.lib.archive import Reader
    from app.lib.sealed import Sealer
    from app.services.backups import Manifest

NOT_TOUCHED = "The database was not touched."
KINDS = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("file", metavar="FILE", help="what ./portal backup wrote")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument(
        "--without-keys", action="store_true", help="restore although secrets cannot be opened; they are typed again"
    )


def execute(arguments: argparse.Namespace) -> int:
    """Look the backup over, put it in place, say where the old database is and what people have to do."""
    from app.cli.settings import own_settings, writable_settings

    keep_private()
    # The folder first, since a key of this installation's own is kept in it.
    writable_settings()
    settings = own_settings()
    path = Path(arguments.file)
    with _readable(path) as (reader, manifest):
        sealer = _sealer(settings)
        _look_over(settings, path, manifest, sealer, without_keys=arguments.without_keys)
        _ask(path, manifest, yes=arguments.yes)
        done = _put_in_place(settings, reader, manifest, Staging(sealer, path.name))
    told = {"file": path, "from": manifest.revision, **done}
    if arguments.json:
        answer(told)
    else:
        _say(path, manifest, done)
    return OK


@contextmanager
def _readable(path: Path) -> "Iterator[tuple[Reader, Manifest]]":
    """A backup that is whole; whatever it turns out to be, the database is not touched. Raises Refused."""
    from app.lib import archive
    from app.services import backups

    try:
        with archive.opened(path) as reader:
            yield reader, backups.verified(reader)
    except (archive.BadArchive, backups.BadBackup) as error:
        raise Refused(f"{path} {error}. {NOT_TOUCHED}") from error
    except OSError as error:
        raise Refused(f"{error.filename or path}: {error.strerror or error}. {NOT_TOUCHED}") from error


def _sealer(settings: "Settings") -> "Sealer":
    from app.lib.sealed import Sealer

    return Sealer([key.get_secret_value() for key in settings.secret_keys])


def _look_over(settings: "Settings", path: Path, manifest: "Manifest", sealer: "Sealer", *, without_keys: bool) -> None:
    """Refuse what does not fit this installation."""
    from app.cli.schema import is_newer
    from app.services import backups

    own = backups.kind_of(settings.database)
    if manifest.database != own:
        raise Refused(
            f"{path} is of {KINDS.get(manifest.database, 'another database')}, MODELPORT_DATABASE_URL means "
            f"{KINDS[own]}: a backup goes back to the kind it came from. {NOT_TOUCHED}"
        )
    if is_newer(manifest.revision):
        raise Refused(
            f"{path} is of a newer Modelport ({manifest.version}, revision {manifest.revision}): "
            f"restore it with that version. {NOT_TOUCHED}"
        )
    missing = backups.missing_keys(manifest, sealer)
    if missing and not without_keys:
        raise Refused(
            f"The secrets in {path} need keys that MODELPORT_SECRET_KEYS lacks, those with the ids "
            f"{', '.join(missing)}. Add them, or say --without-keys and type those secrets again. {NOT_TOUCHED}"
        )


def _ask(path: Path, manifest: "Manifest", *, yes: bool) -> None:
    if yes:
        return
    say(f"{path}: made {manifest.created_at} by Modelport {manifest.version}, {sum(manifest.rows.values())} rows.")
    if not sys.stdin.isatty():
        raise Refused("It would take the place of the database: say --yes where nobody can be asked.")
    say("It takes the place of the database, which is kept. All people have to sign in again. Go on? [y/N]")
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise Refused(f"Not restored. {NOT_TOUCHED}")


class Staging(NamedTuple):
    """What is needed where a backup is made ready: the keys, and the file's name for the audit log."""

    sealer: "Sealer"
    file: str

    def note(self, database: str, manifest: "Manifest") -> None:
        """Tell of the restore in the audit log of the database at this URL, before it takes any place.

        What an older version had in clear is sealed by the way.
        """
        from app.cli.bare import ports_on
        from app.cli.installation import operator
        from app.services import database_moves, header_values

        with ports_on(database, self.sealer) as ports:
            header_values.seal_plain(ports)
            database_moves.restored(ports, operator(), self.file, manifest)


def _put_in_place(settings: "Settings", reader: "Reader", manifest: "Manifest", staging: Staging) -> dict[str, Any]:
    """Restore; returns where the old database is, the revision, sessions that ended and secrets that do not open."""
    from app.cli import restore_postgresql, restore_sqlite

    stamp = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    if manifest.database == "sqlite":
        return restore_sqlite.restore(settings, reader, manifest, staging, stamp)
    return restore_postgresql.restore(settings, reader, manifest, staging, stamp)


def _say(path: Path, manifest: "Manifest", done: dict[str, Any]) -> None:
    say(f"Restored {path}, made {manifest.created_at}; the database is at revision {done['to']}.")
    if done["kept"]:
        say(f"The database that was there: {done['kept']}. Remove it when nothing is missed.")
    say(f"All people have to sign in again ({done['sessions_ended']} sessions ended).")
    say("Tokens and endpoints are as they were when the backup was made: what was revoked since works again.")
    for place in done["unreadable"]:
        say(f"The secret of {place} does not open: type it again.")
