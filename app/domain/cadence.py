"""Whether a streamed answer flows: what the times of its pieces say of buffers on the way."""

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from statistics import median

# Fewer letters than some 30 tokens are made too quickly to be told from a buffer's doing.
JUDGED_LETTERS = 120
# A buffer gives all at once what it held back: a tenth of the wait is far more than the line takes for it.
AT_ONCE = 0.1
TOGETHER_SECONDS = 0.001
# What a buffer holds back waits for the whole of it, so a longer answer waits longer; a queue has all wait alike.
LONGER = 1.5
# An answer that is there sooner may come as it likes: nobody notices, and no buffer can be told from a fast model.
NOTICED_SECONDS = 1.0


class Flow(StrEnum):
    """How an answer came. `hasty` and `waited`: all at once, but very soon, or as late as a far shorter one began."""

    EVEN = "even"
    LUMP = "lump"
    SHORT = "short"
    HASTY = "hasty"
    WAITED = "waited"


@dataclass(frozen=True, slots=True)
class Cadence:
    """The seconds from the request to each piece of an answer, at least one; `letters` is how long all are together.

    `short_wait` is when a far shorter answer began, 0 where nobody knows.
    """

    times: tuple[float, ...]
    letters: int
    short_wait: float = 0.0

    @property
    def wait(self) -> float:
        """Seconds until it began."""
        return self.times[0]

    @property
    def span(self) -> float:
        """Seconds from its first piece to its last."""
        return self.times[-1] - self.times[0]

    @property
    def gap(self) -> float:
        """The usual seconds between two pieces, 0 for a single one."""
        return median(self._gaps)

    @property
    def longest_gap(self) -> float:
        """The most seconds between two pieces, 0 for a single one."""
        return max(self._gaps)

    @property
    def _gaps(self) -> list[float]:
        return [after - before for before, after in pairwise(self.times)] or [0.0]

    @property
    def flow(self) -> Flow:
        """A lump only where nothing else explains it: a slow model has gaps, a busy one a long wait and then gaps."""
        if self.letters < JUDGED_LETTERS:
            return Flow.SHORT
        if self.span > AT_ONCE * self.wait or self.gap > TOGETHER_SECONDS:
            return Flow.EVEN
        if self.wait < NOTICED_SECONDS:
            return Flow.HASTY
        return Flow.LUMP if self.wait >= LONGER * self.short_wait else Flow.WAITED

    def rate(self, tokens: int) -> float | None:
        """Tokens a second once it had begun, None where too little time passed to say."""
        return (tokens - 1) / self.span if self.span > TOGETHER_SECONDS * tokens else None
