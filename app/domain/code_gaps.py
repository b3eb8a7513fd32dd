"""Gaps in code whose content is determined, and what a model put into one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.domain.families import Completion

LANGUAGE = "Python"
SYSTEM_TEXT = (
    "You complete code at the cursor. Answer with nothing but the code that is missing there. "
    "Repeat nothing of what stands before or after it, explain nothing, and use no markup."
)
IN_WORDS_FORM = "Which code belongs between these two parts?\n<before>{prefix}</before>\n<after>{suffix}</after>"

# What stands for a place in a form: <PRE>, <|fim_prefix|>, [SUFFIX], </s>.
_MARK = re.compile(r"</?[^<>{}\s]{1,30}>|\[/?[A-Z]{3,}\]")
# Marks of this kind are no code, whichever family they belong to.
FOREIGN_MARK = re.compile(r"<[|\uff5c][^<>|\uff5c\s]{1,30}[|\uff5c]>")
_COMMENT = re.compile(r"\s*#.*")
# A capital, and more words after it than code has in a row.
_SENTENCE = re.compile(r"\b[A-Z][a-z']*(?:[ ,]+[a-z']+){3,}|\b(?:Sure|Certainly|Of course)\b")


@dataclass(frozen=True, slots=True)
class CodeGap:
    """Code with a gap that only `missing` fills."""

    prefix: str
    suffix: str
    missing: str


CODE_GAPS = (
    CodeGap("def add(a, b):\n    return a +", "\n\n\nprint(add(1, 2))\n", "b"),
    CodeGap("def is_even(number):\n    return number % 2 ==", "\n\n\nassert is_even(4)\nassert not is_even(5)\n", "0"),
    CodeGap('def greet(name):\n    greeting = "Hello, " + name\n    return', '\n\n\nprint(greet("Ada"))\n', "greeting"),
)


class Filling(StrEnum):
    """What an answer is: the missing code, that with a form's marks, with talk about it, or something else."""

    FILLED = "filled"
    LEAKS = "leaks"
    CHATTY = "chatty"
    MISSED = "missed"


def asked(completion: Completion, gap: CodeGap) -> str:
    """The user's message: the gap in the family's form, or in words where it has none."""
    values = {"{prefix}": gap.prefix, "{suffix}": gap.suffix, "{language}": LANGUAGE}
    return re.sub(r"\{(prefix|suffix|language)\}", lambda found: values[found[0]], completion.form or IN_WORDS_FORM)


def marks(completion: Completion) -> frozenset[str]:
    """What belongs to the form and never to an answer."""
    return frozenset([*_MARK.findall(completion.form or IN_WORDS_FORM), *completion.parameters.stop])


def filling(answer: str, gap: CodeGap, forbidden: frozenset[str] = frozenset()) -> Filling:
    """Judge one answer; blanks around the code, and a comment behind it, are no fault."""
    if FOREIGN_MARK.search(answer) or any(mark in answer for mark in forbidden):
        return Filling.LEAKS
    code = _COMMENT.sub("", answer)
    if "```" in code or _SENTENCE.search(code):
        return Filling.CHATTY
    return Filling.FILLED if code.strip() == gap.missing else Filling.MISSED


def worst(fillings: Sequence[Filling]) -> Filling:
    """What to say of several tries: `filled` for all right, else what spoilt them, the plainest cause first."""
    return next((each for each in (Filling.LEAKS, Filling.CHATTY, Filling.MISSED) if each in fillings), Filling.FILLED)
