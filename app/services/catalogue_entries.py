"""Entries of the catalogue: found or made, with rating, tier and numbers kept equal to what the rules give."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.domain.catalogue import spelling
from app.domain.endpoints import name_key, slug_of
from app.domain.platforms import OPENAI_COMPATIBLE
from app.domain.ratings import Grade, Rated, rating
from app.models import search
from app.models.catalogue import (
    HERE,
    CatalogueModel,
    ForeignVotes,
    Pairing,
    Report,
    Vote,
)
from app.models.endpoint import Endpoint
from app.queries import catalogue_hosts
from app.queries.confirmations import LIVE, confirmations_in
from app.services import catalogue_seed, standing
from app.services.catalogue_notes import note as note
from app.services.ports import Ports

_GRADES = {grade.value: grade for grade in Grade}


class Reported(Protocol):
    """What the figures of an entry need of a report: a row of the table, or its columns."""

    @property
    def installation(self) -> str: ...
    @property
    def answers(self) -> Mapping[str, Any]: ...
    @property
    def grade(self) -> int: ...
    @property
    def at(self) -> datetime: ...


def model_named(session: Session, name: str) -> CatalogueModel | None:
    """The model of this name, whatever its case and spelling."""
    same = or_(CatalogueModel.name_key == name_key(name)[:120], CatalogueModel.spelling == spelling(name))
    exact_first = (CatalogueModel.name_key != name_key(name)[:120], CatalogueModel.slug)
    return session.scalar(select(CatalogueModel).where(same).order_by(*exact_first).limit(1))


def pairing_of(session: Session, model: CatalogueModel, host: str, variant: str) -> Pairing | None:
    """A model's entry on a host, whatever the case and spelling of the variant."""
    rows = session.scalars(select(Pairing).where(Pairing.model_slug == model.slug, Pairing.host == host))
    return next((row for row in rows if spelling(row.variant) == spelling(variant)), None)


def obtain(
    ports: Ports,
    session: Session,
    name: str,
    host: str,
    variant: str,
    family: str,
    origin: str = HERE,
    person_name: str = "",
) -> Pairing:
    """The entry of a model on a host, made where there is none; so is the model. `person_name` is who wants it."""
    model = model_named(session, name)
    if model is None:
        slug = _free_slug(session, name)
        model = CatalogueModel(
            slug=slug, name=name.strip(), name_key=name_key(name)[:120], family=family, origin=origin
        )
        session.add(model)
        session.flush()
    row = pairing_of(session, model, host, variant)
    if row is None:
        row = Pairing(model_slug=model.slug, host=host, variant=variant, name_key=model.name_key, origin=origin)
        session.add(row)
        session.flush()
        index(ports, session, model, [row])
        note(ports, session, row, model.name, "added", person_name)
    return row


def index(ports: Ports, session: Session, model: CatalogueModel, rows: Iterable[Pairing]) -> None:
    """Let some entries of a model be found by its facts as they are by now; to be called whenever these change."""
    rows = list(rows)
    for row in rows:
        catalogue_seed.repeat(model, row)
    session.flush()
    labels = catalogue_hosts.labels_in(session, ports.facts)
    documents = {row.id: tuple(catalogue_seed.texts_of(ports, labels, model, row.host, row.variant)) for row in rows}
    search.put(session, documents)


def refresh(ports: Ports, session: Session, row: Pairing) -> None:
    """Work out an entry's rating, tier and numbers anew, and the standing of the endpoints that it is about."""
    session.flush()
    reports = session.scalars(select(Report).where(Report.pairing_id == row.id, Report.state == LIVE)).all()
    for name, value in figures(ports, reports).items():
        setattr(row, name, value)
    row.votes = votes_of(session, row.id)
    model = session.get(CatalogueModel, row.model_slug)
    assert model is not None
    confirmed = confirmations_in(session, model.name, row.host)
    before = row.tier
    # A quantised variant is an entry of its own, of which GitLab's lists say nothing.
    listed = None if row.variant else ports.facts.models.get(model.name)
    for name, value in catalogue_seed.standing(ports, listed, row.host, confirmed).items():
        setattr(row, name, value)
    if before != row.tier:
        note(ports, session, row, model.name, "tier", "", {"tier": [before, row.tier]})
    # Also where the entry's best tier stays: that of a single feature may have changed, or what carries it.
    refresh_endpoints(ports, session, model.name, row.host)


def figures(ports: Ports, reports: Sequence[Reported]) -> dict[str, Any]:
    """The columns of an entry that follow from its live reports."""
    rated = rating([_rated(each) for each in reports], ports.clock())
    return {
        "stars": rated.stars,
        "stars_rank": rated.stars or 0.0,
        "confidence": rated.confidence,
        "sureness": rated.sureness.value,
        "rating_words": list(rated.words),
        "needs_test": rated.needs_test and bool(reports),
        "reports": len(reports),
        "installations": rated.installations,
        "answers": _counted(ports, reports),
    }


def votes_of(session: Session, pairing_id: str) -> int:
    """All votes for an entry, those of other installations among them."""
    own = session.scalar(select(func.count()).select_from(Vote).where(Vote.pairing_id == pairing_id)) or 0
    others = session.scalar(select(func.sum(ForeignVotes.number)).where(ForeignVotes.pairing_id == pairing_id)) or 0
    return own + int(others)


def _rated(report: Reported) -> Rated:
    # What is stored are the words of Answer, which stand for it.
    return Rated(report.installation, report.answers, _GRADES[report.grade], report.at)


def _counted(ports: Ports, reports: Iterable[Reported]) -> dict[str, dict[str, int]]:
    """How many answers of each kind there are per column of GitLab's table."""
    columns = ports.facts.columns()
    counts: dict[str, dict[str, int]] = {}
    for report in reports:
        for feature, answer in report.answers.items():
            if column := columns.get(feature):
                of_column = counts.setdefault(column, {})
                of_column[answer] = of_column.get(answer, 0) + 1
    return counts


def refresh_endpoints(ports: Ports, session: Session, model: str, host: str) -> None:
    """Tiers of the endpoints that run this pairing follow it at once."""
    platform_or_server = Endpoint.server == host if host in ports.facts.servers else Endpoint.platform == host
    wanted = select(Endpoint).where(Endpoint.model == model, platform_or_server).with_for_update()
    for row in session.scalars(wanted):
        if row.platform == OPENAI_COMPATIBLE or row.platform == host:
            standing.refresh(ports, session, row)


def _free_slug(session: Session, name: str) -> str:
    start, number = slug_of(name), 1
    slug = start
    while session.get(CatalogueModel, slug):
        number += 1
        slug = f"{start}-{number}"
    return slug
