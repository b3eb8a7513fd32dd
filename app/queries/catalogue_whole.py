"""What is given away of the catalogue: all of it in an order of its own, a page of it, reports, changes."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import aliased

from app.data.facts import Facts
from app.domain.catalogue import Hardware
from app.domain.catalogue_feed import Change, Place
from app.domain.catalogue_whole import ToldReport, WholeEntry, WholeModel
from app.domain.features import Column
from app.domain.sources import Source
from app.models.catalogue import CatalogueHardware, CatalogueModel, EntryChange, Pairing, Report
from app.models.store import Store
from app.queries import catalogue_hosts
from app.queries.confirmations import LIVE
from app.queries.cursors import after, ordered


def whole(store: Store, facts: Facts) -> tuple[WholeModel, ...]:
    """All models that have entries, by group and name, each with its entries by host and variant."""
    with store.read() as session:
        labels = catalogue_hosts.labels_in(session, facts)
        entries: dict[str, list[WholeEntry]] = defaultdict(list)
        for pairing in session.scalars(select(Pairing)):
            entries[pairing.model_slug].append(_entry(labels, pairing))
        hardware: dict[str, list[CatalogueHardware]] = defaultdict(list)
        for each in session.scalars(select(CatalogueHardware).order_by(CatalogueHardware.id)):
            hardware[each.model_slug].append(each)
        models = session.scalars(select(CatalogueModel)).all()
    names = {model.slug: model.name for model in models}
    found = [
        _model(facts, model, names, hardware[model.slug], entries[model.slug])
        for model in models
        if entries[model.slug]
    ]
    return tuple(sorted(found, key=lambda model: (model.group.casefold(), model.name.casefold(), model.slug)))


def page(
    store: Store, facts: Facts, size: int, behind: Place | None = None
) -> tuple[list[tuple[WholeModel, WholeEntry]], Place | None]:
    """At most so many entries behind a place, without the hardware of their models, and the last one's place.

    The place is None where nothing follows. They are in the order of their places, in one statement.
    """
    replacement = aliased(CatalogueModel)
    order = ((Pairing.model_slug, False), (Pairing.host, False), (Pairing.variant, False))
    wanted = (
        select(Pairing, CatalogueModel, replacement.name)
        .join(CatalogueModel, CatalogueModel.slug == Pairing.model_slug)
        .outerjoin(replacement, replacement.slug == CatalogueModel.replacement)
        .order_by(*ordered(order))
        .limit(size + 1)
    )
    if behind:
        wanted = wanted.where(after(order, behind))
    with store.read() as session:
        rows = session.execute(wanted).all()
    labels, found = facts.hosts(), []
    for pairing, model, name in rows[:size]:
        found.append((_model(facts, model, {model.replacement: name or ""}), _entry(labels, pairing)))
    return found, Place(*(getattr(rows[size - 1][0], column.key) for column, _ in order)) if rows[size:] else None


def reports_on(store: Store, pairing_id: str) -> tuple[ToldReport, ...]:
    """The live reports on an entry, the newest first."""
    asked = (
        select(Report.installation, Report.at, Report.family, Report.grade, Report.answers, Report.versions)
        .where(Report.pairing_id == pairing_id, Report.state == LIVE)
        .order_by(Report.at.desc(), Report.id)
    )
    with store.read() as session:
        return tuple(ToldReport(**row._mapping) for row in session.execute(asked))


def changes(store: Store, most: int) -> tuple[Change, ...]:
    """The newest changes of the catalogue, at most so many, the newest first."""
    asked = (
        select(
            EntryChange.id, EntryChange.at, EntryChange.title, EntryChange.what, EntryChange.changes, Pairing.host,
            Pairing.model_slug.label("slug"), Pairing.variant,
        )
        .join(Pairing, Pairing.id == EntryChange.pairing_id)
        .order_by(EntryChange.id.desc())
        .limit(most)
    )  # fmt: skip
    with store.read() as session:
        return tuple(Change(**row._mapping) for row in session.execute(asked))


def _model(
    facts: Facts,
    row: CatalogueModel,
    names: Mapping[str, str],
    hardware: Iterable[CatalogueHardware] = (),
    entries: Iterable[WholeEntry] = (),
) -> WholeModel:
    listed, family = facts.models.get(row.name), facts.families.get(row.family)
    label = family.label if family else row.family
    return WholeModel(
        slug=row.slug,
        name=row.name,
        group=listed.group if listed else label,
        maker=row.maker,
        family=row.family,
        family_label=label,
        size=row.size,
        active=row.active,
        context=row.context,
        licence=row.licence,
        open_weights=row.open_weights,
        note=row.note,
        deprecated_since=row.deprecated_since,
        replacement=names.get(row.replacement, ""),
        source=row.source,
        hardware=tuple(_hardware(row.name, each) for each in hardware),
        entries=tuple(sorted(entries, key=lambda entry: (entry.host, entry.variant))),
    )


def _entry(labels: Mapping[str, str], row: Pairing) -> WholeEntry:
    return WholeEntry(
        id=row.id,
        host=row.host,
        host_label=labels.get(row.host, row.host),
        variant=row.variant,
        tier=row.tier,
        tier_reasons=tuple(row.tier_reasons),
        levels={column.value: getattr(row, column.value) for column in Column},
        stars=row.stars,
        confidence=row.confidence,
        sureness=row.sureness,
        rating_words=tuple(row.rating_words),
        reports=row.reports,
        installations=row.installations,
        answers=row.answers,
        votes=row.votes,
        origin=row.origin,
    )


def _hardware(name: str, row: CatalogueHardware) -> Hardware:
    source: Mapping[str, Any] = row.source
    return Hardware(
        name=name,
        card=row.card,
        count=row.count,
        memory=row.memory,
        source=Source(source.get("title", ""), source.get("version", ""), source.get("page", "")),
        need=row.need,
        context=row.context,
        requests=row.requests,
        note=row.note,
    )
