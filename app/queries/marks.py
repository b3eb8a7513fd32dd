"""Reads of blind marks: how families did on an endpoint, against other families on the very same one.

Marks between two endpoints say nothing of a family: the models differed as well.
"""

from sqlalchemy import ColumnElement, and_, or_, select

from app.domain.marks import MarkedPair
from app.models.endpoint import Endpoint
from app.models.store import Store
from app.models.trial import Mark


def of_endpoint(store: Store, endpoint_id: str) -> tuple[MarkedPair, ...]:
    """The marks on one endpoint, oldest first."""
    return _pairs(store, endpoint_id, Endpoint.id == endpoint_id)


def of_model(store: Store, endpoint_id: str, model: str) -> tuple[MarkedPair, ...]:
    """Those, and those on other endpoints with the same catalogue model. Both may be empty, for a new endpoint."""
    same = and_(Endpoint.model == model, Endpoint.model != "")
    return _pairs(store, endpoint_id, or_(Endpoint.id == endpoint_id, same))


def _pairs(store: Store, endpoint_id: str, where: ColumnElement[bool]) -> tuple[MarkedPair, ...]:
    columns = (Mark.feature, Mark.family_a, Mark.family_b, Mark.better, Mark.endpoint_a)
    same = (Mark.endpoint_a == Mark.endpoint_b, Mark.family_a != Mark.family_b)
    wanted = select(*columns).join(Endpoint, Endpoint.id == Mark.endpoint_a).where(*same, where).order_by(Mark.id)
    with store.read() as session:
        rows = session.execute(wanted).all()
    return tuple(
        MarkedPair(
            row.feature, (row.family_a, row.family_b), _better(row.better, row.family_a, row.family_b),
            row.endpoint_a == endpoint_id,
        )
        for row in rows
    )  # fmt: skip


def _better(better: str, a: str, b: str) -> str:
    return {"a": a, "b": b}.get(better, "")
