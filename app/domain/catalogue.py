"""What the catalogue states of models apart from GitLab's lists: facts, replacements, and GPUs that are enough."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.domain.endpoints import name_key
from app.domain.sources import Source


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """Facts of one model; None or "" where they are not known.

    `size` and `active` are parameters in billions, `context` is in tokens as the maker states it.
    """

    name: str
    maker: str
    source: Source
    open_weights: bool
    size: float | None = None
    active: float | None = None
    context: int | None = None
    licence: str = ""


@dataclass(frozen=True, slots=True)
class Deprecation:
    """That GitLab gave a model up, since which version, and the model it puts in its place ("" for none)."""

    name: str
    since: str
    source: Source
    replacement: str = ""


@dataclass(frozen=True, slots=True)
class Hardware:
    """GPUs that somebody stated to be enough: `count` cards of `memory` gigabytes each.

    `need` are gigabytes in all, as stated; `context` tokens and `requests` at once are what that is said to hold.
    """

    name: str
    card: str
    count: int
    memory: int
    source: Source
    need: int | None = None
    context: int | None = None
    requests: int | None = None
    note: str = ""


def spelling(name: str) -> str:
    """What is left of a name when the spelling that makes no other model is put aside: case, blanks, dashes, dots."""
    return re.sub(r"[\s._-]+", "", name_key(name))[:120]


def with_corrections(
    listed: Mapping[str, Any], corrected: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """The facts that stand, and the corrections that still say something else than what is listed by now.

    `corrected` maps a fact to `value`, and to `listed`: what the list says in its place.
    """
    standing, kept = dict(listed), {}
    for name, each in corrected.items():
        if name in listed and listed[name] != each["value"]:
            standing[name] = each["value"]
            kept[name] = {**each, "listed": listed[name]}
    return standing, kept


# What stands for an unknown figure where entries are sorted and narrowed: a size that is last, memory nobody has.
UNKNOWN_SIZE = 1e9
UNKNOWN_MEMORY = 2_000_000_000


def figures(
    size: float | None, context: int | None, stated_memory: int | None, estimated_memory: int | None
) -> dict[str, Any]:
    """A model's figures as its entries are found by them; memory is the least that is said to be enough."""
    memory = [each for each in (stated_memory, estimated_memory) if each is not None]
    return {
        "size_rank": UNKNOWN_SIZE if size is None else size,
        "context_rank": context or 0,
        "memory_rank": min(memory, default=UNKNOWN_MEMORY),
    }
