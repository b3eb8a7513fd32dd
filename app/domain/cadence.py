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
# An answer that is there sooner may come as it likes: nobody notices, and no buffer can be told from a fast model.
NOTICED_SECONDS = 1.0


class Flow(StrEnum):
    """How an answer came. `hasty`: all at once, but so soon that this says nothing."""

    EVEN = "even"
    LUMP = "lump"
    SHORT = "short"
    HASTY = "hasty"


@dataclass(frozen=True, slots=True)
class Cadence:
    """The seconds from the request to each piece of an answer, at least one; `letters` is how long all are together."""

    times: tuple[float, ...]
    letters: int

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
        return Flow.LUMP if self.wait >= NOTICED_SECONDS else Flow.HASTY

    def rate(self, tokens: int) -> float | None:
        """Tokens a second once it had begun, None where too little time passed to say."""
        return (tokens - 1) / self.span if self.span > TOGETHER_SECONDS * tokens else None
