"""Whether an endpoint suits a feature, from what was measured and what the feature needs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.capabilities import Aged, Grade, Measured
from app.domain.features import Ability, Needs

# Raised whenever the rules below give another answer for the same measurements.
READINESS_VERSION = 1


class Readiness(StrEnum):
    """The verdict, best first."""

    WORKS = "works"
    LIMITS = "limits"
    UNKNOWN = "unknown"
    NO = "no"

    @property
    def label(self) -> str:
        """The words on a page."""
        return _LABELS[self]

    @property
    def suits(self) -> bool:
        """Whether the feature was found to work, with limits or without."""
        return self in (Readiness.WORKS, Readiness.LIMITS)

    def is_worse(self, other: "Readiness") -> bool:
        """Whether this verdict stands below the other."""
        order = list(Readiness)
        return order.index(self) > order.index(other)


_LABELS = {
    Readiness.WORKS: "Works",
    Readiness.LIMITS: "With limits",
    Readiness.UNKNOWN: "Not judged",
    Readiness.NO: "Will not work",
}

_LACKING = {
    Ability.CHAT: "It gives no answer to a chat request.",
    Ability.STREAM: "It does not stream its answers.",
    Ability.SYSTEM: "It does not follow a system message.",
    Ability.TOOLS: "It calls no tools in the structured form.",
    Ability.JSON: "It does not keep to a JSON schema.",
    Ability.FIM: "It does not fill a gap in code.",
    Ability.QUICK: "Its first token takes longer than a second.",
}
_PARTLY = {
    Ability.SYSTEM: "System text has to be put before the first user turn.",
    Ability.TOOLS: "It calls tools in the structured form in some of the tries only.",
    Ability.JSON: "It gives JSON when told to in words, not by a schema in the request.",
    Ability.FIM: "It fills a gap in code in some of the tries only.",
}
_NAMES = {
    Ability.CHAT: "chat",
    Ability.STREAM: "streaming",
    Ability.SYSTEM: "system messages",
    Ability.TOOLS: "tool calls",
    Ability.JSON: "JSON by a schema",
    Ability.FIM: "filling a gap in code",
    Ability.QUICK: "the first token's time",
    Ability.CONTEXT: "the context",
}


@dataclass(frozen=True, slots=True)
class ReadinessVerdict:
    """A verdict with its reasons as sentences.

    `measured_at` is the oldest measurement it stands on, None where there is none; `aged` what made one of them old.
    """

    readiness: Readiness
    reasons: tuple[str, ...]
    measured_at: datetime | None = None
    aged: Aged | None = None


def readiness(
    needs: Needs, measured: Mapping[Ability, Measured], stated_context: int | None = None
) -> ReadinessVerdict:
    """The verdict for one feature.

    no: something it must have was measured as lacking. unknown: none lacking, but one never measured. limits:
    something it should have is lacking or there in part, or the context is below the comfortable one. works: else.
    `stated_context` is what the server itself states in tokens; it counts only above a measurement that reached the
    end of the test's ladder.
    """
    lacking = [*_lacking(needs.must, measured), *_short_context(needs, measured)]
    unmeasured = [_NAMES[each] for each in needs.must if each not in measured]
    if not _context_is_known(needs, measured):
        unmeasured.append(_NAMES[Ability.CONTEXT])
    limits = [
        *_partly(needs.must, measured),
        *_lacking(needs.should, measured),
        *_partly(needs.should, measured),
        *_uncomfortable(needs, measured, stated_context),
    ]
    used = [measured[each] for each in (*needs.must, *needs.should, Ability.CONTEXT) if each in measured]
    if lacking:
        verdict, reasons = Readiness.NO, lacking
    elif unmeasured:
        verdict, reasons = Readiness.UNKNOWN, [f"Not measured yet: {', '.join(unmeasured)}."]
    else:
        verdict, reasons = (Readiness.LIMITS, limits) if limits else (Readiness.WORKS, ["All it needs was measured."])
        reasons = [*reasons, *_open(needs.should, measured)]
    aged = next((each.aged for each in used if each.aged), None)
    return ReadinessVerdict(verdict, tuple(reasons), min((each.at for each in used), default=None), aged)


def _lacking(wanted: Iterable[Ability], measured: Mapping[Ability, Measured]) -> list[str]:
    return [_LACKING[each] for each in wanted if each in measured and measured[each].grade is Grade.NO]


def _partly(wanted: Iterable[Ability], measured: Mapping[Ability, Measured]) -> list[str]:
    grades = {each: measured[each].grade for each in wanted if each in measured}
    return [_PARTLY[each] for each, grade in grades.items() if grade is Grade.PARTLY and each in _PARTLY]


def _open(wanted: Iterable[Ability], measured: Mapping[Ability, Measured]) -> list[str]:
    names = [_NAMES[each] for each in wanted if each not in measured]
    return [f"Not measured: {', '.join(names)}."] if names else []


def _context_is_known(needs: Needs, measured: Mapping[Ability, Measured]) -> bool:
    """Grade yes means that nothing was seen to fail above the value, which is then a context of at least so many."""
    context = measured.get(Ability.CONTEXT)
    return context is not None and (context.grade is not Grade.YES or (context.value or 0) >= needs.context)


def _short_context(needs: Needs, measured: Mapping[Ability, Measured]) -> list[str]:
    context = measured.get(Ability.CONTEXT)
    if context is None or context.grade is Grade.YES or (context.value or 0) >= needs.context:
        return []
    if not context.value:
        return [f"It lost what stood in a long text; {needs.context:,} tokens are needed."]
    return [f"It reads {context.value:,} tokens; {needs.context:,} are needed."]


def _uncomfortable(needs: Needs, measured: Mapping[Ability, Measured], stated: int | None) -> list[str]:
    context = measured.get(Ability.CONTEXT)
    if context is None or context.value is None:
        return []
    reached = context.grade is Grade.YES
    if max(context.value, (stated or 0) if reached else 0) >= needs.comfortable:
        return []
    end = ", where the test ends" if reached and not stated else ""
    most = max(context.value, stated or 0) if reached else context.value
    return [f"It reads {most:,} tokens{end}; it is comfortable from {needs.comfortable:,}."]
