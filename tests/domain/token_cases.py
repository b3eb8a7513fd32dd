"""Wrong limits of a token, for every door that takes one."""

from typing import NamedTuple

NO_LIMIT = "Use 1 to 1,000,000,000, or leave it out for no limit."


class LimitCase(NamedTuple):
    """A field with a value that no limit can have."""

    field: str
    value: int


LIMIT_CASES = [
    LimitCase(field, value)
    for field in ("requests_per_minute", "tokens_per_minute")
    for value in (0, -1, 1_000_000_001, 10**18)
]
