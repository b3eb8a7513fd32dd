"""Texts of others in Markdown that is published: they stand there as they were written and do nothing."""

import re
from collections.abc import Iterable

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;", "$": "&#36;", ":": "&#58;", ".": "&#46;"}
# What means something by itself, and the colon and dot of what renderers make a link of without being asked.
_MEANT = re.compile(r"(?i)[\\`*_{}\[\]#|~!^+&<>@$]|(?<=[a-z]):(?=//)|(?<=mailto):|(?<=www)\.")


def plain(text: str) -> str:
    """A text on one line, in which no character means anything: no table's edge, tag, code, link or mention."""
    line = " ".join("".join(each if each.isprintable() else " " for each in text).split())
    return _MEANT.sub(lambda found: _ENTITIES.get(found[0], f"\\{found[0]}"), line)


def link(text: str, page: str) -> str:
    """A link where the address is https and holds nothing that ends it, else the plain text."""
    if re.fullmatch(r"https://[A-Za-z0-9._~:/?#@!$&'*+,;=%-]+", page):
        return f"[{plain(text)}]({page})"
    return plain(text)


def row(cells: Iterable[str]) -> str:
    """One line of a table; the cells are Markdown already."""
    return f"| {' | '.join(cell or '-' for cell in cells)} |"


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table with its headings, an empty cell shown as a dash."""
    heads = tuple(heads)
    return "\n".join([row(heads), row("---" for _ in heads), *(row(each) for each in rows)])
