"""What connection tests measured of an endpoint, and when a measurement counts as old. Never guessed from a name."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from app.domain.features import Ability

OLD_AFTER = timedelta(days=30)


class Grade(StrEnum):
    """How much of an ability was found; `partly` as in two of three tries."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"


class Aged(StrEnum):
    """What makes a measurement old before its time."""

    EDITED = "edited"
    CHANGED = "changed"

    @property
    def sentence(self) -> str:
        """The reason for people."""
        return _AGED[self]


_AGED = {
    Aged.EDITED: "The endpoint was edited since this was measured.",
    Aged.CHANGED: "The server shows another version or model than when this was measured.",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One ability as one step found it; `value`: tokens of context, milliseconds to the first token, dimensions."""

    ability: Ability
    grade: Grade
    value: int | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """The newest finding about an ability of an endpoint; `aged` where something happened since."""

    ability: Ability
    grade: Grade
    value: int | None
    at: datetime
    aged: Aged | None = None


def newest(findings: Iterable[Finding]) -> dict[Ability, Finding]:
    """One finding for each ability: of several in one test the last, since later steps look closer."""
    return {each.ability: each for each in findings}


def is_old(at: datetime | None, aged: str | None, now: datetime) -> bool:
    """Whether a measurement is to be shown as old, by its time and its Aged; one that was never made is not."""
    return at is not None and (bool(aged) or now - at > OLD_AFTER)


def old_because(at: datetime | None, aged: str | None, now: datetime) -> str:
    """Why a measurement is old, as a sentence; empty for a fresh one."""
    if not is_old(at, aged, now):
        return ""
    return Aged(aged).sentence if aged else f"This was measured more than {OLD_AFTER.days} days ago."
