"""How pages are drawn: Flask's templates, with what all of them know kept in one plain dictionary each."""

from collections.abc import MutableMapping
from typing import Any

from flask import Flask
from flask.templating import Environment
from jinja2 import StrictUndefined


class Drawing(Environment):
    """Every import of a macro asks a template for its globals; a chain of dictionaries took a tenth of a page's time.

    So what is known to all templates has to be registered before the first of them is drawn.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """The globals of one template, when it is loaded."""
        return {**self.globals, **(d or {})}


def setup(app: Flask) -> None:
    """To be called before anything else asks the app for its templates."""
    app.jinja_environment = Drawing
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
