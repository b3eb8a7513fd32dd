"""Reads of what the catalogue's entries are told apart by: hosts, those that people added, and families."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.data.facts import Facts
from app.models.catalogue import CatalogueModel, CataloguePlatform, Pairing
from app.models.store import Store


@dataclass(frozen=True, slots=True)
class PlatformRecord:
    """A platform or server that people added; `details` by the names of domain.proposals."""

    slug: str
    name: str
    details: Mapping[str, Any]
    person_name: str
    at: datetime


def hosts_and_families(store: Store) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The hosts and families that have entries, to filter by."""
    with store.read() as session:
        hosts = tuple(session.scalars(select(Pairing.host).distinct().order_by(Pairing.host)))
        families = tuple(session.scalars(select(CatalogueModel.family).distinct().order_by(CatalogueModel.family)))
        return hosts, families


def labels(store: Store, facts: Facts) -> Mapping[str, str]:
    """Every host's slug with its label, those that people added among them; in one statement."""
    with store.read() as session:
        return labels_in(session, facts)


def labels_in(session: Session, facts: Facts) -> dict[str, str]:
    """The same inside a transaction."""
    added = session.execute(select(CataloguePlatform.slug, CataloguePlatform.name).order_by(CataloguePlatform.name))
    return {**{row.slug: row.name for row in added}, **facts.hosts()}


def platforms(store: Store) -> tuple[PlatformRecord, ...]:
    """The platforms and servers that people added, by name."""
    columns: tuple[Any, ...] = tuple(getattr(CataloguePlatform, name) for name in PlatformRecord.__dataclass_fields__)
    with store.read() as session:
        return tuple(PlatformRecord(*row) for row in session.execute(select(*columns).order_by(columns[1])))
