"""`migrate`: the database to this version, all or nothing, with a backup of the old one beside it."""

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from app.cli import way_back
from app.cli.console import OK, WRONG, Refused, answer, keep_private, say
from app.cli.schema import SQLITE, is_newer, move_up, refuse_newer, revision_of, sqlite_revision
from app.cli.uses import using

if TYPE_CHECKING:
    from app.config import Settings


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("--check", action="store_true", help="only say how the database stands; 1 where it is older")


def execute(arguments: argparse.Namespace) -> int:
    """Migrate, and say from where to where and where the backup is."""
    from app.cli.settings import writable_settings

    keep_private()
    settings = writable_settings()
    if arguments.check:
        return _say_how_it_stands(settings, json=arguments.json)
    done = migrated(settings)
    if arguments.json:
        answer(done.told())
    elif done.before == done.after:
        say(f"The database is at revision {done.after} already.")
    else:
        say(f"The database went from {done.before or 'empty'} to revision {done.after}.")
        for line in done.way_back:
            say(line)
    return OK if done.after else WRONG


class Migrated(NamedTuple):
    """What was done: the revisions before and after, the backup, the version that ran before where it is known."""

    before: str | None
    after: str | None
    backup: Path | None
    earlier: str | None

    @property
    def way_back(self) -> list[str]:
        """How to go back, in lines; nothing where nothing was there before."""
        if self.backup is None or self.before is None:
            return []
        return way_back.sentences(self.backup, self.before, self.earlier)

    def told(self) -> dict[str, Any]:
        """The same for scripts."""
        told = {"from": self.before, "to": self.after, "backup": self.backup}
        return told | {"earlier_version": self.earlier, "way_back": self.way_back}


def migrated(settings: "Settings") -> Migrated:
    """Migrate, after a backup where anything changes.

    Raises Refused, for a database that a newer version has migrated among others; nothing is changed then.
    """
    from app.cli.backup import back_up
    from app.models.schema import REVISION

    with using(settings):
        before = revision_of(settings)
        refuse_newer(before)
        saved = None
        if before not in (None, REVISION):
            saved, _ = back_up(settings)
            say(f"The database as it was: {saved}")
        move_up(settings.database)
        after, earlier = revision_of(settings), way_back.earlier_version(settings)
        if before and after and before != after:
            _follow_up(settings, before, after)
        way_back.remember(settings, after)
        return Migrated(before, after, saved, earlier)


def _follow_up(settings: "Settings", before: str, after: str) -> None:
    """What takes the portal's keys: seal what was in clear, tell the audit log. Never with a key made for this."""
    from app.cli.settings import own_settings

    if not settings.secret_keys and not (settings.data_dir / "secret_key").exists():
        say("The audit log does not tell of it: MODELPORT_SECRET_KEYS is not set here.")
        return
    from app.cli.bare import ports_on
    from app.cli.installation import operator
    from app.lib.sealed import Sealer
    from app.services import database_moves, header_values
    from app.version import version

    keys = [key.get_secret_value() for key in own_settings().secret_keys]
    with ports_on(settings.database, Sealer(keys)) as ports:
        header_values.seal_plain(ports)
        database_moves.migrated(ports, operator(), before, after, version())


def is_current(settings: "Settings") -> bool:
    """Whether the database is known to need nothing; looked up without SQLAlchemy, and so for SQLite alone."""
    from app.models.schema import REVISION

    if not settings.database.startswith(SQLITE):
        return False
    return sqlite_revision(Path(settings.database.removeprefix(SQLITE))) == REVISION


def bring_up_to_date(settings: "Settings") -> None:
    """Migrate where needed, in a process of its own: the server must not import what gevent patches later."""
    if is_current(settings):
        return
    done = subprocess.run([sys.executable, "-P", "-m", "app.cli", "migrate"], check=False)
    if done.returncode:
        raise Refused("The database could not be brought to this version, see above; nothing was changed.")


def refuse_to_serve_newer(settings: "Settings") -> None:
    """Raise Refused for a database of a newer version; one that is away just now may come back while it is served."""
    if settings.database.startswith(SQLITE):
        refuse_newer(sqlite_revision(Path(settings.database.removeprefix(SQLITE))))
        return
    command = [sys.executable, "-P", "-m", "app.cli", "migrate", "--check", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.stdout:
        refuse_newer(json.loads(done.stdout)["revision"])


def _say_how_it_stands(settings: "Settings", *, json: bool) -> int:
    from app.models.schema import REVISION

    found = revision_of(settings)
    if json:
        answer({"revision": found, "needed": REVISION, "newer": is_newer(found)})
    else:
        refuse_newer(found)
        say(f"The database is at revision {found or '(empty)'}, this version needs {REVISION}.")
    return OK if found == REVISION else WRONG
