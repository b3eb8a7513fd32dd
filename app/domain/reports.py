"""Reports on a pairing: their rules, and what of a test may go with them as evidence."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.domain.endpoints import has_controls
from app.domain.errors import Invalid
from app.domain.features import Feature
from app.domain.plain_texts import KEY
from app.domain.ratings import Answer, Grade

NOTE_MAX = 2000
VERSION_MAX = 60
LENGTHS = {"model": 120, "variant": 48}
# What is asked beside the answers: name and label.
VERSIONS = {
    "server": "Server and version",
    "quantisation": "Quantisation",
    "gpus": "GPUs",
    "context": "Context length",
    "gitlab": "GitLab version",
}
AIR_GAPPED = "air_gapped"
SCHEMA = 1
# An address, a bearer token or the like in a text that is meant for everybody.
_REVEALING = re.compile(r"https?://|\b\d{1,3}(?:\.\d{1,3}){3}\b|" + KEY)


@dataclass(frozen=True, slots=True)
class ReportDraft:
    """What somebody found. `answers` has only features that were tried; `versions` has the keys of VERSIONS.

    `model` is the catalogue's name of it, or a new one; `probe_id` the test that goes with it, "" for none, and
    `endpoint_id` the endpoint that was tested.
    """

    model: str
    host: str
    family: str
    answers: Mapping[str, str] = field(default_factory=dict)
    variant: str = ""
    note: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)
    air_gapped: bool = False
    probe_id: str = ""
    endpoint_id: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """What a report needs of one step of a test."""

    name: str
    outcome: str
    code: str
    figures: Mapping[str, Any]


def check(draft: ReportDraft, features: Mapping[str, Feature], hosts: Iterable[str], families: Iterable[str]) -> None:
    """Every fault at its field, all at once; raises Invalid."""
    faults: dict[str, tuple[str, ...]] = {}
    unknown = [name for name in draft.answers if name not in features]
    wrong = [name for name, answer in draft.answers.items() if answer not in list(Answer)]
    if unknown or wrong:
        faults["answers"] = ("Answer works, notes or fails for features of the list; leave out what was not tried.",)
    elif not draft.answers:
        faults["answers"] = ("Say of at least one feature what you found; leave out what was not tried.",)
    elif Answer.NOTES in draft.answers.values() and not draft.note.strip():
        faults["note"] = ("Say what the notes are: something works with notes.",)
    if draft.host not in set(hosts):
        faults["host"] = ("Choose one of the listed platforms and servers.",)
    if draft.family not in set(families):
        faults["family"] = ("Choose one of the listed prompt families.",)
    if strange := draft.versions.keys() - VERSIONS.keys():
        faults["versions"] = (f"State versions of {', '.join(VERSIONS)}, and not of {min(strange)[:VERSION_MAX]}.",)
    versions = {name: text for name, text in draft.versions.items() if name in VERSIONS}
    for name, text in {"model": draft.model, "variant": draft.variant, **versions}.items():
        if len(text) > LENGTHS.get(name, VERSION_MAX) or has_controls(text):
            faults[name] = ("Shorten it and leave out line breaks and invisible characters.",)
    if not draft.model.strip():
        faults["model"] = ("Name the model.",)
    if len(draft.note) > NOTE_MAX:
        faults["note"] = (f"Use {NOTE_MAX} characters at most; these are {len(draft.note)}.",)
    elif has_controls(draft.note.replace("\r", "").replace("\n", " ").replace("\t", " ")):
        faults["note"] = ("Remove the invisible characters.",)
    for name, text in {"note": draft.note, **versions}.items():
        if reveals(text):
            faults.setdefault(name, ("Leave out addresses and keys: a report is read by others.",))
    if faults:
        raise Invalid(faults)


def reveals(text: str) -> bool:
    """Whether a text holds an address, a key or the like, which nothing that is given away may."""
    return _REVEALING.search(text) is not None


def evidence(steps: Iterable[Step], depth: str, verdict: str, day: str) -> dict[str, Any]:
    """What of a test goes with a report: outcomes, codes and numbers; no text, and so no host, key or prompt."""
    return {
        "schema": SCHEMA,
        "depth": depth,
        "verdict": verdict,
        "day": day,
        "steps": [
            {
                "name": step.name,
                "outcome": step.outcome,
                "code": step.code,
                "figures": {
                    name: value
                    for name, value in step.figures.items()
                    if isinstance(value, int | float) and not isinstance(value, bool)
                },
            }
            for step in steps
        ],
    }


def grade_of(draft_evidence: Mapping[str, Any] | None) -> Grade:
    """How much stands behind a report: a test that came to an end makes it more than a claim."""
    if draft_evidence and draft_evidence.get("verdict") in ("passed", "warned", "failed"):
        return Grade.TESTED
    return Grade.CLAIM
