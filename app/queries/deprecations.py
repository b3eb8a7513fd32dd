"""Endpoints whose model GitLab gave up, with what it put in its place."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased

from app.models.catalogue import CatalogueModel
from app.models.endpoint import Endpoint
from app.models.store import Store

_Successor = aliased(CatalogueModel)


@dataclass(frozen=True, slots=True)
class GivenUp:
    """An endpoint with its model's name, the version of GitLab `since` which it is given up, and the name of the model
    that takes its place, "" for none.
    """

    endpoint_id: str
    endpoint_name: str
    model: str
    since: str
    replacement: str

    @property
    def advice(self) -> str:
        """What to do about it."""
        return f"Use {self.replacement} in its place." if self.replacement else "GitLab names none to use in its place."


def in_use(store: Store, most: int) -> tuple[GivenUp, ...]:
    """Endpoints that are switched on and run such a model, by name; in one statement."""
    wanted = _given_up().where(Endpoint.enabled).order_by(Endpoint.name_key).limit(most)
    with store.read() as session:
        return tuple(GivenUp(*row) for row in session.execute(wanted))


def of_endpoint(store: Store, endpoint_id: str) -> GivenUp | None:
    """The same for one endpoint, None where its model is not given up."""
    with store.read() as session:
        row = session.execute(_given_up().where(Endpoint.id == endpoint_id)).one_or_none()
        return GivenUp(*row) if row else None


def _given_up() -> Select[Any]:
    columns: tuple[Any, ...] = (Endpoint.id, Endpoint.name, CatalogueModel.name, CatalogueModel.deprecated_since)
    return (
        select(*columns, func.coalesce(_Successor.name, ""))
        .join(CatalogueModel, CatalogueModel.name == Endpoint.model)
        .outerjoin(_Successor, _Successor.slug == CatalogueModel.replacement)
        .where(CatalogueModel.deprecated_since != "")
    )
