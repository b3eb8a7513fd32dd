"""Entries of the catalogue page by page for who reads them all: a page goes on after a place, not after a number."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from app.models.catalogue import CatalogueModel, Pairing
from app.models.store import Store
from app.queries.catalogue import Entry, Wanted, entry_of, entry_rows, matching
from app.queries.cursors import Order, after, ordered

_NAME = ((Pairing.name_key, False), (Pairing.id, False))
# The finder's orders, by columns that have a value for what is not known: a place cannot be behind none.
ORDERS: Mapping[str, Order] = {
    "": ((Pairing.tier_rank, True), (Pairing.confidence, True), (Pairing.votes, True), *_NAME),
    "name": _NAME,
    "rating": ((Pairing.stars_rank, True), *_NAME),
    "votes": ((Pairing.votes, True), *_NAME),
    "size": ((Pairing.size_rank, False), *_NAME),
    "context": ((Pairing.context_rank, True), *_NAME),
}
Place = Sequence[Any]


def following(store: Store, wanted: Wanted, most: int, place: Place = ()) -> tuple[tuple[Entry, Place], ...]:
    """At most so many entries behind a place, each with its own place; in one statement beside the words' search.

    A place has the values of the order's columns. Of `wanted` the page counts for nothing here.
    """
    order = ORDERS.get(wanted.sort, ORDERS[""])
    places = [column.label(f"place_{number}") for number, (column, _) in enumerate(order)]
    with store.read() as session:
        found = entry_rows().add_columns(*places).where(matching(session, wanted))
        if place:
            found = found.where(after(order, place))
        rows = session.execute(found.order_by(*ordered(order)).limit(most)).all()
    return tuple((entry_of(row), tuple(getattr(row, each.name) for each in places)) for row in rows)


def names(store: Store, slugs: Sequence[str]) -> Mapping[str, str]:
    """The names of models by their slugs; in one statement."""
    wanted = select(CatalogueModel.slug, CatalogueModel.name).where(CatalogueModel.slug.in_(slugs))
    with store.read() as session:
        return {row.slug: row.name for row in session.execute(wanted)}
