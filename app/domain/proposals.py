"""What people propose for the catalogue: a model, a platform, or that a fact be put right."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.domain.errors import Invalid
from app.domain.plain_texts import cleaned, faults
from app.domain.ratings import Answer

LINE_MAX = 120
TEXT_MAX = 2000
_NUMBER = re.compile(r"\d{1,9}(?:\.\d{1,3})?")


class Kind(StrEnum):
    """What is proposed."""

    MODEL = "model"
    PLATFORM = "platform"
    CORRECTION = "correction"


class State(StrEnum):
    """Where a proposal stands; one that was asked waits for its author's answer."""

    OPEN = "open"
    ASKED = "asked"
    ACCEPTED = "accepted"
    DECLINED = "declined"


class Form(StrEnum):
    """How a field is filled in; figures are whole unless they are billions."""

    LINE = "line"
    TEXT = "text"
    FLAG = "flag"
    WHOLE = "whole"
    BILLIONS = "billions"
    HOST = "host"
    FAMILY = "family"
    ANSWERS = "answers"


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that is asked."""

    name: str
    label: str
    form: Form = Form.LINE
    required: bool = False


# What describes a model itself, wherever it runs.
FACTS = (
    Field("family", "Prompt family to select", Form.FAMILY, required=True),
    Field("maker", "Who makes the model"),
    Field("size", "Parameters, in billions", Form.BILLIONS),
    Field("active", "Parameters at work for one token, in billions", Form.BILLIONS),
    Field("context", "Context length, in tokens", Form.WHOLE),
    Field("licence", "Licence"),
    Field("open_weights", "Its weights can be had", Form.FLAG),
)
# What describes a model on one host.
DETAILS = (
    Field("host_version", "Version of the platform or server"),
    Field("identifier", "Form of the identifier"),
    Field("address", "Form of the endpoint's address, with no host of yours in it"),
    Field("gitlab", "GitLab version"),
    Field("hardware", "Hardware"),
    Field("air_gapped", "Runs without a way to the internet", Form.FLAG),
    Field("evidence", "What shows it", Form.TEXT),
    Field("known_issues", "Known issues", Form.TEXT),
)
FIELDS: Mapping[Kind, tuple[Field, ...]] = {
    Kind.MODEL: (
        Field("model", "Model", required=True),
        Field("variant", "Version or quantisation, where it is not the usual one"),
        Field("host", "Platform or server", Form.HOST, required=True),
        *FACTS,
        *DETAILS,
        Field("answers", "What works", Form.ANSWERS),
    ),
    Kind.PLATFORM: (
        Field("platform", "Platform or server", required=True),
        Field("host_version", "Its version"),
        Field("framework", "What serves the models on it"),
        Field("models_hosted", "Models that you run on it", Form.TEXT),
        Field("models_wanted", "Models that you want on it", Form.TEXT),
        Field("clouds", "Clouds that you use"),
        Field("seats", "Seats", Form.WHOLE),
        Field("plan", "GitLab plan"),
        Field("install_type", "How GitLab is installed"),
        Field("gitlab", "GitLab version"),
        Field("air_gapped", "Without a way to the internet", Form.FLAG),
        Field("evidence", "What shows that it works", Form.TEXT),
        Field("known_issues", "Known issues", Form.TEXT),
    ),
    Kind.CORRECTION: (*FACTS, *DETAILS),
}
FACT_NAMES = tuple(each.name for each in FACTS)
DETAIL_NAMES = (*(each.name for each in DETAILS), "answers")


@dataclass(frozen=True, slots=True)
class Choices:
    """What may be chosen, by name."""

    features: frozenset[str]
    hosts: frozenset[str]
    families: frozenset[str]


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that a correction changes: as its author saw it, as it stands now, and as it is proposed."""

    name: str
    label: str
    before: Any
    now: Any
    after: Any


@dataclass(frozen=True, slots=True)
class ProposalDraft:
    """What somebody proposes: `fields` has the names of FIELDS. A correction is of the entry `pairing_id`, and a field
    that it leaves out stays as it is.
    """

    kind: Kind
    fields: Mapping[str, Any] = field(default_factory=dict)
    pairing_id: str = ""


def check(draft: ProposalDraft, choices: Choices) -> dict[str, Any]:
    """The values as they are stored, without those that were left empty; raises Invalid with every fault at its field.

    Of a correction an emptied field is kept, as "", False or None: it asks to take the value away.
    """
    asked = FIELDS[draft.kind]
    found: dict[str, Any] = {}
    problems: dict[str, tuple[str, ...]] = {}
    for each in asked:
        if each.name not in draft.fields and (not each.required or draft.kind is Kind.CORRECTION):
            continue
        try:
            value = _read(each, draft.fields.get(each.name, ""), choices)
        except Invalid as error:
            problems |= error.fields
            continue
        if value or draft.kind is Kind.CORRECTION:
            found[each.name] = value
    if unknown := set(draft.fields) - {each.name for each in asked}:
        problems[""] = (f"Not asked here: {', '.join(sorted(unknown))}.",)
    if problems:
        raise Invalid(problems)
    return found


def differences(fields: Mapping[str, Any], before: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[Difference, ...]:
    """What a correction changes, in the order in which it is asked; `now` is what the entry states by now."""
    return tuple(
        Difference(each.name, each.label, before.get(each.name), now.get(each.name), fields[each.name])
        for each in FIELDS[Kind.CORRECTION]
        if each.name in fields
    )


def said(text: str, name: str) -> str:
    """A question, an answer or a reason as it is stored; raises Invalid at the field `name`."""
    found = cleaned(text)
    problems = faults(found, TEXT_MAX) if found else ("Write a sentence.",)
    if problems:
        raise Invalid({name: problems})
    return found


def _read(asked: Field, value: Any, choices: Choices) -> Any:
    if asked.form is Form.FLAG:
        return value in (True, "true", "on", "1")
    if asked.form is Form.ANSWERS:
        return _answers(asked, value, choices)
    text = cleaned(str(value if value is not None else ""))
    if not text:
        if asked.required:
            raise _fault(asked, "Fill this in.")
        return None if asked.form in (Form.WHOLE, Form.BILLIONS) else ""
    if asked.form in (Form.WHOLE, Form.BILLIONS):
        return _figure(asked, text)
    offered = {Form.HOST: choices.hosts, Form.FAMILY: choices.families}.get(asked.form)
    if offered is not None and text not in offered:
        raise _fault(asked, "Choose one of those offered.")
    one_line = asked.form is not Form.TEXT
    if problems := faults(text, LINE_MAX if one_line else TEXT_MAX, one_line=one_line):
        raise Invalid({asked.name: problems})
    return text


def _figure(asked: Field, text: str) -> float | int:
    plain = text.replace(",", "").replace(" ", "")
    if not _NUMBER.fullmatch(plain) or not float(plain):
        raise _fault(asked, "Type a number above nought.")
    if asked.form is Form.BILLIONS:
        return float(plain)
    if "." in plain:
        raise _fault(asked, "Type a whole number.")
    return int(plain)


def _answers(asked: Field, value: Any, choices: Choices) -> dict[str, str]:
    given = {name: answer for name, answer in value.items() if answer} if isinstance(value, Mapping) else {}
    if not set(given) <= choices.features or not set(given.values()) <= set(Answer):
        raise _fault(asked, "Answer works, notes or fails for features of the list; leave out what was not tried.")
    return {name: str(answer) for name, answer in given.items()}


def _fault(asked: Field, sentence: str) -> Invalid:
    return Invalid({asked.name: (sentence,)})
