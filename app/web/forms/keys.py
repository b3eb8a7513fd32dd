"""The form for a new key in place of one that several endpoints share."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from wtforms import PasswordField, SelectMultipleField

from app.queries.endpoints import EndpointRow
from app.web.numbers import whole_number


class KeyForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """`endpoints` are ids; beside each the page holds the version that was looked at."""

    api_key = PasswordField("New key", description="Tried at each endpoint first. Sealed then, and never shown again.")
    endpoints = SelectMultipleField("Where it takes the old one's place", validate_choice=False)

    def __init__(self, label: str, sharing: Sequence[EndpointRow], **kwargs: Any) -> None:
        sent = request.form if request.method == "POST" else None
        super().__init__(sent, data={"endpoints": [row.id for row in sharing]}, **kwargs)
        self.api_key.label.text = f"New {label[:1].lower()}{label[1:]}" if label[1:2].islower() else f"New {label}"
        self.api_key.flags.required = True
        self.endpoints.choices = {row.id: row.name for row in sharing}

    @property
    def seen(self) -> dict[str, int]:
        """The ticked endpoints with the versions that were looked at."""
        return {each: whole_number(request.form.get(f"version-{each}"), 0) for each in self.endpoints.data or ()}

    def take(self, faults: Mapping[str, tuple[str, ...]]) -> None:
        """Put the rules' sentences at their fields."""
        for name, sentences in faults.items():
            field = self._fields.get(name, self.api_key)
            field.errors = [*field.errors, *sentences]
