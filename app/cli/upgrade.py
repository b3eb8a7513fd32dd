"""`upgrade`: everything that a newer version needs, in order, and the way back."""

import argparse
from typing import TYPE_CHECKING

from app.cli.console import OK, WRONG, answer, keep_private, say
from app.version import version

if TYPE_CHECKING:
    from app.config import Settings


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    parser.add_argument("--despite", action="store_true", help="migrate although something was found wrong")


def execute(arguments: argparse.Namespace) -> int:
    """Check, back up, migrate, and say how to go back; the setting up was done by `portal` before this runs."""
    from app.cli.migrate import migrated
    from app.cli.settings import writable_settings

    keep_private()
    settings = writable_settings()
    problems = _problems(settings)
    for problem in problems:
        say(f"- {problem}")
    if problems and not arguments.despite:
        say("Nothing was changed. Mend this first, or upgrade with --despite.")
        return WRONG
    done = migrated(settings)
    if arguments.json:
        answer(done.told() | {"version": version(), "problems": problems})
    else:
        say(f"Modelport {version()} is set up, the database is at revision {done.after}. Start it again.")
        for line in done.way_back:
            say(line)
    return OK


def _problems(settings: "Settings") -> list[str]:
    """What would keep this version from serving, as far as this machine can tell."""
    from app.cli.check import local_findings
    from app.config import serving_problems

    # Without an issuer it is `run` that serves this database, and it brings the rest itself.
    missing = serving_problems(settings) if settings.oidc_issuer else []
    return [*missing, *(each.sentence for each in local_findings(settings) if not each.warning)]
