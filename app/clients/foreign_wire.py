"""What the chat protocol of a platform that does not speak OpenAI's can be told."""

from collections.abc import Sequence
from dataclasses import dataclass

PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")


@dataclass(frozen=True, slots=True)
class Wire:
    """One protocol: `label` begins sentences about it, `takes` are parameters that only some protocols know.

    `hottest` is the highest temperature; `most_stops` how many stop sequences it takes, None where it states no limit.
    `pictures` are media types, `addresses` the beginnings of those from which the platform fetches pictures itself.
    """

    label: str
    takes: frozenset[str] = frozenset()
    hottest: float = 2.0
    most_stops: int | None = None
    pictures: Sequence[str] = PICTURES
    addresses: tuple[str, ...] = ()
