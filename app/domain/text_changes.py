"""What differs between two texts, line by line, as two columns that are read side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

# So many equal lines stay in sight around what differs.
_AROUND = 2
# A fold that hides fewer lines would take as much room as it saves.
_LEAST_FOLDED = 3


class LineKind(StrEnum):
    """A line that both texts have, one that only this side has, and a place where equal lines were folded."""

    SAME = "same"
    OWN = "own"
    FOLDED = "folded"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a column; of a folded place `hidden` counts the lines and `text` is empty."""

    kind: LineKind
    text: str = ""
    hidden: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """Both columns: `before` and `after`."""

    before: tuple[Line, ...]
    after: tuple[Line, ...]

    @property
    def gone(self) -> int:
        """How many lines only the first text has."""
        return _own(self.before)

    @property
    def come(self) -> int:
        """How many lines only the second text has."""
        return _own(self.after)

    @property
    def differs(self) -> bool:
        """Whether there is any difference."""
        return bool(self.gone or self.come)


def change(before: Sequence[str], after: Sequence[str]) -> Change:
    """The difference of two texts, given as lines without their ends; equal lines far from any difference are folded.

    Takes time with the square of the number of lines: it is meant for prompts with their samples.
    """
    left: list[Line] = []
    right: list[Line] = []
    steps = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    for number, (tag, start, end, other_start, other_end) in enumerate(steps):
        if tag == "equal":
            same = _folded(before[start:end], first=number == 0, last=number == len(steps) - 1)
            left += same
            right += same
        else:
            left += [Line(LineKind.OWN, text) for text in before[start:end]]
            right += [Line(LineKind.OWN, text) for text in after[other_start:other_end]]
    return Change(tuple(left), tuple(right))


def _folded(lines: Sequence[str], *, first: bool, last: bool) -> list[Line]:
    """Equal lines, the middle folded; at either end of the texts no lines are needed to lead over."""
    top, bottom = 0 if first else _AROUND, 0 if last else _AROUND
    hidden = len(lines) - top - bottom
    if hidden < _LEAST_FOLDED:
        return [Line(LineKind.SAME, text) for text in lines]
    head = [Line(LineKind.SAME, text) for text in lines[:top]]
    tail = [Line(LineKind.SAME, text) for text in lines[len(lines) - bottom :]]
    return [*head, Line(LineKind.FOLDED, hidden=hidden), *tail]


def _own(lines: Sequence[Line]) -> int:
    return sum(each.kind is LineKind.OWN for each in lines)
