"""Small numbers that stand by themselves."""

from collections.abc import Collection

from sqlalchemy import func, select

from app.domain.steps import Verdict
from app.models.endpoint import Endpoint
from app.models.store import Store


def endpoints(store: Store) -> int:
    """How many endpoints there are."""
    with store.read() as session:
        return session.scalar(select(func.count()).select_from(Endpoint)) or 0


def failed(store: Store, endpoint_ids: Collection[str]) -> int:
    """How many of these endpoints failed their last test."""
    wanted = select(func.count()).where(Endpoint.id.in_(endpoint_ids), Endpoint.verdict == Verdict.FAILED.value)
    with store.read() as session:
        return session.scalar(wanted) or 0
