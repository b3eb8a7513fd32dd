"""The form that takes claims to see which role they would give."""

import json
from typing import Any

from wtforms import Form, TextAreaField, ValidationError
from wtforms.validators import InputRequired, Length

LONGEST = 100_000


class ClaimsForm(Form):
    """One JSON object, as an ID token's payload or userinfo is."""

    claims = TextAreaField(
        "Claims as JSON",
        [InputRequired("Paste the claims."), Length(max=LONGEST, message="That is more than a token holds.")],
        description="The payload of an ID token, or what userinfo answers. Nothing of it is kept.",
    )

    def validate_claims(self, field: TextAreaField) -> None:
        """Refuse what is not one JSON object."""
        try:
            parsed = json.loads(field.data or "")
        except (ValueError, RecursionError):
            raise ValidationError("This is not JSON. It begins with { and ends with }.") from None
        if not isinstance(parsed, dict):
            raise ValidationError("This is JSON, but not an object. It begins with { and ends with }.")

    @property
    def parsed(self) -> dict[str, Any]:
        """The claims, once validated."""
        claims: dict[str, Any] = json.loads(self.claims.data or "{}")
        return claims
