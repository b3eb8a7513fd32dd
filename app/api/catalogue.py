"""The catalogue: found as the finder finds it, and read entry by entry."""

from dataclasses import replace

from flask import Blueprint

from app.api import cursors
from app.api.access import current_actor
from app.api.bodies.catalogue import (
    CatalogueFilter,
    EntryAnswer,
    EntryAsked,
    EntryDetail,
    hardware_of,
    values_of,
)
from app.api.bodies.common import ListOf
from app.api.context import context, ports
from app.api.operations import operation
from app.domain.errors import NotFound
from app.domain.listings import listed_for
from app.domain.roles import Role
from app.queries import catalogue as query
from app.queries import catalogue_around as around
from app.queries import catalogue_lists as lists
from app.queries import catalogue_reports as reports
from app.queries.catalogue import Entry, Wanted

catalogue = Blueprint("catalogue", __name__)
GONE = "There is no such entry in the catalogue."


def load(entry_id: str) -> Entry:
    """The entry of that id, or NotFound."""
    found = query.entries(ports().store, [entry_id])
    if not found:
        raise NotFound(GONE)
    return found[0]


def _wanted(asked: CatalogueFilter) -> Wanted:
    return replace(asked.wanted(), listed=listed_for(ports().facts.models.values(), asked.column))


@catalogue.get("/catalogue")
@operation(Role.VIEWER, ListOf[EntryAnswer], query=CatalogueFilter)
def index(asked: CatalogueFilter) -> ListOf[EntryAnswer]:
    """Find entries of the catalogue."""
    wanted, kind = _wanted(asked), f"catalogue {asked.sort}"
    place = cursors.read(kind, asked.cursor) if asked.cursor else ()
    found = lists.following(ports().store, wanted, asked.limit + 1, place)
    shown, following = cursors.cut(found, asked.limit, lambda each: cursors.write(kind, *each[1]))
    replaced = lists.names(ports().store, [entry.replacement for entry, _ in shown if entry.replacement])
    items = [EntryAnswer.of(entry, replaced.get(entry.replacement, ""), context().origin) for entry, _ in shown]
    return ListOf[EntryAnswer](items=items, next=following)


@catalogue.get("/catalogue/<host>/<model_slug>")
@operation(Role.VIEWER, EntryDetail, query=EntryAsked)
def show(host: str, model_slug: str, asked: EntryAsked) -> EntryDetail:
    """Read one entry."""
    store = ports().store
    entry = query.entry(store, host[:64], model_slug[:120], asked.variant)
    if entry is None:
        raise NotFound(GONE)
    replacement = lists.names(store, [entry.replacement]).get(entry.replacement, "")
    votes = reports.votes(store, entry.id, current_actor().person)
    return EntryDetail(
        **values_of(entry, replacement, context().origin),
        details=dict(entry.details),
        hardware=[hardware_of(each) for each in around.stated(store, [entry.slug]).get(entry.slug, ())],
        votes_by_kind=dict(votes.counts),
        own_votes=sorted(votes.own),
    )
