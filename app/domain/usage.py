"""Usage of feature calls as sums: what one call adds, how sums are put together, and what can be read from them.

Bounds of the buckets and the names of operations are those of OpenTelemetry's semantic conventions for generative AI
(gen-ai-metrics).
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

# Milliseconds; the last bucket of each list is what lies above.
DURATION_BOUNDS = (10, 20, 40, 80, 160, 320, 640, 1280, 2560, 5120, 10240, 20480, 40960, 81920)
FIRST_TOKEN_BOUNDS = (
    1, 5, 10, 20, 40, 60, 80, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000,
)  # fmt: skip
TOKEN_BOUNDS = (
    1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864,
)  # fmt: skip
_BYTES_PER_TOKEN = 4


@dataclass(frozen=True, slots=True)
class CallOutcome:
    """What one call came to; nothing of what was asked or answered. `at` is its end, in UTC.

    `operation`: chat, text_completion, embeddings. `feature` is a feature's name or endpoint:<slug>. `error` is a code,
    empty for a call that went well. `fallback`: not the first endpoint. `estimated`: the server stated no tokens.
    """

    at: datetime
    operation: str
    feature: str
    endpoint_id: str
    endpoint: str
    platform: str
    served_name: str
    token_id: str
    error: str = ""
    fallback: bool = False
    estimated: bool = False
    prompt_tokens: int = 0
    completion_tokens: int = 0
    first_token_ms: float | None = None
    duration_ms: float = 0.0


@dataclass(slots=True)
class Sums:
    """Sums of calls; times in milliseconds, buckets as counts per bound with one more for what lies above."""

    requests: int = 0
    errors: int = 0
    fallbacks: int = 0
    estimated: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    first_token_ms: float = 0.0
    duration_ms: float = 0.0
    first_token_buckets: list[int] = field(default_factory=lambda: empty(FIRST_TOKEN_BOUNDS))
    duration_buckets: list[int] = field(default_factory=lambda: empty(DURATION_BOUNDS))
    prompt_buckets: list[int] = field(default_factory=lambda: empty(TOKEN_BOUNDS))
    completion_buckets: list[int] = field(default_factory=lambda: empty(TOKEN_BOUNDS))

    def add(self, call: CallOutcome) -> None:
        """One call more."""
        self.requests += 1
        self.errors += bool(call.error)
        self.fallbacks += call.fallback
        self.estimated += call.estimated
        self.prompt_tokens += call.prompt_tokens
        self.completion_tokens += call.completion_tokens
        self.duration_ms += call.duration_ms
        self.duration_buckets[bisect_left(DURATION_BOUNDS, call.duration_ms)] += 1
        self.prompt_buckets[bisect_left(TOKEN_BOUNDS, call.prompt_tokens)] += 1
        self.completion_buckets[bisect_left(TOKEN_BOUNDS, call.completion_tokens)] += 1
        if call.first_token_ms is not None:
            self.first_token_ms += call.first_token_ms
            self.first_token_buckets[bisect_left(FIRST_TOKEN_BOUNDS, call.first_token_ms)] += 1

    def merge(self, other: "Sums") -> None:
        """The calls of another as well."""
        for name in _NUMBERS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name in _BUCKETS:
            setattr(self, name, together(getattr(self, name), getattr(other, name)))


_BUCKETS = ("first_token_buckets", "duration_buckets", "prompt_buckets", "completion_buckets")
_NUMBERS = tuple(name for name in Sums.__dataclass_fields__ if name not in _BUCKETS)


def empty(bounds: Sequence[int]) -> list[int]:
    """Buckets in which nothing is."""
    return [0] * (len(bounds) + 1)


def together(one: Sequence[int], other: Sequence[int]) -> list[int]:
    """Buckets of both; where one list is older and shorter, what is missing counts as nothing."""
    size = max(len(one), len(other))
    padded = [[*each, *[0] * (size - len(each))] for each in (one, other)]
    return [a + b for a, b in zip(*padded, strict=True)]


def quantile(buckets: Sequence[int], bounds: Sequence[int], share: float) -> float | None:
    """The value below which `share` of the counted lie, linear within a bucket; the last bound for what lies above.

    None where nothing was counted.
    """
    total = sum(buckets)
    if not total:
        return None
    wanted, seen = share * total, 0
    for at, count in enumerate(buckets):
        if count and seen + count >= wanted:
            if at == len(bounds):
                break
            low = bounds[at - 1] if at else 0
            return low + (bounds[at] - low) * (wanted - seen) / count
        seen += count
    return float(bounds[-1])


def estimate_tokens(text: str) -> int:
    """Tokens by rule of thumb: about four bytes of UTF-8 each, at least one for any text at all."""
    size = len(text) if text.isascii() else len(text.encode(errors="replace"))
    return -(-size // _BYTES_PER_TOKEN)


def hour_of(moment: datetime) -> datetime:
    """The beginning of its hour, in UTC."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
