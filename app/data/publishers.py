"""Whose model a name on Google Vertex AI is."""

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from app.domain.sources import Source

_FILE = Path(__file__).with_name("publishers.toml")


@dataclass(frozen=True, slots=True)
class Publisher:
    """`slug` is the publisher's part of an address, `starts` how the names of its models begin, in lower case."""

    slug: str
    starts: tuple[str, ...]
    source: Source


def load_publishers(file: Path = _FILE) -> tuple[Publisher, ...]:
    """Every publisher but Google; raises OSError and ValueError for a file that is missing or malformed."""
    rows = tomllib.loads(file.read_text(encoding="utf-8")).get("publisher", [])
    # Through JSON, where pydantic's strict mode still takes arrays for tuples.
    return TypeAdapter(tuple[Publisher, ...]).validate_json(json.dumps(rows), strict=True, extra="forbid")
