"""`rotate-keys`: seal every stored secret with the first of MODELPORT_SECRET_KEYS, while the portal serves."""

import argparse

from app.cli.console import OK, WRONG, answer, say
from app.cli.installation import installation, operator


def configure(_: argparse.ArgumentParser) -> None:
    """Take no arguments: the settings name the keys."""


def execute(arguments: argparse.Namespace) -> int:
    """Seal anew, and say what still needs another key; 1 where something does. Raises Refused."""
    with installation() as app:
        from app.factory import ports_of
        from app.services import rotation

        made = rotation.rotate(ports_of(app), operator(), say)
    if arguments.json:
        answer(
            {
                "ok": made.complete,
                "key_id": made.key_id,
                "resealed": made.resealed,
                "remaining": made.remaining,
                "failed": made.failed,
            }
        )
    else:
        for name in made.failed:
            say(f"- {name} cannot be opened with any of the keys.")
        for key_id, number in made.remaining.items():
            say(f"- {number} still need the key {key_id}.")
        say(f"{made.resealed} sealed anew with the key {made.key_id}.")
        if made.complete:
            say("The other keys are needed no more: start every process with the first alone.")
    return OK if made.complete else WRONG
