"""The form that takes an address to see whether it would be called."""

from typing import Any

from wtforms import Form, StringField

from app.lib.urls import MAX_LENGTH


class AddressForm(Form):
    """One address, as it would be typed for an endpoint; whether it is one is the rules' to say."""

    address = StringField(
        "Address",
        description="As for an endpoint, such as https://models.example.com/v1. Its name is looked up; "
        "nothing is connected and nothing sent.",
    )

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.address.flags.required = True

    @property
    def text(self) -> str:
        """What was typed, without blanks around it and no longer than it takes to see that it is too long."""
        return (self.address.data or "").strip()[: MAX_LENGTH + 1]
