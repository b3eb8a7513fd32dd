"""The fields of a responsibility record; their rules are in app/domain/responsibilities.py."""

from collections.abc import Mapping
from typing import Any

from flask import request
from wtforms import Form, RadioField, StringField, TextAreaField

from app.domain.responsibilities import ResponsibilityDraft, TrainingUse
from app.queries.responsibilities import ResponsibilityRecord

TRAINING_WORDS = {TrainingUse.NO: "No", TrainingUse.YES: "Yes", TrainingUse.UNKNOWN: "Unknown"}
NAMES = tuple(ResponsibilityDraft.__dataclass_fields__)


class ResponsibilityForm(Form):
    """Names are those of the JSON API; a text that no field takes any more is still shown as it was typed."""

    region = StringField("Region", description="Where the data are processed, for example EU (Frankfurt).")
    processor = StringField("Processor", description="The company that runs the server.")
    retention = StringField("Retention", description="How long it keeps what is sent, for example 30 days.")
    training_use = RadioField(
        "May what is sent be used for training?",
        choices={each.value: words for each, words in TRAINING_WORDS.items()},
        default=TrainingUse.UNKNOWN.value,
        validate_choice=False,
    )
    cost_note = TextAreaField("Cost", description="What it costs, and who pays.")
    quality_note = TextAreaField("Quality", description="How it was validated for your work.")
    valid_until = StringField("Valid until", description="The last day, three years from today at most.")

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(request.form if request.method == "POST" else None, data=data)

    def draft(self) -> ResponsibilityDraft:
        """What was typed."""
        return ResponsibilityDraft(**{name: self[name].data or "" for name in NAMES})

    def require(self) -> None:
        """Mark what a record cannot do without; asked along with something else, all of it may stay empty."""
        for name in ("region", "valid_until"):
            self[name].flags.required = True

    def take(self, faults: Mapping[str, tuple[str, ...]]) -> None:
        """Put the rules' sentences at their fields."""
        for name, sentences in faults.items():
            self[name].errors = [*self[name].errors, *sentences]

    def first_wrong(self) -> str:
        """The name of the first field with an error; "" for none."""
        return next((field.name for field in self if field.errors), "")


def filled_from(record: ResponsibilityRecord | None) -> ResponsibilityForm:
    """The form with what is stored; a posted form keeps what was typed."""
    if record is None:
        return ResponsibilityForm()
    values = {name: getattr(record, name) for name in NAMES}
    return ResponsibilityForm(values | {"valid_until": record.valid_until.isoformat()})
