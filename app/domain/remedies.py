"""From the code of a failed step to words: what happened, the likely cause, what to do."""

import string
from collections.abc import Mapping
from dataclasses import dataclass

from app.domain.steps import Outcome

_WORDS_SHOWN = 300


@dataclass(frozen=True, slots=True)
class Remedy:
    """The texts for one code; {name} stands for a value that the test fills in. `outcome` is what the step becomes."""

    code: str
    outcome: Outcome
    message: str
    cause: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Explained:
    """A code in words, filled in and ready to be shown as plain text."""

    code: str
    outcome: Outcome
    message: str
    cause: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Remedies:
    """The texts per code, and what stands in for a value that nobody knows."""

    rows: Mapping[str, Remedy]
    stand_ins: Mapping[str, str]

    def explain(self, code: str, values: Mapping[str, str] | None = None) -> Explained:
        """Put `code` into words. `values` must be scrubbed by the caller; they are cut and freed of control characters.

        An unknown code is explained as the row `unexpected`, so that a step never stays without a remedy.
        """
        row = self.rows.get(code) or self.rows["unexpected"]
        given = {name: _plain(value) for name, value in (values or {}).items() if value.strip()}
        filling = {**self.stand_ins, "code": code, **given}
        texts = (text.format_map(filling) for text in (row.message, row.cause, row.remedy))
        return Explained(code, row.outcome, *texts)


def placeholders(text: str) -> frozenset[str]:
    """The names in braces; raises ValueError for anything but plain names, which cannot reach into objects."""
    names = frozenset(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)
    odd = sorted(name for name in names if not name.isidentifier())
    if odd:
        raise ValueError(f"{{{odd[0]}}} is no plain name")
    return names


def _plain(value: str) -> str:
    words = " ".join("".join(c if c.isprintable() else " " for c in value).split())
    return words if len(words) <= _WORDS_SHOWN else words[: _WORDS_SHOWN - 1] + "…"
