"""Writes what a batch of a bundle comes to: new entries with the figures that follow from what is said of them."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.models import bulk, search
from app.models.base import metadata
from app.models.catalogue import CatalogueModel, ForeignVotes, Installation, Report
from app.queries.confirmations import LIVE
from app.services import catalogue_refresh, catalogue_seed
from app.services.bundle_lines import Plan
from app.services.catalogue_refresh import Said
from app.services.ports import Ports


class _New(NamedTuple):
    """An entry that is about to be stored; nobody has confirmed it so far."""

    id: str
    model_slug: str
    host: str
    variant: str
    name: str
    tier: str = "other"


def write(ports: Ports, session: Session, found: Plan) -> None:
    """Store what was planned and work out anew what it touches."""
    models = _models(session, found)
    new = [
        _New(row["id"], row["model_slug"], row["host"], row["variant"], models[row["model_slug"]].name)
        for row in found.pairings.values()
    ]
    # Beside entries of the same model on the same host these are worked out once more, together with those.
    values = catalogue_refresh.worked_out(ports, new, _said(session, found), _votes(found))
    repeated = {slug: catalogue_seed.repeated(model) for slug, model in models.items()}
    pairings = [
        {**row, **repeated[row["model_slug"]], **figures}
        for row, figures in zip(found.pairings.values(), values, strict=True)
    ]
    if found.models:
        session.execute(insert(metadata.tables["catalogue_model"]), found.models)
    bulk.insert(session, "pairing", pairings)
    bulk.insert(session, "report", list(found.reports.values()))
    bulk.insert(session, "entry_change", found.changes)
    if found.states:
        session.execute(update(Report), [{"id": each, "state": state} for each, state in found.states.items()])
    search.add(session, {each.id: _texts(ports, found, models[each.model_slug], each) for each in new})
    _write_votes(ports, session, found)
    catalogue_refresh.tell(ports, session, new, values)
    catalogue_refresh.refresh_groups(ports, session, found.touched & found.stored)


def _texts(ports: Ports, found: Plan, model: CatalogueModel, entry: _New) -> tuple[str, ...]:
    return tuple(catalogue_seed.texts_of(ports, found.labels, model, entry.host, entry.variant))


def _models(session: Session, found: Plan) -> dict[str, CatalogueModel]:
    """The models of new entries by their slugs, those among them that are about to be stored too."""
    models = {row["slug"]: CatalogueModel(**row) for row in found.models}
    stored = {row["model_slug"] for row in found.pairings.values()} - models.keys()
    rows = session.scalars(select(CatalogueModel).where(CatalogueModel.slug.in_(stored))) if stored else ()
    return models | {row.slug: row for row in rows}


def _said(session: Session, found: Plan) -> dict[str, list[Said]]:
    """The live reports that are about to be stored, by entry."""
    origin = found.origin.installation
    trusted = bool(session.scalar(select(Installation.trusted).where(Installation.id == origin)))
    said: dict[str, list[Said]] = defaultdict(list)
    for row in found.reports.values():
        if row["state"] == LIVE:
            said[row["pairing_id"]].append(Said(origin, row["answers"], row["grade"], row["at"], trusted))
    return said


def _votes(found: Plan) -> dict[str, int]:
    votes: dict[str, int] = defaultdict(int)
    for (pairing, _, _), number in found.votes.items():
        votes[pairing] += number
    return votes


def _write_votes(ports: Ports, session: Session, found: Plan) -> None:
    if not found.votes:
        return
    statement = (sqlite.insert if ports.store.is_sqlite else postgresql.insert)(ForeignVotes)
    keys: Sequence[str] = ("pairing_id", "installation", "kind")
    put = statement.on_conflict_do_update(index_elements=keys, set_={"number": statement.excluded.number})
    rows: list[dict[str, Any]] = [
        dict(zip(keys, key, strict=True)) | {"number": number} for key, number in found.votes.items()
    ]
    session.execute(put, rows)
