"""Whole endpoints page by page, for who reads them all."""

from sqlalchemy import select

from app.models.endpoint import Endpoint
from app.models.store import Store
from app.queries.endpoints import EndpointRecord, Filter, matching, record_of


def following(store: Store, wanted: Filter, most: int, after: str = "") -> tuple[EndpointRecord, ...]:
    """Endpoints in the order of their names, those behind the name key `after`; one statement.

    Of the filter, sort and page count for nothing here.
    """
    found = select(Endpoint).where(matching(store, wanted), Endpoint.name_key > after)
    with store.read() as session:
        return tuple(record_of(row) for row in session.scalars(found.order_by(Endpoint.name_key).limit(most)))
