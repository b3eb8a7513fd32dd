"""Entries of the catalogue as they are told, and how the catalogue is searched."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from app.api.bodies.common import Asked, Paged, Plain, Stored, Told
from app.domain.catalogue import Hardware
from app.domain.catalogue_feed import address
from app.domain.errors import Invalid
from app.domain.features import Column
from app.domain.hardware import Gpus, read_gpus
from app.domain.sources import Source
from app.queries.catalogue import Entry, Wanted

TierWord = Literal["supported", "compatible", "other"]
LevelWord = Literal["full", "partial", "limited"]
KindWord = Literal["want", "works"]
Variant = Annotated[Plain, StringConstraints(max_length=48)]
# As large as a token's position is ever counted.
CONTEXT_MAX = 10_000_000


class CatalogueFilter(Paged):
    """The finder's conditions; what is left empty does not narrow. `level` is the least one in `column`."""

    q: Plain = Field("", max_length=200, description="Words of a model, maker, family or host.")
    host: Plain = Field("", max_length=64, description="The slug of a platform or server.")
    family: Plain = Field("", max_length=32)
    tier: Literal["", "supported", "compatible", "other"] = ""
    column: Literal["", "code_completion", "code_generation", "chat", "agent_platform"] = ""
    level: Literal["", "full", "partial", "limited"] = Field("", description="Taken together with a column.")
    context: int = Field(0, ge=0, le=CONTEXT_MAX, description="The least context, in tokens.")
    open_weights: bool = Field(False, description="true leaves out models whose weights are not published.")
    gpus: Plain = Field("", max_length=40, description="What it shall fit, such as 2x A100 40 GB.")
    sort: Literal["", "name", "rating", "votes", "size", "context"] = Field("", description="Best tier first.")

    def wanted(self) -> Wanted:
        """As the queries take it; raises Invalid for GPUs that cannot be read, and for a level of no column."""
        if self.level and not self.column:
            raise Invalid({"level": ("Say of which column.",)})
        plain = ("q", "host", "family", "tier", "column", "level", "context", "open_weights", "sort")
        return Wanted(**{name: getattr(self, name) for name in plain}, gpus=self._gpus())

    def _gpus(self) -> Gpus | None:
        try:
            return read_gpus(self.gpus)
        except ValueError as error:
            raise Invalid({"gpus": (str(error),)}) from error


class EntryAsked(Asked):
    """Which of the entries of a model on a host is meant."""

    variant: Variant = Field("", description="The quantisation or version; empty for the usual one.")


class LevelsAnswer(Told):
    """GitLab's levels; null where it states none."""

    code_completion: LevelWord | None
    code_generation: LevelWord | None
    chat: LevelWord | None
    agent_platform: LevelWord | None


class SourceAnswer(Told):
    """Where something is stated; empty where nobody stated it."""

    title: str
    version: str
    page: str


class EntryAnswer(Stored):
    """A model on a platform or server. `size` and `active` are billions of parameters, `context` is in tokens.

    `model` is its name, `slug` and `host` make its address. `rating` is from 1 to 5 stars and null where too few
    reported, `confidence` from 0 to 1. `version` names exactly what is told here.
    """

    model: str
    slug: str
    host: str
    variant: str
    family: str
    maker: str
    tier: TierWord
    tier_reasons: list[str]
    levels: LevelsAnswer
    rating: float | None
    rating_words: list[str]
    confidence: float
    sureness: str
    needs_test: bool
    reports: int
    installations: int
    answers: dict[str, dict[str, int]] = Field(description="Reports by column and answer.")
    votes: int
    size: float | None
    active: float | None
    context: int | None
    licence: str
    open_weights: bool
    note: str
    deprecated_since: str = Field(description="The version of GitLab that gave it up; empty for none.")
    replacement: str = Field(description="The name of the model that GitLab put in its place.")
    origin: str = Field(description="Who has it: gitlab, here, or the id of another installation.")
    stated_memory: int | None = Field(description="Gigabytes.")
    estimated_memory: int | None = Field(description="Gigabytes, by our own reckoning.")
    source: SourceAnswer
    url: str

    @classmethod
    def of(cls, entry: Entry, replacement: str, origin: str) -> "EntryAnswer":
        """An entry as it is answered; `origin` is the portal's address."""
        return cls(**values_of(entry, replacement, origin))


class HardwareAnswer(Told):
    """GPUs that were stated to be enough: `count` cards of `memory` gigabytes each."""

    card: str
    count: int
    memory: int
    need: int | None
    context: int | None
    requests: int | None
    note: str
    source: SourceAnswer


class EntryDetail(EntryAnswer):
    """An entry with what stands around it; `own_votes` are the kinds that the token cast."""

    details: dict[str, Any] = Field(description="What people state of it, by the names that proposals have.")
    hardware: list[HardwareAnswer]
    votes_by_kind: dict[str, int]
    own_votes: list[KindWord]


def values_of(entry: Entry, replacement: str, origin: str) -> dict[str, Any]:
    """The fields of an entry's answer."""
    renamed = {"model", "levels", "rating", "replacement", "source", "url", "version"}
    values: dict[str, Any] = {name: getattr(entry, name) for name in EntryAnswer.model_fields.keys() - renamed}
    values |= {
        "model": entry.name,
        "levels": LevelsAnswer(**{column.value: entry.levels[column.value] or None for column in Column}),
        "rating": entry.stars,
        "replacement": replacement,
        "source": source_of(entry.source),
        "url": address(origin, entry.host, entry.slug, entry.variant),
    }
    return values | {"version": _version(values)}


def hardware_of(row: Hardware) -> HardwareAnswer:
    """A statement as it is answered."""
    plain = {name: getattr(row, name) for name in HardwareAnswer.model_fields.keys() - {"source"}}
    return HardwareAnswer(**plain, source=_told(row.source))


def source_of(source: Mapping[str, str]) -> SourceAnswer:
    """A stored source as it is answered."""
    return SourceAnswer(**{name: source.get(name) or "" for name in SourceAnswer.model_fields})


def _told(source: Source) -> SourceAnswer:
    return SourceAnswer(title=source.title, version=source.version, page=source.page)


def _version(values: Mapping[str, Any]) -> int:
    """A number for exactly these values: an entry is made of several rows, which have no version in common."""
    told = repr(sorted((name, str(value)) for name, value in values.items() if not isinstance(value, datetime)))
    return int(sha256(told.encode()).hexdigest()[:7], 16)
