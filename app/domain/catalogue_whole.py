"""The catalogue as it is given away in one piece: models with their hardware and entries, ready for words."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.domain.catalogue import Hardware


@dataclass(frozen=True, slots=True)
class WholeEntry:
    """One pairing: `levels` by column of GitLab's table, "" where none is stated, `answers` by column and answer."""

    id: str
    host: str
    host_label: str
    variant: str
    tier: str
    tier_reasons: tuple[str, ...]
    levels: Mapping[str, str]
    stars: float | None
    confidence: float
    sureness: str
    rating_words: tuple[str, ...]
    reports: int
    installations: int
    answers: Mapping[str, Mapping[str, int]]
    votes: int
    origin: str


@dataclass(frozen=True, slots=True)
class WholeModel:
    """A model with its facts; `group` is GitLab's, or the family where it is in no list of GitLab's.

    `replacement` is the name of the model that GitLab put in the place of one it gave up, `source` has title, version
    and page.
    """

    slug: str
    name: str
    group: str
    maker: str
    family: str
    family_label: str
    size: float | None
    active: float | None
    context: int | None
    licence: str
    open_weights: bool
    note: str
    deprecated_since: str
    replacement: str
    source: Mapping[str, str]
    hardware: tuple[Hardware, ...] = ()
    entries: tuple[WholeEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class ToldReport:
    """What a live report on an entry says, without its note."""

    installation: str
    at: datetime
    family: str
    grade: int
    answers: Mapping[str, str]
    versions: Mapping[str, Any] = field(default_factory=dict)
