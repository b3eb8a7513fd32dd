"""The form for one's own input to a feature's prompt: a field for each input that the feature has."""

from collections.abc import Mapping
from typing import Any

from flask import request
from wtforms import Field, StringField, TextAreaField
from wtforms.form import BaseForm

from app.domain.prompts import FeaturePrompt, Input, InputKind

# Before the names of inputs, which are free to be called as anything else in the form.
PREFIX = "in-"
ROWS = {InputKind.TEXT: 4, InputKind.CODE: 8}


class InputsForm(BaseForm):
    """Fields by the inputs' names; with the sample in them until something was sent."""

    def __init__(self, prompt: FeaturePrompt) -> None:
        super().__init__({each.name: _field(each) for each in prompt.inputs}, prefix=PREFIX)
        self._kinds = {each.name: each.kind for each in prompt.inputs}
        if request.method == "POST":
            self.process(request.form)
        else:
            self.process(None, data=prompt.samples)
        for each in prompt.inputs:
            self[each.name].flags.required = each.required

    @property
    def given(self) -> dict[str, str]:
        """What was typed. A browser sends every line break as two characters; prompts know one."""
        return {each.short_name: (each.data or "").replace("\r\n", "\n") for each in self}

    def take(self, faults: Mapping[str, tuple[str, ...]]) -> None:
        """Put the rules' sentences at their fields."""
        for name, sentences in faults.items():
            self[name].errors = [*self[name].errors, *sentences]

    def rows(self, field: Field) -> int:
        """How many lines the field shows; one for what is written in one line."""
        return ROWS.get(self._kinds[field.short_name], 1)

    def is_code(self, field: Field) -> bool:
        """Whether the field takes code."""
        return self._kinds[field.short_name] is InputKind.CODE

    def first_wrong(self) -> str:
        """The name of the first field with an error, or nothing."""
        return next((each.short_name for each in self if each.errors), "")


def _field(each: Input) -> Any:
    """A field that is not bound to its form yet; what WTForms' types call it, its constructors do not say."""
    description = f"{each.hint} {each.limit:,} characters at most.".strip()
    if each.kind is InputKind.LINE:
        return StringField(each.label, description=description)
    return TextAreaField(each.label, description=description)
