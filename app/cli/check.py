"""`check`: what is wrong with this installation and how to mend it, and what to register at the provider."""

import argparse
from typing import TYPE_CHECKING

from app.cli.console import OK, WRONG, Refused, answer, say
from app.cli.prepare.state import has_vendor, load_state

if TYPE_CHECKING:
    from app.config import Settings


def configure(_: argparse.ArgumentParser) -> None:
    """Take no arguments: settings say the rest."""


def execute(arguments: argparse.Namespace) -> int:
    """Look at everything and say all that is wrong; a wrong setting does not hide the next one."""
    problems: list[str] = []
    callback = None
    try:
        from app.cli.settings import read_settings

        settings = read_settings()
    except Refused as refusal:
        problems += refusal.lines
    else:
        problems += _look(settings)
        callback = f"{settings.origin}/auth/callback"
    if not has_vendor(load_state()):
        problems.append("static/vendor is incomplete: run ./portal setup.")
    if arguments.json:
        answer({"ok": not problems, "problems": problems, "callback": callback})
        return WRONG if problems else OK
    for problem in problems:
        say(f"- {problem}")
    if callback:
        say(f"Address to register at the provider: {callback}")
    say(f"{len(problems)} found wrong." if problems else "Nothing found wrong.")
    return WRONG if problems else OK


def _look(settings: "Settings") -> list[str]:
    from app.config import serving_problems

    problems = serving_problems(settings)
    return problems or _look_inside(settings)


def _look_inside(settings: "Settings") -> list[str]:
    from app.cli.migrate import is_current

    return [] if is_current(settings) else ["The database is not at this version: run ./portal migrate."]
