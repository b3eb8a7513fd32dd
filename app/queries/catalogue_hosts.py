"""Reads of what the catalogue's entries are told apart by: hosts, those that people added, and families."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.data.facts import Facts
from app.models.catalogue import CatalogueModel, CataloguePlatform, Pairing
from app.models.endpoint import Endpoint
from app.models.store import Store
from app.queries.several import Line, part, several, values_of

# The platforms and servers that people added, for `with_platforms`.
PLATFORMS = part(name=CataloguePlatform.slug, label=CataloguePlatform.name)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """`hosts` are all labels by slug; `with_entries` and `families` are the hosts and families to filter by, `entries`
    and `endpoints` how many there are.
    """

    hosts: Mapping[str, str]
    with_entries: tuple[str, ...]
    families: tuple[str, ...]
    entries: int
    endpoints: int


@dataclass(frozen=True, slots=True)
class PlatformRecord:
    """A platform or server that people added; `details` by the names of domain.proposals."""

    slug: str
    name: str
    details: Mapping[str, Any]
    person_name: str
    at: datetime


def surroundings(store: Store, facts: Facts) -> Surroundings:
    """What the finder offers, and what stands around its answer; in one statement."""
    parts = {
        "platforms": PLATFORMS,
        "hosts": values_of(Pairing.host),
        "families": values_of(CatalogueModel.family),
        "entries": part(number=func.count()).select_from(Pairing),
        "endpoints": part(number=func.count()).select_from(Endpoint),
    }
    with store.read() as session:
        found = several(session, parts)
    return Surroundings(
        with_platforms(facts, found["platforms"]),
        tuple(sorted(each.name for each in found["hosts"])),
        tuple(sorted(each.name for each in found["families"])),
        found["entries"][0].number,
        found["endpoints"][0].number,
    )


def labels(store: Store, facts: Facts) -> Mapping[str, str]:
    """Every host's slug with its label, those that people added among them; in one statement."""
    with store.read() as session:
        return labels_in(session, facts)


def labels_in(session: Session, facts: Facts) -> dict[str, str]:
    """The same inside a transaction."""
    return with_platforms(facts, several(session, {"platforms": PLATFORMS})["platforms"])


def with_platforms(facts: Facts, added: Iterable[Line]) -> dict[str, str]:
    """Labels by slug: of these platforms in the order of their labels, then of those that Modelport ships."""
    by_label = sorted(added, key=lambda each: each.label)
    return {**{each.name: each.label for each in by_label}, **facts.hosts()}


def platforms(store: Store) -> tuple[PlatformRecord, ...]:
    """The platforms and servers that people added, by name."""
    columns: tuple[Any, ...] = tuple(getattr(CataloguePlatform, name) for name in PlatformRecord.__dataclass_fields__)
    with store.read() as session:
        return tuple(PlatformRecord(*row) for row in session.execute(select(*columns).order_by(columns[1])))
