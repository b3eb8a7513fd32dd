"""What goes wrong in GitLab itself: what people see, why, and what to do about it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.domain.sources import Source

_CURLY = "\u2019"


@dataclass(frozen=True, slots=True)
class Group:
    """Symptoms of the same part of GitLab's chain."""

    slug: str
    title: str
    description: str


@dataclass(frozen=True, slots=True)
class Symptom:
    """One thing that goes wrong. `says` holds the words of GitLab or of a log, exactly; `remedy` the steps, in order.

    `settings` are the variables of GitLab and its gateway that matter; `codes` are those of our own test that point to
    the same trouble. `inferred`: part of the row is our reading of source code and stands in no documentation.
    """

    slug: str
    group: str
    symptom: str
    cause: str
    remedy: tuple[str, ...]
    source: Source
    says: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    inferred: bool = False


@dataclass(frozen=True, slots=True)
class Symptoms:
    """The groups and the rows, each by slug, in the order of the file."""

    groups: Mapping[str, Group]
    rows: Mapping[str, Symptom]

    def by_group(self) -> tuple[tuple[Group, tuple[Symptom, ...]], ...]:
        """Groups with their rows."""
        return tuple(
            (group, tuple(row for row in self.rows.values() if row.group == group.slug))
            for group in self.groups.values()
        )

    def of_code(self, code: str) -> tuple[Symptom, ...]:
        """What people see in GitLab when our test ends with `code`; none for a code that nothing is known of."""
        return tuple(row for row in self.rows.values() if code in row.codes)


def matching(symptoms: Iterable[Symptom], q: str) -> tuple[Symptom, ...]:
    """The rows that hold every word of `q`, all of them where it holds none.

    First come those with all words in what people see, then those that need the cause, then those that need the remedy.
    """
    words = _folded(q).split()
    ranked = [(rank, row) for row in symptoms if (rank := _rank(row, words)) is not None]
    return tuple(row for _, row in sorted(ranked, key=lambda each: each[0]))


def _rank(row: Symptom, words: list[str]) -> int | None:
    """How many parts beyond the symptom are needed to find all words; None where they are not all there."""
    text = ""
    parts = ((row.symptom, *row.says), (row.cause,), (*row.remedy, *row.settings, *row.codes))
    for rank, part in enumerate(parts):
        text += _folded("\n".join(part)) + "\n"
        if all(word in text for word in words):
            return rank
    return None


def _folded(text: str) -> str:
    """Without regard to case, and to the apostrophe that a log, a page or a keyboard happens to write."""
    return text.casefold().replace(_CURLY, "'")
