"""Reads of how endpoints suit features."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, select
from sqlalchemy.orm import aliased

from app.domain.readiness import Readiness
from app.models.endpoint import Endpoint, Standing
from app.models.store import Store
from app.queries import endpoints
from app.queries.endpoints import PAGE, Filter

SUITS = tuple(each.value for each in Readiness if each.suits)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the matrix shows; `suits` names a feature that the endpoints must suit. An empty value does not narrow."""

    q: str = ""
    tier: str = ""
    suits: str = ""


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """One endpoint at one feature; `measured_at` and `aged` as the model has them."""

    readiness: str
    reasons: tuple[str, ...]
    tier: str
    measured_at: datetime | None
    aged: str


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One endpoint with its cells by feature."""

    id: str
    name: str
    identifier: str
    tier: str
    enabled: bool
    cells: Mapping[str, MatrixCell]


@dataclass(frozen=True, slots=True)
class Matrix:
    """One page of the matrix; `total` counts what the filter shows, `stored` all endpoints there are."""

    rows: tuple[MatrixRow, ...]
    total: int
    stored: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // PAGE))


def readiness_matrix(store: Store, wanted: Wanted, page: int) -> Matrix:
    """One page of endpoints by name with their cells, in two statements: the counts, then all rows with all cells."""
    where = _where(store, wanted)
    stored = select(func.count()).select_from(aliased(Endpoint)).scalar_subquery()
    with store.read() as session:
        total, everything = session.execute(select(func.count(), stored).select_from(Endpoint).where(where)).one()
        page = min(max(1, page), max(1, -(-total // PAGE)))
        rows = session.execute(_cells(where, (page - 1) * PAGE)).all() if total else []
    found: dict[str, tuple[Any, dict[str, MatrixCell]]] = {}
    for row in rows:
        _, cells = found.setdefault(row.id, (row, {}))
        if row.feature is not None:
            reasons = tuple(row.readiness_reasons)
            cells[row.feature] = MatrixCell(row.readiness, reasons, row.cell_tier, row.measured_at, row.aged)
    return Matrix(tuple(_row(row, cells) for row, cells in found.values()), total, everything, page)


def _where(store: Store, wanted: Wanted) -> ColumnElement[bool]:
    narrowed = endpoints.matching(store, Filter(q=wanted.q, tier=wanted.tier))
    if not wanted.suits:
        return narrowed
    suits = exists().where(
        Standing.endpoint_id == Endpoint.id, Standing.feature == wanted.suits, Standing.readiness.in_(SUITS)
    )
    return and_(narrowed, suits)


def _cells(where: ColumnElement[bool], offset: int) -> Any:
    columns = (Endpoint.id, Endpoint.name, Endpoint.name_key, Endpoint.identifier, Endpoint.tier, Endpoint.enabled)
    listed = select(*columns).where(where).order_by(Endpoint.name_key).limit(PAGE).offset(offset).subquery()
    cell = (Standing.feature, Standing.readiness, Standing.readiness_reasons, Standing.measured_at, Standing.aged)
    return (
        select(listed, *cell, Standing.tier.label("cell_tier"))
        .outerjoin(Standing, Standing.endpoint_id == listed.c.id)
        .order_by(listed.c.name_key)
    )


def _row(row: Any, cells: Mapping[str, MatrixCell]) -> MatrixRow:
    return MatrixRow(row.id, row.name, row.identifier, row.tier, row.enabled, cells)
