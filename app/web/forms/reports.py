"""The fields of a report; their rules are in app/domain/reports.py."""

from collections.abc import Mapping
from typing import Any

from flask import request
from wtforms import BooleanField, Form, HiddenField, SelectField, StringField, TextAreaField

from app.data.facts import Facts
from app.domain.ratings import Answer
from app.domain.reports import VERSIONS, ReportDraft
from app.web.hosts import hosts

# Before the names of features, which could be those of other fields.
PREFIX = "answer_"
NOT_TRIED = ""
CHOICES = ((NOT_TRIED, "Not tried"), *((answer.value, answer.label) for answer in Answer))


class ReportForm(Form):
    """Names are those of the rules. `endpoint` and `probe_id` say which test may go with it; `answers` holds what is
    wrong with the answers, which have a row of buttons for each feature.
    """

    model = StringField("Model", description="As the catalogue has it, or a new name. Quantised variants go below.")
    host = SelectField("Platform or server", validate_choice=False)
    variant = StringField("Variant", description="A quantisation or version that differs from the usual one.")
    family = SelectField("Prompt family", validate_choice=False, default="other")
    answers = StringField("What works")
    server = StringField(VERSIONS["server"], description="For example vLLM 0.11.2.")
    quantisation = StringField(VERSIONS["quantisation"], description="For example FP8 or AWQ.")
    gpus = StringField(VERSIONS["gpus"], description="For example 2x A100 40 GB.")
    context = StringField(VERSIONS["context"], description="For example 65,536.")
    gitlab = StringField(VERSIONS["gitlab"], description="For example 19.2.")
    air_gapped = BooleanField("This installation has no way to the internet")
    note = TextAreaField("Note", description="What others should know. No address, no key and no name of a person.")
    attach = BooleanField("Attach the test: outcomes, codes and numbers, without address, key and text", default=True)
    endpoint = HiddenField()
    probe_id = HiddenField()

    def __init__(self, facts: Facts, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(request.form if request.method == "POST" else None, data=data)
        self.host.choices = list(hosts().items())
        self.family.choices = [(each.slug, each.label) for each in facts.families.values()]
        self.model.flags.required = True
        given = (data or {}).get("answers", {}) if request.method != "POST" else _sent()
        self.given: Mapping[str, str] = given

    def draft(self) -> ReportDraft:
        """What was typed and chosen; without a tick nothing of the test goes with it."""
        return ReportDraft(
            model=(self.model.data or "").strip(),
            host=self.host.data or "",
            family=self.family.data or "",
            answers=dict(self.given),
            variant=self.variant.data or "",
            note=(self.note.data or "").replace("\r\n", "\n"),
            versions={name: self[name].data or "" for name in VERSIONS},
            air_gapped=bool(self.air_gapped.data),
            probe_id=(self.probe_id.data or "") if self.attach.data else "",
            endpoint_id=self.endpoint.data or "",
        )

    def take(self, faults: Mapping[str, tuple[str, ...]]) -> None:
        """Put the rules' sentences at their fields."""
        for name, sentences in faults.items():
            field = self._fields.get(name, self.answers)
            field.errors = [*field.errors, *sentences]

    def first_wrong(self) -> str:
        """The name of the first field with an error; "" for none."""
        return next((field.name for field in self if field.errors), "")


def filled_from(facts: Facts, draft: ReportDraft, endpoint: str = "") -> ReportForm:
    """The form with what is known of an entry or a test."""
    values = {name: getattr(draft, name) for name in ("model", "host", "variant", "family", "note", "probe_id")}
    return ReportForm(facts, {**values, **draft.versions, "answers": draft.answers, "endpoint": endpoint})


def _sent() -> dict[str, str]:
    """The answers that were sent, by feature; what was not tried is left out."""
    named = {name.removeprefix(PREFIX): each for name, each in request.form.items() if name.startswith(PREFIX)}
    return {name: answer for name, answer in named.items() if answer != NOT_TRIED}
