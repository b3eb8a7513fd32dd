"""The form of a new token: parses types and holds the words; the rules are in app/domain/tokens.py."""

from collections.abc import Mapping
from typing import Any

from flask import request
from flask_wtf import FlaskForm
from wtforms import IntegerField, RadioField, SelectMultipleField, StringField
from wtforms.validators import Optional

from app.data.facts import Facts
from app.domain.tokens import DAYS, TokenDraft
from app.web.numbers import whole_number

ROLE_CHOICES = {"viewer": "Viewer", "editor": "Editor", "admin": "Admin", "": "Features only"}
ROLE_HINTS = {
    "viewer": "Reads endpoints, tests, features and families. Calls no feature.",
    "editor": "Also adds, changes and tests endpoints, and calls every feature.",
    "admin": "May do everything, making tokens included.",
    "": "Calls the features ticked below and nothing else.",
}


class TokenForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Names are those of the JSON API; `role` empty is a token for features."""

    name = StringField("Name", description="What uses it, such as nightly export. The audit names it so.")
    role = RadioField("What it may do", choices=ROLE_CHOICES, validators=[Optional()], default="viewer")
    features = SelectMultipleField("Features that it may call")
    days = IntegerField("Days until it ends", default=DAYS, description="1 to 365. Revoking ends it at any time.")

    requests_per_minute = IntegerField(
        "Requests a minute", description="For each feature by itself, in a minute of the clock. Empty: no limit."
    )
    tokens_per_minute = IntegerField(
        "Tokens a minute", description="Counted in the same way, prompts and answers together. Empty: no limit."
    )

    hints = ROLE_HINTS

    def __init__(self, facts: Facts, **kwargs: Any) -> None:
        super().__init__(request.form if request.method == "POST" else None, **kwargs)
        self.name.flags.required = self.days.flags.required = True
        self.features.choices = {each.name: each.title for each in facts.features.values()}
        # Whether a value is known is a rule, told in the rule's words.
        self.features.validate_choice = self.role.validate_choice = False

    def draft(self) -> TokenDraft:
        """What was typed; what is no number becomes one that does not fit."""
        # The button that is chosen has the last word over boxes that were ticked before.
        features = () if self.role.data else tuple(self.features.data or ())
        days = whole_number(request.form.get("days", "").strip(), 0)
        limits = {name: _limit(name) for name in ("requests_per_minute", "tokens_per_minute")}
        return TokenDraft(self.name.data or "", self.role.data or "", features, days, **limits)

    def take(self, faults: Mapping[str, tuple[str, ...]]) -> None:
        """Put the rules' sentences at their fields."""
        for name, sentences in faults.items():
            shown = "features" if name == "role" and not self.role.data else name
            field = self._fields.get(shown, self.name)
            field.errors = [*field.errors, *sentences]


def _limit(name: str) -> int | None:
    typed = request.form.get(name, "").strip()
    return whole_number(typed, 0, digits=12) if typed else None
