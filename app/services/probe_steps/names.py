"""Names that a server does not know, and the served ones that were likely meant."""

import re
from difflib import SequenceMatcher

from app.clients.dialect import FoundModel, Trouble
from app.domain.steps import Fix, StepName, StepResult
from app.services.probe_run import Run

NEAREST = 3
# Comparing takes 0.1 ms a name.
COMPARED = 500
_COMPARED_LENGTH = 64
# What is said to the server, as against the place where it is asked.
_SAID = frozenset({"identifier", "region"})


def not_served(run: Run, step: StepName, trouble: Trouble) -> StepResult:
    """The result for a refusal, with the names nearest to the one asked for where that is what was refused.

    A dialect may know another name that cures just this refusal.
    """
    if trouble.code != "model_not_served":
        return run.troubled(step, trouble, known_cure(run, trouble))
    names = nearest(run.target.served_name, run.found or ())
    return run.troubled(step, trouble, name_fix(run, names), names=", ".join(names))


def known_cure(run: Run, trouble: Trouble) -> Fix | None:
    """One click that the dialect knows to cure just this complaint, with another name or region."""
    cures = (each for each in run.dialect.alternatives(run.target) if each.code == trouble.code)
    found = next((each for each in cures if each.field in _SAID), None)
    if found is None or run.fit(found.value) != found.value:
        return None
    return Fix(found.field, found.value, f"Use {found.value}")


def name_fix(run: Run, names: list[str]) -> Fix | None:
    """One click that takes the first of these names, unless it cannot be a field's value as it stands."""
    if not names or run.fit(names[0]) != names[0]:
        return None
    return Fix("identifier", names[0], f"Use {names[0]}")


def nearest(asked: str, found: tuple[FoundModel, ...]) -> list[str]:
    """The served names, the one most like the name asked for first; never that name itself, and none with blanks."""
    names = [each.name for each in found if each.name != asked and " " not in each.name]
    words = _words(asked)
    if len(names) > COMPARED:
        names = sorted(names, key=lambda name: -len(words & _words(name)))[:COMPARED]
    wanted = _plain(asked)
    return sorted(names, key=lambda name: _unlikeness(wanted, name))[:NEAREST]


def _words(name: str) -> set[str]:
    return set(re.findall(r"[a-z]+|[0-9]+", name.casefold()))


def _unlikeness(wanted: str, name: str) -> float:
    """From 0 for the same letters: names differ in vendor, case and punctuation more often than in the model."""
    whole, last = _plain(name), _plain(name.rsplit("/", 1)[-1])
    if wanted in (whole, last):
        return 0.0
    if wanted and last and (wanted in whole or last in wanted):
        return 0.1 + abs(len(wanted) - len(last)) / 1000
    return 1.2 - max(SequenceMatcher(None, wanted, each, autojunk=False).ratio() for each in {whole, last})


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())[:_COMPARED_LENGTH]
