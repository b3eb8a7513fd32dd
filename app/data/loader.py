"""Reads the fact files once, checks every row, and hands them up as frozen values."""

import dataclasses
import json
import tomllib
import zlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from app.data.checks import check
from app.data.facts import Facts
from app.data.faults import FactsError
from app.data.prompts import Prompts
from app.domain.catalogue import Deprecation, Hardware, ModelFacts
from app.domain.families import Family
from app.domain.features import Feature, Section
from app.domain.listings import ListedModel, Naming, OpenListing
from app.domain.platforms import Platform, Server
from app.domain.readiness import READINESS_VERSION
from app.domain.remedies import Remedies, Remedy
from app.domain.symptoms import Group, Symptom, Symptoms
from app.domain.tiers import RULES_VERSION

__all__ = ["Facts", "FactsError", "load_facts"]

Row = dict[str, Any]
T = TypeVar("T")

_HERE = Path(__file__).parent


def load_facts(prompts_dir: Path, facts_dir: Path = _HERE) -> Facts:
    """Read the TOML files of `facts_dir` and `prompts_dir`/families.toml.

    Raises FactsError with file, row and field when a file is missing, malformed or contradicts another.
    """
    features, platforms = _File(facts_dir / "features.toml"), _File(facts_dir / "platforms.toml")
    models, remedies = _File(facts_dir / "models.toml"), _File(facts_dir / "remedies.toml")
    families, symptoms = _File(prompts_dir / "families.toml"), _File(facts_dir / "symptoms.toml")
    catalogue = _File(facts_dir / "catalogue.toml")
    sets = features.content.get("family_sets", {})
    facts = Facts(
        sections=features.table("section", Section, "slug"),
        features=features.table("feature", Feature, "name", lambda row: _with_families(row, sets)),
        families=families.table("family", Family, "slug"),
        platforms=platforms.table("platform", Platform, "slug"),
        servers=platforms.table("server", Server, "slug"),
        models=models.table("model", ListedModel, "name"),
        model_facts=catalogue.table("fact", ModelFacts, "name"),
        deprecations=catalogue.table("deprecation", Deprecation, "name"),
        hardware=tuple(catalogue.rows("hardware", Hardware)),
        open_listings=tuple(models.rows("open", OpenListing)),
        naming=models.one("naming", Naming),
        remedies=Remedies(
            remedies.table("remedy", Remedy, "code"), MappingProxyType(dict(remedies.content.get("stand_ins", {})))
        ),
        symptoms=Symptoms(symptoms.table("group", Group, "slug"), symptoms.table("symptom", Symptom, "slug")),
        prompts=Prompts(prompts_dir),
        revision=_revision(file.text for file in (features, platforms, models, remedies, families)),
    )
    check(facts)
    return facts


class _File:
    """One TOML file; its rows become records."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        try:
            self.text = path.read_text(encoding="utf-8")
            self.content = tomllib.loads(self.text)
        except (OSError, ValueError) as problem:
            raise FactsError(self.name, "", "", str(problem)) from problem

    def table(self, key: str, kind: type[T], by: str, prepare: Callable[[Row], Row] = dict) -> Mapping[str, T]:
        """The rows of one table, by the field that names them."""
        records: dict[str, T] = {}
        for record in self.rows(key, kind, prepare):
            name = getattr(record, by)
            if name in records:
                raise FactsError(self.name, f"{key} “{name}”", by, "occurs twice")
            records[name] = record
        if not records:
            raise FactsError(self.name, key, "", "has no rows")
        return MappingProxyType(records)

    def rows(self, key: str, kind: type[T], prepare: Callable[[Row], Row] = dict) -> list[T]:
        """The rows of one table, in order."""
        adapter = TypeAdapter(kind)
        return [self._record(adapter, f"{key} {n}", prepare(row)) for n, row in enumerate(self.content.get(key, ()), 1)]

    def one(self, key: str, kind: type[T]) -> T:
        """A table that is a single row."""
        return self._record(TypeAdapter(kind), key, self.content.get(key, {}))

    def _record(self, adapter: TypeAdapter[T], place: str, row: Row) -> T:
        name = next((row[key] for key in ("name", "slug", "code") if isinstance(row.get(key), str)), "")
        place = f"{place} “{name}”" if name else place
        if "source" in row:
            row = {**row, "source": self._source(row["source"], place)}
        try:
            # Through JSON, where pydantic's strict mode still takes arrays for tuples and texts for enums.
            return _frozen(adapter.validate_json(json.dumps(row), strict=True, extra="forbid"))
        except ValidationError as problem:
            first = problem.errors()[0]
            raise FactsError(self.name, place, ".".join(map(str, first["loc"])), first["msg"]) from problem

    def _source(self, key: object, place: str) -> object:
        sources = self.content.get("sources", {})
        if key not in sources:
            raise FactsError(self.name, place, "source", f"“{key}” is not among the file's sources")
        return sources[key]


def _with_families(row: Row, sets: Mapping[str, list[str]]) -> Row:
    return {**row, "families": sets.get(str(row.get("families")), row.get("families"))}


def _frozen(record: T) -> T:
    """The record with every mapping in it made read-only."""
    if not dataclasses.is_dataclass(record) or isinstance(record, type):
        return record
    changes: dict[str, object] = {}
    for each in dataclasses.fields(record):
        value = getattr(record, each.name)
        if isinstance(value, dict):
            changes[each.name] = MappingProxyType(value)
    return dataclasses.replace(record, **changes)


def _revision(texts: Iterable[str]) -> int:
    """A number that fits a signed 32-bit column."""
    return zlib.crc32("\0".join([str(RULES_VERSION), str(READINESS_VERSION), *texts]).encode()) >> 1
