"""Small numbers that stand on every page."""

from sqlalchemy import func, select

from app.models.endpoint import Endpoint
from app.models.store import Store


def endpoints(store: Store) -> int:
    """How many endpoints there are."""
    with store.read() as session:
        return session.scalar(select(func.count()).select_from(Endpoint)) or 0
