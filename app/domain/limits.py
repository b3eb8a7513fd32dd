"""How much a token may use of a feature in a minute, and in what portions workers take it.

The windows are fixed: a minute of the clock, from its second 0. Around the turn of one as much as two minutes' worth
may come close together; in return what is left can be told in one number that all workers share.
"""

import math
from dataclasses import dataclass
from datetime import datetime

LIMIT_MAX = 1_000_000_000
MINUTE = 60
_SHARE = 20


@dataclass(frozen=True, slots=True)
class Limits:
    """What a token may use of each feature in a minute; None is without a limit."""

    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None

    @property
    def are_set(self) -> bool:
        """Whether there is anything to count."""
        return self.requests_per_minute is not None or self.tokens_per_minute is not None

    @property
    def words(self) -> str:
        """As lists show them: ``60 requests, 100,000 tokens``; empty without limits."""
        counted = {"request": self.requests_per_minute, "token": self.tokens_per_minute}
        return ", ".join(f"{each:,} {noun}{'s' * (each != 1)}" for noun, each in counted.items() if each is not None)


def fault(limit: int | None) -> str:
    """What is wrong with a limit, empty for nothing."""
    if limit is None or 1 <= limit <= LIMIT_MAX:
        return ""
    return f"Use 1 to {LIMIT_MAX:,}, or leave it out for no limit."


def portion(limit: int | None) -> int:
    """How many requests a worker takes at a time: a twentieth, so that little lies idle where nobody calls.

    Limits below 40 go out one by one, which makes them exact however calls fall to the workers. 0 without a limit.
    """
    return 0 if limit is None else max(1, limit // _SHARE)


def is_low(left: int, limit: int | None) -> bool:
    """Whether a worker should take the next portion ahead of need; never where it would hold another's last one."""
    return left < portion(limit) // 2


def granted(limit: int | None, asked: int, taken: int) -> int:
    """How many of the requests asked for are within the limit, where `taken` is the shared number with them in it."""
    return 0 if limit is None else max(0, min(asked, limit - (taken - asked)))


def minute_of(moment: datetime) -> int:
    """Whole minutes since 1970."""
    return int(moment.timestamp() // MINUTE)


def seconds_to_wait(moment: datetime) -> int:
    """Until the next minute begins: 1 to 60, rounded up so that who waits is never early."""
    return math.ceil(MINUTE - moment.timestamp() % MINUTE)


def refusal(noun: str, feature: str, limit: int, wait: int) -> str:
    """What a caller past a limit is told; `noun` is what was counted."""
    return f"This token's {noun} for {feature} are used up in this minute (limit: {limit:,}). Try again in {wait} s."
