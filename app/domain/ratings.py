"""How well a pairing works for those who reported it, and how sure that is: two figures that never mix.

The rating is worked out of answers on features, never of marks that people gave; it does not fall with age. The
confidence does: reports grow old, and where they disagree they say less.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import NamedTuple

# With fewer installations there is no rating.
LEAST = 2
HALF_LIFE_DAYS = 180.0
# Past this the newest report calls for another test.
OLD_AFTER_DAYS = 365
# So many reports at full weight make the confidence one half, before disagreement counts.
HALF_AT = 2.0
# What a report on another quantisation counts.
OTHER_VARIANT = 0.5


class Answer(StrEnum):
    """What a report says of one feature; a feature that was not tried has no answer."""

    WORKS = "works"
    NOTES = "notes"
    FAILS = "fails"

    @property
    def label(self) -> str:
        """The word for people."""
        return {"works": "Works", "notes": "Works with notes", "fails": "Fails"}[self.value]


class Grade(IntEnum):
    """What stands behind a report: a bare claim, a test of that installation, a test by who keeps the catalogue."""

    CLAIM = 1
    TESTED = 2
    CURATED = 3


class Sureness(StrEnum):
    """The confidence in a word."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    NONE = "none"


VALUES = {Answer.WORKS: 1.0, Answer.NOTES: 0.5, Answer.FAILS: 0.0}
WEIGHTS = {Grade.CLAIM: 0.5, Grade.TESTED: 1.0, Grade.CURATED: 1.5}
_HIGH, _MEDIUM = 0.6, 0.3


class Rated(NamedTuple):
    """What the rule must know of one live report; `answers` maps features to what was found.

    A tuple, which is made in a third of the time: a bundle asks for the ratings of thousands of entries.
    """

    installation: str
    answers: Mapping[str, Answer]
    grade: Grade
    at: datetime
    same_variant: bool = True


@dataclass(frozen=True, slots=True)
class Rating:
    """`stars` from 1 to 5 to one decimal, None below LEAST installations; `confidence` from 0 to 1.

    `words` say both in a sentence each. `needs_test`: the evidence is old, or there is none.
    """

    stars: float | None
    confidence: float
    sureness: Sureness
    installations: int
    reports: int
    needs_test: bool
    words: tuple[str, ...] = field(default=())


def rating(reports: Iterable[Rated], now: datetime) -> Rating:
    """The rule. Of one installation the newest report counts; those without an answer do not."""
    live = _newest(reports)
    if not live:
        return Rating(None, 0.0, Sureness.NONE, 0, 0, True, ("Nobody has reported it yet.",))
    values = [_value(each) for each in live]
    weights = [WEIGHTS[each.grade] for each in live]
    mean = sum(v * w for v, w in zip(values, weights, strict=True)) / sum(weights)
    enough = len(live) >= LEAST
    confidence = _confidence(live, values, mean, now) if enough else 0.0
    age = min((now - each.at).days for each in live)
    return Rating(
        stars=round(1 + 4 * mean, 1) if enough else None,
        confidence=round(confidence, 3),
        sureness=_sureness(confidence),
        installations=len(live),
        reports=len(live),
        needs_test=age > OLD_AFTER_DAYS,
        words=tuple(_words(live, values, mean, enough, age)),
    )


def _newest(reports: Iterable[Rated]) -> Sequence[Rated]:
    newest: dict[str, Rated] = {}
    for each in sorted(reports, key=lambda report: report.at):
        if each.answers:
            newest[each.installation] = each
    return list(newest.values())


def _value(report: Rated) -> float:
    return sum(VALUES[answer] for answer in report.answers.values()) / len(report.answers)


def _confidence(live: Sequence[Rated], values: Sequence[float], mean: float, now: datetime) -> float:
    """Evidence that is fresh and near, times how far the reports agree."""
    weights = [
        WEIGHTS[each.grade]
        * math.pow(0.5, max(0.0, (now - each.at).total_seconds() / 86_400) / HALF_LIFE_DAYS)
        * (1.0 if each.same_variant else OTHER_VARIANT)
        for each in live
    ]
    evidence = sum(weights)
    if not evidence:
        return 0.0
    spread = math.sqrt(sum(w * (v - mean) ** 2 for v, w in zip(values, weights, strict=True)) / evidence)
    # Half of them for and half against is a spread of one half: nothing is left of the confidence.
    return evidence / (evidence + HALF_AT) * max(0.0, 1.0 - 2.0 * spread)


def _sureness(confidence: float) -> Sureness:
    if confidence >= _HIGH:
        return Sureness.HIGH
    return Sureness.MEDIUM if confidence >= _MEDIUM else Sureness.LOW


def _words(live: Sequence[Rated], values: Sequence[float], mean: float, enough: bool, age: int) -> Iterable[str]:
    if not enough:
        yield f"Too few reports: {len(live)} of {LEAST} installations."
    tested = sum(each.grade >= Grade.TESTED for each in live)
    yield f"{len(live)} {'installation' if len(live) == 1 else 'installations'}, {tested} with a test attached."
    if enough and 0.25 < mean < 0.75 and len({value > 0.5 for value in values}) > 1:
        yield "They disagree."
    if age > OLD_AFTER_DAYS:
        yield f"The newest is {age} days old: it needs a new test."
