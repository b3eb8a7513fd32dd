"""What checks of answers speak of: calls that an answer makes, and what is wrong with it."""

import re
from dataclasses import dataclass

_SHOWN = 60
_UNPRINTABLE = "\N{REPLACEMENT CHARACTER}"
_LINE_END = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True)
class Called:
    """One structured tool call of an answer; `arguments` is JSON text."""

    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Breach:
    """One thing that is wrong: `code` for machines, which stays the same, and `sentence` for people."""

    code: str
    sentence: str


def shown(text: str) -> str:
    """A piece of an answer for a sentence: in quotes, on one line, and cut where it is long.

    What cannot be printed has a sign in its place: half a pair of surrogates cannot even be sent.
    """
    line = " ".join(text.split())
    line = line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"
    printed = "".join(each if each.isprintable() else _UNPRINTABLE for each in line)
    return f"“{printed}”"


def lines_of(text: str) -> list[str]:
    """Its lines without their ends, as Markdown and Git have them: str.splitlines splits at form feeds too."""
    found = _LINE_END.split(text)
    return found if found[-1] else found[:-1]


def amount(number: int, noun: str) -> str:
    """As in "1 word" and "2,000 words"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
