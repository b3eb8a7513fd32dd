"""The models that GitLab has, a page at a time, each with what it belongs to here."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from app.models.endpoint import Endpoint
from app.models.instance import InstanceLink, InstanceModelRow
from app.models.store import Store

PAGE = 25
SEARCH_MAX = 200
WORDS_MAX = 8
_SEARCHED = (InstanceModelRow.name, InstanceModelRow.identifier, InstanceModelRow.endpoint)
_COLUMNS = tuple(
    getattr(InstanceModelRow, name)
    for name in ("id", "name", "family", "platform", "endpoint", "identifier", "has_key", "changed_by", "changed_at")
)


@dataclass(frozen=True, slots=True)
class ModelRecord:
    """One model in GitLab. `subject` is what it is linked to here, "" for a model that only GitLab has.

    `endpoint_id` and `endpoint_name` are of the endpoint that it stands for, "" where it stands for none.
    """

    id: str
    name: str
    family: str
    platform: str
    endpoint: str
    identifier: str
    has_key: bool
    changed_by: str
    changed_at: datetime | None
    subject: str
    endpoint_id: str
    endpoint_name: str


@dataclass(frozen=True, slots=True)
class ModelPage:
    """One page of them; `total` counts what the search fits, `stored` all there are."""

    rows: tuple[ModelRecord, ...]
    total: int
    stored: int
    page: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // PAGE))


def models_there(store: Store, q: str = "", page: int = 1) -> ModelPage:
    """A page of GitLab's models by name in two statements; the nearest one that there is."""
    where = _matching(q)
    with store.read() as session:
        stored = select(func.count()).select_from(InstanceModelRow).scalar_subquery()
        total = select(func.count()).select_from(InstanceModelRow).where(where).scalar_subquery()
        counts = session.execute(select(total, stored)).one()
        page = min(max(1, page), max(1, -(-counts[0] // PAGE)))
        asked = (
            select(*_COLUMNS, InstanceLink.subject, Endpoint.id.label("endpoint_id"), Endpoint.name.label("given"))
            .outerjoin(InstanceLink, InstanceLink.model_id == InstanceModelRow.id)
            .outerjoin(Endpoint, Endpoint.id == InstanceLink.endpoint_id)
            .where(where)
            .order_by(InstanceModelRow.name, InstanceModelRow.id)
        )
        rows = session.execute(asked.limit(PAGE).offset((page - 1) * PAGE)).all()
    return ModelPage(tuple(_record(row) for row in rows), counts[0], counts[1], page)


def _matching(q: str) -> ColumnElement[bool]:
    """Every word stands in one of the columns; the last one keeps what is left."""
    words = q[:SEARCH_MAX].split(maxsplit=WORDS_MAX - 1)
    holds = (or_(*(column.icontains(word.strip(), autoescape=True) for column in _SEARCHED)) for word in words)
    return and_(True, *holds)


def _record(row: Any) -> ModelRecord:
    values = {name: getattr(row, name) for name in ModelRecord.__dataclass_fields__ if name != "endpoint_name"}
    given = {name: values[name] or "" for name in ("subject", "endpoint_id")}
    return ModelRecord(**values | given, endpoint_name=row.given or "")
