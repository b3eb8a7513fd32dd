"""What stands around entries of the catalogue: GPUs that were stated, endpoints that run them, and their addresses."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, select, tuple_

from app.domain.catalogue import Hardware
from app.domain.platforms import OPENAI_COMPATIBLE, OTHER_SERVER
from app.domain.sources import Source
from app.models.assignment import Assignment
from app.models.catalogue import CatalogueHardware, CatalogueModel, Pairing, Report
from app.models.endpoint import Endpoint
from app.models.store import Store

# Tells platforms from servers, as both are hosts: the platforms that are no mere interface.
Platforms = Collection[str]


@dataclass(frozen=True, slots=True)
class Runner:
    """An endpoint of this installation that runs an entry, with the features that it answers first for."""

    id: str
    name: str
    tier: str
    verdict: str
    probe_id: str | None
    features: tuple[str, ...]


def entries_in_all(store: Store) -> int:
    """How many entries there are."""
    with store.read() as session:
        return session.scalar(select(func.count()).select_from(Pairing)) or 0


def stated(store: Store, slugs: Collection[str]) -> Mapping[str, tuple[Hardware, ...]]:
    """The GPUs that were stated to be enough, by the model's slug, the least in all first; in one statement."""
    wanted = select(CatalogueHardware).where(CatalogueHardware.model_slug.in_(slugs)).order_by(CatalogueHardware.id)
    found: dict[str, list[Hardware]] = {}
    with store.read() as session:
        for row in session.scalars(wanted):
            source = Source(**{name: row.source.get(name, "") for name in ("title", "version", "page")})
            found.setdefault(row.model_slug, []).append(
                Hardware(
                    row.model_slug, row.card, row.count, row.memory, source, row.need, row.context, row.requests,
                    row.note,
                )
            )  # fmt: skip
    return {slug: tuple(sorted(rows, key=lambda each: each.count * each.memory)) for slug, rows in found.items()}


def runners(store: Store, platforms: Platforms, model: str, host: str) -> tuple[Runner, ...]:
    """The endpoints that run a model, by its name, on a host; in the order of their names and in two statements."""
    columns = (Endpoint.id, Endpoint.name, Endpoint.tier, Endpoint.verdict, Endpoint.probe_id)
    wanted = select(*columns).where(Endpoint.model == model, _on(platforms, host)).order_by(Endpoint.name_key)
    with store.read() as session:
        rows = session.execute(wanted).all()
        serving = select(Assignment.endpoint_id, Assignment.feature).where(
            Assignment.endpoint_id.in_([row.id for row in rows])
        )
        served: dict[str, list[str]] = {}
        for endpoint_id, feature in session.execute(serving):
            served.setdefault(str(endpoint_id), []).append(feature)
    return tuple(Runner(*row, tuple(served.get(row.id, ()))) for row in rows)


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


def _on(platforms: Platforms, host: str) -> ColumnElement[bool]:
    if host in platforms:
        return Endpoint.platform == host
    servers = ("", host) if host == OTHER_SERVER else (host,)
    return and_(Endpoint.platform == OPENAI_COMPATIBLE, Endpoint.server.in_(servers))
