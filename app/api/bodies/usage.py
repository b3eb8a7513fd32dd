"""What feature calls came to, and how usage is asked for."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from app.api.bodies.common import Paged, Stored
from app.domain.usage import Sums
from app.domain.usage_periods import HIGH, MEDIAN, Grouping, Span, duration, first_token
from app.queries.usage import Used, UsedName


class UsageFilter(Paged):
    """Over what time, up to now, and by what usage is summed up; words, because parameters refer to no schema."""

    period: Literal["24h", "7d", "30d", "90d"] = Field("7d", description="Hours, or days of UTC up to today.")
    by: Literal["feature", "endpoint", "token"] = Field("feature", description="By token for the role admin alone.")


class UsageAnswer(Stored):
    """Sums of one feature, endpoint or token, whose name or id is `id`; no prompt and no answer is kept anywhere.

    `gone` says that nothing has this id any more, `name` is then the last one known and may be empty. `estimated`
    counts the requests whose tokens the server did not state. Times are in milliseconds, estimated from counts per
    range, and null where none was measured.
    """

    by: Grouping
    name: str
    gone: bool
    begin: datetime
    end: datetime
    requests: int
    errors: int
    fallbacks: int
    estimated: int
    prompt_tokens: int
    completion_tokens: int
    first_token_p50_ms: float | None
    first_token_p95_ms: float | None
    duration_p50_ms: float | None
    duration_p95_ms: float | None

    @classmethod
    def of(cls, used: Used, named: UsedName, span: Span, by: Grouping) -> "UsageAnswer":
        """Sums as they are answered."""
        return cls(
            id=used.key,
            version=1,
            created_at=None,
            updated_at=None,
            by=by,
            name=named.name,
            gone=named.gone,
            begin=span.begin,
            end=span.end,
            **_counts(used.sums),
            **_times(used.sums),
        )


def _counts(sums: Sums) -> dict[str, int]:
    names = ("requests", "errors", "fallbacks", "estimated", "prompt_tokens", "completion_tokens")
    return {name: getattr(sums, name) for name in names}


def _times(sums: Sums) -> dict[str, float | None]:
    shares = {"p50": MEDIAN, "p95": HIGH}
    read = {"first_token": first_token, "duration": duration}
    return {f"{what}_{name}_ms": tell(sums, share) for what, tell in read.items() for name, share in shares.items()}
