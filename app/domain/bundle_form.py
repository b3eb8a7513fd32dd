"""The form of a bundle's lines: types that pydantic checks strictly, so that nothing else gets through.

An entry goes by model, host and variant and never by an id; there is no field for a person, a host's address or a
text other than the note of a report.
"""

import unicodedata
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator, AwareDatetime, Field, GetPydanticSchema, StringConstraints
from pydantic_core import core_schema, to_json
from typing_extensions import TypedDict

from app.domain.endpoints import has_controls
from app.domain.ratings import Answer
from app.domain.reports import NOTE_MAX, VERSION_MAX, VERSIONS

SCHEMA = 1
KIND = "modelport-catalogue"
MAX_BYTES = 512 * 1024 * 1024
# What is taken while somebody waits, so that nobody does so for minutes; the command line takes what is larger.
MOST_AT_ONCE = 20 * 1024 * 1024
MAX_ENTRIES = 200_000
MAX_MODELS = 100_000
# Quantisations and versions of one model on one host.
MAX_VARIANTS = 100
HEADER_MAX = 4096
LINE_MAX = 64 * 1024
# How far clocks may differ.
AHEAD = timedelta(days=1)
# Characters that turn the direction of what follows.
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_BREAKS = frozenset("\n\r\t")


def clean(text: str) -> str:
    """A note as it may be given away: without characters that nobody sees or that make it read as another text."""
    if text.isprintable():
        return text
    return "".join(each for each in text if each in _BREAKS or not _hidden(each))


def _hidden(character: str) -> bool:
    return character in _TURNING or unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")


def _plain(text: str) -> str:
    if not text.isprintable() and has_controls(text):
        raise ValueError("holds invisible characters")
    return text


def _note(text: str) -> str:
    if clean(text) != text:
        raise ValueError("holds control characters")
    return text


Slug = Annotated[str, StringConstraints(pattern=r"\A[a-z0-9_]{1,64}\z")]
Family = Annotated[str, StringConstraints(pattern=r"\A[a-z0-9_]{1,32}\z")]
Text = Annotated[str, StringConstraints(max_length=120), AfterValidator(_plain)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"\S"), AfterValidator(_plain)]
Version = Annotated[str, StringConstraints(max_length=VERSION_MAX), AfterValidator(_plain)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
Size = Annotated[float, Field(gt=0, le=1_000_000, allow_inf_nan=False)]
Figure = Annotated[int, Field(ge=-(2**53), le=2**53)] | Annotated[float, Field(allow_inf_nan=False)]


@dataclass(frozen=True, slots=True)
class Signer:
    """The installation that made a bundle; the key is Ed25519's 32 bytes in base 64."""

    id: Annotated[str, StringConstraints(pattern=r"\A[A-Za-z0-9][A-Za-z0-9_-]{14,38}\z")]
    name: Text
    public_key: Annotated[str, StringConstraints(pattern=r"\A[A-Za-z0-9+/]{43}=\z")]


@dataclass(frozen=True, slots=True)
class Header:
    """The first line. `bytes` and `sha256` are of all lines after it, their line ends included."""

    kind: Literal["modelport-catalogue"]
    schema: Literal[1]
    made_at: AwareDatetime
    installation: Signer
    models: Annotated[int, Field(ge=0, le=MAX_MODELS)]
    entries: Annotated[int, Field(ge=0, le=MAX_ENTRIES)]
    bytes: Annotated[int, Field(ge=0, le=MAX_BYTES)]
    sha256: Annotated[str, StringConstraints(pattern=r"\A[0-9a-f]{64}\z")]


@dataclass(frozen=True, slots=True)
class ModelLine:
    """Facts of a model that entries speak of; sizes are in billions of parameters, the context is in tokens."""

    kind: Literal["model"]
    name: Name
    family: Family
    maker: Text = ""
    size: Size | None = None
    active: Size | None = None
    context: Annotated[int, Field(gt=0, lt=2**31)] | None = None
    licence: Text = ""
    open_weights: bool = False


class StepLine(TypedDict):
    """One step of the test behind a report: an outcome, a code and numbers."""

    name: Slug
    outcome: Slug
    code: Annotated[str, StringConstraints(pattern=r"\A[a-z0-9_.-]{0,64}\z")]
    figures: Annotated[dict[Slug, Figure], Field(max_length=40)]


class EvidenceLine(TypedDict):
    """The test behind a report, as domain.reports.evidence makes it."""

    schema: Annotated[int, Field(ge=1, le=100)]
    depth: Slug
    verdict: Slug
    day: Annotated[str, StringConstraints(pattern=r"\A\d{4}-\d\d-\d\d\z")]
    steps: Annotated[list[StepLine], Field(max_length=60)]


class Evidence(NamedTuple):
    """Evidence that was checked: an EvidenceLine in JSON, written once for all that keep it, and its verdict."""

    written: str
    verdict: str


def _evidence(found: EvidenceLine) -> Evidence:
    return Evidence(to_json(found).decode(), found["verdict"])


_CHECKED = GetPydanticSchema(
    lambda _source, schema_of: core_schema.no_info_after_validator_function(_evidence, schema_of(EvidenceLine))
)


@dataclass(frozen=True, slots=True)
class ReportLine:
    """The newest report on an entry. One that was taken back has a time and nothing else."""

    at: AwareDatetime
    state: Literal["live", "withdrawn"]
    family: Family = "other"
    answers: Annotated[dict[Slug, Answer], Field(max_length=60)] = field(default_factory=dict)
    versions: Annotated[dict[Slug, Version], Field(max_length=len(VERSIONS))] = field(default_factory=dict)
    air_gapped: bool = False
    note: Annotated[str, StringConstraints(max_length=NOTE_MAX), AfterValidator(_note)] = ""
    evidence: Annotated[Evidence, _CHECKED] | None = None


@dataclass(frozen=True, slots=True)
class EntryLine:
    """An entry with this installation's report and its people's votes by kind; `added`: somebody there added it."""

    kind: Literal["entry"]
    model: Name
    host: Slug
    variant: Annotated[str, StringConstraints(max_length=48), AfterValidator(_plain)] = ""
    added: bool = False
    report: ReportLine | None = None
    votes: Annotated[dict[Literal["want", "works"], Count], Field(max_length=2)] = field(default_factory=dict)


Line = ModelLine | EntryLine
