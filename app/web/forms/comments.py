"""The field of a comment; its rules are in app/domain/comments.py."""

from collections.abc import Mapping

from flask import request
from wtforms import Form, TextAreaField


class CommentForm(Form):
    """What somebody writes; `element` tells its field from those of other comments on the page."""

    text = TextAreaField("Add a comment", description="Plain text. Everybody who signs in here reads it.")

    def __init__(self, element: str = "text", label: str = "", text: str = "", *, empty: bool = False) -> None:
        sent = request.form if request.method == "POST" and not empty else None
        super().__init__(sent, data={"text": text})
        self.text.id = self.text.label.field_id = element
        self.text.flags.required = True
        if label:
            self.text.label.text = label
            self.text.description = ""

    def take(self, faults: Mapping[str, tuple[str, ...]]) -> None:
        """Put the rules' sentences at the field."""
        self.text.errors = [sentence for sentences in faults.values() for sentence in sentences]
