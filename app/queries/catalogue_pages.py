"""All that a page of the catalogue shows, in one read of few statements."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from app.data.facts import Facts
from app.domain.catalogue import Hardware
from app.models.catalogue import CatalogueHardware, CatalogueModel, Pairing
from app.models.endpoint import Endpoint
from app.models.store import Store
from app.queries import catalogue, catalogue_around, catalogue_reports, comments
from app.queries.catalogue import Entry, Found, Wanted
from app.queries.catalogue_around import Runner
from app.queries.catalogue_hosts import PLATFORMS, with_platforms
from app.queries.catalogue_reports import ReportRecord, Votes
from app.queries.comments import Comments
from app.queries.several import part, several


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of entries with the GPUs that were stated for their models, by slug, and the reader's votes, by id."""

    found: Found
    stated: Mapping[str, tuple[Hardware, ...]]
    votes: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Shown:
    """An entry with what stands around and behind it: the model's other entries, the one that takes a deprecated one's
    place, hosts' labels by slug, the newest reports, the first comments. `endpoints` counts those of the portal.
    """

    entry: Entry
    others: tuple[Entry, ...]
    replacement: Entry | None
    stated: tuple[Hardware, ...]
    hosts: Mapping[str, str]
    runners: tuple[Runner, ...]
    reports: tuple[ReportRecord, ...]
    votes: Votes
    comments: Comments
    comment_count: int
    endpoints: int


def listed(store: Store, wanted: Wanted, reader: str) -> Listed:
    """What was looked for, in three statements; `reader` is a person's key."""
    with store.read() as session:
        found = catalogue.find_in(session, wanted)
        return Listed(
            found,
            catalogue_around.stated_in(session, {each.slug for each in found.entries}),
            catalogue_reports.own_votes_in(session, reader, [each.id for each in found.entries]),
        )


def shown(
    store: Store, facts: Facts, at: tuple[str, str, str], reader: str, reports: int, comment_rows: int
) -> Shown | None:
    """An entry by its host, slug and variant, in five statements; `reader` is a person's key, `reports` and
    `comment_rows` say how many of each at most. None where there is no such entry.
    """
    host, slug, _ = at
    with store.read() as session:
        related, stated = _related(session, at)
        entry = next((each for each in related if (each.host, each.slug, each.variant) == at), None)
        if entry is None:
            return None
        numbers = several(
            session,
            {
                "platforms": PLATFORMS,
                "endpoints": part(number=func.count()).select_from(Endpoint),
                "comments": comments.count_part(entry.id),
                **catalogue_reports.vote_parts(entry.id, reader),
            },
        )
        return Shown(
            entry,
            tuple(each for each in related if each.slug == slug and each is not entry),
            _replacement(entry, related),
            stated,
            with_platforms(facts, numbers["platforms"]),
            catalogue_around.runners_in(session, facts.platforms, entry.name, host),
            catalogue_reports.page_in(session, entry.id, size=reports).rows,
            catalogue_reports.votes_of(numbers),
            comments.page_in(session, entry.id, reader, size=comment_rows),
            numbers["comments"][0].number,
            numbers["endpoints"][0].number,
        )


def _related(session: Session, at: tuple[str, str, str]) -> tuple[list[Entry], tuple[Hardware, ...]]:
    """All entries of a model and of what replaces it, by host and variant; and the GPUs stated for the model."""
    host, slug, variant = at
    replacement = select(CatalogueModel.replacement).where(CatalogueModel.slug == slug).scalar_subquery()
    # Beside the entry itself alone, so that no other one is read more than once.
    beside = and_(
        CatalogueHardware.model_slug == Pairing.model_slug,
        Pairing.model_slug == slug,
        Pairing.host == host,
        Pairing.variant == variant,
    )
    wanted = (
        catalogue.entry_rows()
        .add_columns(CatalogueHardware)
        .outerjoin(CatalogueHardware, beside)
        .where(Pairing.model_slug.in_([slug, replacement]))
        .order_by(Pairing.host, Pairing.variant, CatalogueHardware.id)
    )
    rows = session.execute(wanted).all()
    by_id = {row.id: row for row in rows}
    hardware = [row.CatalogueHardware for row in rows if row.CatalogueHardware]
    return [catalogue.entry_of(row) for row in by_id.values()], catalogue_around.gpus_of(hardware)


def _replacement(entry: Entry, related: Collection[Entry]) -> Entry | None:
    """The entry that takes a deprecated one's place: on the same host where there is one."""
    found = [each for each in related if each.slug == entry.replacement]
    return next((each for each in found if each.host == entry.host), found[0] if found else None)
