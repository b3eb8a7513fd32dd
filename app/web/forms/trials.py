"""The form of a try: a feature with its inputs, and one or two that answer; the rules are in the service."""

from collections.abc import Mapping
from typing import Any

from flask import request
from wtforms import Field, Form, SelectField, StringField, TextAreaField

from app.data.facts import Facts
from app.domain.prompts import FeaturePrompt, Input, InputKind
from app.domain.trials import Side, TrialDraft
from app.queries.endpoint_names import Named
from app.services.trials import INPUT

# Before the names of inputs, which are the features' own and could be those of other fields.
PREFIX = "input_"
USUAL = "duo_chat"
_ROWS_LEAST, _ROWS_MOST = 2, 12


class TrialForm(Form):
    """What every feature's form has; `trial_form` adds a field for each input. Values are checked by the service."""

    feature = SelectField("Feature", validate_choice=False)
    endpoint = SelectField("Endpoint", validate_choice=False)
    family = SelectField("Prompt family", validate_choice=False)
    other_endpoint = SelectField("Endpoint", validate_choice=False)
    other_family = SelectField("Prompt family", validate_choice=False)

    about: FeaturePrompt

    @property
    def inputs(self) -> list[tuple[Field, Input]]:
        """The fields of the feature's inputs, in order, with what the feature says of each."""
        return [(self[PREFIX + each.name], each) for each in self.about.inputs]

    def draft(self) -> TrialDraft:
        """What was chosen and typed; browsers send the line ends of another system."""
        sides = [Side(self.endpoint.data or "", self.family.data or "")]
        if self.other_endpoint.data:
            sides.append(Side(self.other_endpoint.data, self.other_family.data or ""))
        inputs = {
            each.name: (field.data or "").replace("\r\n", "\n").replace("\r", "\n") for field, each in self.inputs
        }
        return TrialDraft(self.feature.data or "", inputs, tuple(sides))

    def take(self, faults: Mapping[str, tuple[str, ...]]) -> None:
        """Put the service's sentences at their fields."""
        for name, sentences in faults.items():
            shown = PREFIX + name.removeprefix(INPUT) if name.startswith(INPUT) else name
            field = self._fields.get(shown, self.feature)
            field.errors = [*field.errors, *sentences]

    def first_wrong(self) -> str:
        """The name of the first field with an error; "" for none."""
        return next((field.name for field in self if field.errors), "")


def trial_form(facts: Facts, endpoints: tuple[Named, ...], values: Mapping[str, Any]) -> TrialForm:
    """The form for the feature that was sent or that `values` names, with its samples where nothing was typed."""
    sent = request.form if request.method == "POST" else None
    asked = str((sent if sent is not None else values).get("feature", ""))
    feature = asked if asked in facts.features else USUAL
    prompt = facts.prompts.of(feature)
    fields = {PREFIX + each.name: _field(each) for each in prompt.inputs}
    kind = type("TrialFormOf", (TrialForm,), {**fields, "about": prompt})
    samples = {PREFIX + name: sample for name, sample in prompt.samples.items()}
    form: TrialForm = kind(_typed(facts, sent), data={**samples, **values, "feature": feature})
    for field, each in form.inputs:
        field.flags.required = each.required
    form.feature.choices = {
        section.title: [(each.name, each.title) for each in found] for section, found in facts.by_section()
    }
    names = [(each.id, each.name if each.enabled else f"{each.name} (switched off)") for each in endpoints]
    form.endpoint.choices = [("", "Choose an endpoint"), *names]
    form.other_endpoint.choices = [("", "None: one answer only"), *names]
    families = [("", "The endpoint's own family"), *((each.slug, each.label) for each in facts.families.values())]
    form.family.choices = form.other_family.choices = families
    return form


def _typed(facts: Facts, sent: Any) -> Any:
    """What was sent, without samples of the feature that was chosen before: another feature has its own."""
    before = sent.get("of", "") if sent is not None else ""
    if before not in facts.features or before == sent.get("feature"):
        return sent
    kept = sent.copy()
    for name, sample in facts.prompts.of(before).samples.items():
        if kept.get(PREFIX + name, "").replace("\r\n", "\n").strip() == sample.strip():
            kept.pop(PREFIX + name, None)
    return kept


def _field(each: Input) -> Any:
    kind = StringField if each.kind is InputKind.LINE else TextAreaField
    return kind(each.label, description=each.hint)


def rows_of(text: str) -> int:
    """How many lines a text area shows."""
    return min(_ROWS_MOST, max(_ROWS_LEAST, text.count("\n") + 1))
