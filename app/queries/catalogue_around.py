"""What stands around entries of the catalogue: GPUs that were stated, endpoints that run them, and their addresses."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, select, tuple_
from sqlalchemy.orm import Session

from app.domain.catalogue import Hardware
from app.domain.platforms import OPENAI_COMPATIBLE, OTHER_SERVER
from app.domain.sources import Source
from app.models.assignment import Assignment
from app.models.catalogue import CatalogueHardware, CatalogueModel, Pairing, Report
from app.models.endpoint import Endpoint
from app.models.store import Store


@dataclass(frozen=True, slots=True)
class Runner:
    """An endpoint of this installation that runs an entry, with the features that it answers first for."""

    id: str
    name: str
    tier: str
    verdict: str
    probe_id: str | None
    features: tuple[str, ...]


def stated(store: Store, slugs: Collection[str]) -> Mapping[str, tuple[Hardware, ...]]:
    """The GPUs that were stated to be enough, by the model's slug, the least in all first; in one statement."""
    with store.read() as session:
        return stated_in(session, slugs)


def stated_in(session: Session, slugs: Collection[str]) -> Mapping[str, tuple[Hardware, ...]]:
    """The same within a read that is under way."""
    wanted = select(CatalogueHardware).where(CatalogueHardware.model_slug.in_(slugs)).order_by(CatalogueHardware.id)
    found: dict[str, list[CatalogueHardware]] = {}
    for row in session.scalars(wanted):
        found.setdefault(row.model_slug, []).append(row)
    return {slug: gpus_of(rows) for slug, rows in found.items()}


def gpus_of(rows: Iterable[CatalogueHardware]) -> tuple[Hardware, ...]:
    """A model's stored rows as they are read, the least in all first."""
    return tuple(sorted(map(_hardware, rows), key=lambda each: each.count * each.memory))


def _hardware(row: CatalogueHardware) -> Hardware:
    source = Source(**{name: row.source.get(name, "") for name in ("title", "version", "page")})
    return Hardware(
        row.model_slug, row.card, row.count, row.memory, source, row.need, row.context, row.requests, row.note
    )


def runners_in(session: Session, platforms: Collection[str], model: str, host: str) -> tuple[Runner, ...]:
    """The endpoints that run a model, by its name, on a host; in the order of their names and in one statement."""
    columns = (Endpoint.id, Endpoint.name, Endpoint.tier, Endpoint.verdict, Endpoint.probe_id)
    wanted = (
        select(*columns, Assignment.feature)
        .outerjoin(Assignment, Assignment.endpoint_id == Endpoint.id)
        .where(Endpoint.model == model, _on(platforms, host))
        .order_by(Endpoint.name_key, Endpoint.id, Assignment.feature)
    )
    found: dict[tuple[str, str, str, str, str | None], list[str]] = {}
    for id_, name, tier, verdict, probe_id, feature in session.execute(wanted):
        found.setdefault((id_, name, tier, verdict, probe_id), []).extend([feature] if feature else ())
    return tuple(Runner(*endpoint, tuple(features)) for endpoint, features in found.items())


def slugs(store: Store, pairs: Iterable[tuple[str, str]]) -> Mapping[tuple[str, str], str]:
    """The slugs of models that have an entry on a host, by the model's name and the host; in one statement."""
    asked = {pair for pair in pairs if pair[0]}
    if not asked:
        return {}
    wanted = (
        select(CatalogueModel.name, Pairing.host, CatalogueModel.slug)
        .join(Pairing, Pairing.model_slug == CatalogueModel.slug)
        .where(Pairing.variant == "", tuple_(CatalogueModel.name, Pairing.host).in_(asked))
    )
    with store.read() as session:
        return {(name, host): slug for name, host, slug in session.execute(wanted)}


def model_names(store: Store) -> tuple[str, ...]:
    """The names of all models, to choose from."""
    with store.read() as session:
        return tuple(session.scalars(select(CatalogueModel.name).order_by(CatalogueModel.name_key)))


def entry_of_report(store: Store, report_id: str) -> str:
    """The id of the entry that a report is about, empty where there is no such report."""
    with store.read() as session:
        return session.scalar(select(Report.pairing_id).where(Report.id == report_id)) or ""


def _on(platforms: Collection[str], host: str) -> ColumnElement[bool]:
    if host in platforms and host != OPENAI_COMPATIBLE:
        return Endpoint.platform == host
    servers = ("", host) if host == OTHER_SERVER else (host,)
    return and_(Endpoint.platform == OPENAI_COMPATIBLE, Endpoint.server.in_(servers))
