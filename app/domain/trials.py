"""Tries of prompts: what a person asks for, how an answer stands, and what stays hidden until the better one is marked.

Of two that differ in endpoint or family, which stands first is drawn by lot and neither is named before the mark. Nor
may time tell: both texts are shown at the pace of the slower.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

# Characters of an answer that are kept; whoever says more is not listened to any longer.
MOST_TEXT = 65_536
MOST_CALLS = 20
MOST_SIDES = 2
# So many tries of one person run at once: each takes a model's time.
MOST_RUNNING = 2
# What was sent and answered goes after this long.
KEPT = timedelta(hours=1)
NEITHER = -1
# A side whose process ended before it did.
INTERRUPTED = "interrupted"
INTERRUPTED_WORDS = "Modelport was stopped while this ran. Try it again."
# Seconds; what comes sooner came in one lump, and its speed is the network's.
_SHORTEST = 0.05
_UNKNOWN = "\ufffd"
# Lone surrogates cannot be stored, and what turns the direction of writing makes code read as another.
_SEEN: dict[int, int | str] = {
    **{code: 0x2400 + code for code in range(0x20) if chr(code) not in "\n\t"},
    0x7F: 0x2421,
    **dict.fromkeys(range(0x80, 0xA0), _UNKNOWN),
    **dict.fromkeys(range(0x202A, 0x202F), _UNKNOWN),
    **dict.fromkeys(range(0x2066, 0x206A), _UNKNOWN),
    **dict.fromkeys(range(0xD800, 0xE000), _UNKNOWN),
}


class SideState(StrEnum):
    """How far one answer is; what did not come to its end counts in no comparison."""

    RUNNING = "running"
    ANSWERED = "answered"
    FAILED = "failed"
    STOPPED = "stopped"


class Choice(StrEnum):
    """What a mark says of two answers."""

    A = "a"
    B = "b"
    NEITHER = "neither"

    @property
    def position(self) -> int:
        """Where the better one stands, NEITHER for none."""
        return {Choice.A: 0, Choice.B: 1}.get(self, NEITHER)


@dataclass(frozen=True, slots=True)
class Side:
    """Who answers: an endpoint by its id, and a family; of a draft it may be empty, for the endpoint's own."""

    endpoint_id: str
    family: str = ""


@dataclass(frozen=True, slots=True)
class TrialDraft:
    """A try as it is asked for: a feature, a text for its inputs, and one side or two."""

    feature: str
    inputs: Mapping[str, Any] = field(repr=False)
    sides: tuple[Side, ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured of one answer, times in milliseconds from the request on.

    `estimated`: the server stated no tokens. `first_token_ms` is None for what came as a whole.
    """

    duration_ms: float
    first_token_ms: float | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0
    estimated: bool = False

    @property
    def tokens_per_second(self) -> float | None:
        """From the first token on; without one over the whole time. None where there is too little to tell."""
        tokens = self.completion_tokens - (self.first_token_ms is not None)
        seconds = (self.duration_ms - (self.first_token_ms or 0.0)) / 1000
        return tokens / seconds if tokens > 0 and seconds > _SHORTEST else None


def drawn(sides: Sequence[Side], *, swapped: bool) -> tuple[Side, ...]:
    """The sides in the order that the lot gave."""
    return tuple(reversed(sides)) if swapped else tuple(sides)


def is_comparison(sides: Sequence[Side]) -> bool:
    """Whether there are two that differ; of two alike there is nothing to find out."""
    return len(sides) == MOST_SIDES and sides[0] != sides[1]


def may_mark(blind: bool, mark: int | None, states: Sequence[str]) -> bool:
    """Whether the better answer may be marked: once, and only when both came to their end."""
    both = len(states) == MOST_SIDES and all(state == SideState.ANSWERED for state in states)
    return blind and mark is None and both


def hides_names(blind: bool, mark: int | None, states: Sequence[str]) -> bool:
    """Whether nothing may say who answers which: until the mark, or until there can be none."""
    runs = any(state == SideState.RUNNING for state in states)
    return blind and mark is None and (runs or may_mark(blind, mark, states))


def pace(lengths: Sequence[int], states: Sequence[str]) -> int | None:
    """How many characters of each text may be seen while names are hidden, as many as what still runs has; None for
    all of them.
    """
    return min((each for each, state in zip(lengths, states, strict=True) if state == SideState.RUNNING), default=None)


def readable(text: str) -> str:
    """A model's text to be stored and shown: what controls a terminal or a database becomes its picture.

    Line ends are newlines, as in a text area.
    """
    return text.replace("\r\n", "\n").translate(_SEEN)
