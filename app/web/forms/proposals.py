"""The fields of a proposal, one for each that the rules ask for; those are in app/domain/proposals.py."""

from collections.abc import Mapping
from typing import Any, cast

from flask import request
from wtforms import BooleanField, SelectField, StringField, TextAreaField
from wtforms.fields.core import UnboundField
from wtforms.form import BaseForm

from app.data.facts import Facts
from app.domain import proposals as rules
from app.domain.errors import Duplicate, Invalid
from app.domain.plain_texts import cleaned
from app.domain.proposals import FIELDS, Kind, ProposalDraft
from app.web.forms.reports import PREFIX

# Before the names of fields: what a correction's author saw there, so that nothing else is proposed than they changed.
SEEN = "seen_"
EXAMPLES = {
    "model": "As its maker calls it, for example Granite 9 12B.",
    "variant": "For example FP8.",
    "size": "For example 24.",
    "context": "For example 131072.",
    "host_version": "For example vLLM 0.11.2.",
    "gitlab": "For example 19.2.",
    "hardware": "For example 2x A100 40 GB.",
    "identifier": "For example custom_openai/<served name>.",
    "address": "For example https://<host>/v1.",
    "evidence": "What you ran and saw. No address, no key and no name of a person.",
    "platform": "For example OpenLLM.",
}


class ProposalForm(BaseForm):
    """Names are those of the rules. `problem` concerns the whole form, `duplicate` is what there is already."""

    def __init__(self, kind: Kind, facts: Facts, hosts: Mapping[str, str], values: Mapping[str, Any]) -> None:
        super().__init__({each.name: _control(each) for each in FIELDS[kind]})
        sent = request.form if request.method == "POST" else None
        texts = {name: as_text(value) for name, value in values.items()}
        self.process(sent, data={**texts, **{name: value for name, value in values.items() if value is True}})
        offered = {
            "host": [("", "Choose one"), *hosts.items()],
            "family": [(each.slug, each.label) for each in facts.families.values()],
        }
        for each in FIELDS[kind]:
            self[each.name].flags.required = each.required
            if each.name in offered:
                cast(SelectField, self[each.name]).choices = offered[each.name]
        self.kind = kind
        self.seen = {each: request.form.get(SEEN + each, "") for each in self._fields} if sent is not None else texts
        answers = {name.removeprefix(PREFIX): answer for name, answer in request.form.items() if PREFIX in name[:7]}
        self.given = {name: answer for name, answer in answers.items() if answer}
        self.problem = ""
        self.duplicate: Duplicate | None = None

    def draft(self, pairing_id: str) -> ProposalDraft:
        """What was typed and chosen; of a correction what was changed alone."""
        values = {name: field.data or "" for name, field in self._fields.items()}
        if "answers" in values:
            values["answers"] = self.given
        if self.kind is Kind.CORRECTION:
            values = {name: value for name, value in values.items() if not self._is_as_seen(name, value)}
        return ProposalDraft(self.kind, values, pairing_id if self.kind is Kind.CORRECTION else "")

    def take(self, error: Invalid) -> None:
        """Put the rules' sentences at their fields."""
        for name, sentences in error.fields.items():
            if name in self._fields:
                self[name].errors = [*self[name].errors, *sentences]
            else:
                self.problem = " ".join(sentences)
        self.duplicate = error if isinstance(error, Duplicate) else None

    def first_wrong(self) -> str:
        """The name of the first field with an error; "" for none."""
        return next((field.name for field in self if field.errors), "")

    def _is_as_seen(self, name: str, value: Any) -> bool:
        return cleaned(as_text(value)) == cleaned(self.seen.get(name, ""))


def as_text(value: Any) -> str:
    """A stored value as its field shows it: figures without needless digits, "y" for what is so."""
    if value is True:
        return "y"
    if isinstance(value, float):
        return f"{value:.3f}".rstrip("0").rstrip(".")
    return str(value) if value and not isinstance(value, Mapping) else ""


def _control(asked: rules.Field) -> "UnboundField[Any]":
    kinds: dict[rules.Form, Any] = {rules.Form.TEXT: TextAreaField, rules.Form.FLAG: BooleanField}
    given: dict[str, Any] = {"description": EXAMPLES.get(asked.name, "")}
    if asked.form in (rules.Form.HOST, rules.Form.FAMILY):
        return UnboundField(SelectField, asked.label, **given, validate_choice=False, default="")
    return UnboundField(kinds.get(asked.form, StringField), asked.label, **given)
