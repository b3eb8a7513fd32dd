"""Blanks made visible: a mark lies over each, and the text below stays as it is, to the last character."""

import re

from flask import Flask
from markupsafe import Markup, escape

# In a longer text the marks alone would be larger than the page.
MOST_MARKED = 20_000
_BLANKS = re.compile(r"( +|\t+|\r?\n|\r)")
_SIGNS = str.maketrans({" ": "·", "\t": "→", "\r": "␍", "\n": "↵"})
_BLANK = Markup('<span class="mp-blank" data-marks="{}">{}</span>')


def setup(app: Flask) -> None:
    """Give the templates of *app* the filter `blanks`."""
    app.add_template_filter(blanks)


def blanks(text: str) -> Markup:
    """The text with a mark for each blank, tab and line break; a text beyond MOST_MARKED is left without."""
    if len(text) > MOST_MARKED:
        return escape(text)
    # The odd places of a split by a group are what the group matched.
    return Markup("").join(
        _BLANK.format(part.translate(_SIGNS), part) if place % 2 else escape(part)
        for place, part in enumerate(_BLANKS.split(text))
    )
