"""What a look at another portal's bundle found, and what came of it, for people and for scripts."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from app.cli.console import WRONG, answer, say
from app.domain.errors import Invalid
from app.services.bundles import Look

_STANDINGS = {
    "new": "not known here yet",
    "known": "known here and not trusted",
    "trusted": "trusted here",
    "rekeyed": "known here with another key; trust is asked for anew",
}
_FORMS = {"new": "It was not taken before.", "begun": "Its taking was begun.", "taken": "It was taken already."}


def show(look: Look) -> None:
    """Say whose it is and what taking it would change."""
    for line in _lines(look):
        say(line)


def _lines(look: Look) -> Iterator[str]:
    yield f"From installation {look.installation} {look.name}".rstrip() + f", {_STANDINGS[look.standing]}."
    yield f"Fingerprint of its key: {look.fingerprint}"
    yield f"Made {look.made_at:%Y-%m-%d %H:%M} UTC, {look.lines} entries. {_FORMS[look.state]}"
    for number, words in look.told:
        yield f"  {number:>7}  {words}"
    for reason, number in look.left_out.items():
        yield f"  {number:>7}  left out: {reason}"


def progress(done: int, entries: int) -> None:
    """Say how far a taking has come."""
    say(f"{done} of {entries} entries")


def conclude(look: Look, taken: Look | None) -> None:
    """Say what came of it; `taken` is None where it was only looked at."""
    if taken is None:
        say("Nothing was taken. Compare the fingerprint with the other portal's people, then add --yes.")
    else:
        say("Taken." if look.state != "taken" else "Nothing was left to take.")


def refused(refusal: Invalid, *, json: bool) -> int:
    """Say why it is no bundle to take; the exit code."""
    say(refusal.message)
    if json:
        answer({"refused": refusal.message})
    return WRONG


def data(look: Look, taken: Look | None) -> dict[str, Any]:
    """Both for scripts."""
    return {"look": _data(look), "taken": _data(taken) if taken else None}


def _data(look: Look) -> dict[str, Any]:
    return asdict(look) | {"made_at": look.made_at.isoformat()}
