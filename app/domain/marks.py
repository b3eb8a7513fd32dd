"""What blind marks say of a prompt family on an endpoint, and from how many on that is worth anything."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

# With fewer, one person's afternoon would be taken for evidence.
ENOUGH = 5


class Weight(StrEnum):
    """What a tally means for a suggestion of its family."""

    FEW = "few"
    BACKS = "backs"
    CONTRADICTS = "contradicts"
    EVEN = "even"


@dataclass(frozen=True, slots=True)
class MarkedPair:
    """One mark: two families on one endpoint for a feature; `better` is one of them, or empty for neither."""

    feature: str
    families: tuple[str, str]
    better: str
    here: bool = True


@dataclass(frozen=True, slots=True)
class Tally:
    """How often a family was found better than another, worse, or neither; `elsewhere` is how many of these marks
    were given on other endpoints with the same model.
    """

    wins: int = 0
    losses: int = 0
    neither: int = 0
    elsewhere: int = 0

    @property
    def marks(self) -> int:
        """All of them."""
        return self.wins + self.losses + self.neither

    @property
    def weight(self) -> Weight:
        """What they mean."""
        if self.marks < ENOUGH:
            return Weight.FEW
        if self.wins == self.losses:
            return Weight.EVEN
        return Weight.BACKS if self.wins > self.losses else Weight.CONTRADICTS

    def plus(self, pair: MarkedPair, family: str) -> "Tally":
        """With one mark more."""
        return Tally(
            self.wins + (pair.better == family),
            self.losses + (pair.better not in ("", family)),
            self.neither + (not pair.better),
            self.elsewhere + (not pair.here),
        )


def tallies(pairs: Iterable[MarkedPair]) -> Mapping[str, Tally]:
    """The tally of each family that was compared with another."""
    found: dict[str, Tally] = {}
    for pair in pairs:
        for family in pair.families:
            found[family] = found.get(family, Tally()).plus(pair, family)
    return found


def sentence(tally: Tally, label: str) -> str:
    """What to say of a family beside its suggestion; empty where it was never compared."""
    if not tally.marks:
        return ""
    place = "with this model" if tally.elsewhere else "here"
    if tally.weight is Weight.FEW:
        return f"Blind marks for {label} {place}: {tally.marks} of {ENOUGH} marks needed."
    if tally.weight is Weight.CONTRADICTS:
        return f"{tally.losses} of {tally.marks} blind marks preferred another family to {label} {place}."
    if tally.weight is Weight.EVEN:
        return f"{tally.marks} blind marks {place} are even: {tally.wins} for {label}, {tally.losses} against."
    return f"{tally.wins} of {tally.marks} blind marks preferred {label} {place}."
