"""Reads for taking over what an instance has."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.data.loader import Facts
from app.domain import taking_over as rules
from app.domain.gitlab import gitlab_endpoint
from app.domain.instance import InstanceFeature
from app.domain.taking_over import Found, Known
from app.models.assignment import Assignment
from app.models.endpoint import Endpoint
from app.models.instance import InstanceLink, InstanceModelRow
from app.models.store import Store
from app.queries.instance import actual_in


@dataclass(frozen=True, slots=True)
class Offer:
    """What can be taken over: models, and the settings of features that nobody touched here.

    `touched` are the names of features that have an assignment here: theirs stays.
    """

    models: tuple[Found, ...]
    features: tuple[InstanceFeature, ...]
    touched: frozenset[str]


@dataclass(frozen=True, slots=True)
class KeyMissing:
    """An endpoint whose model has a key in GitLab and none here: it could not be read from there."""

    endpoint_id: str
    name: str


def offer(store: Store, facts: Facts, url: str, origin: str) -> Offer | None:
    """What the last complete reading offers; None before the first."""
    with store.read() as session:
        actual = actual_in(session, url)
        if actual is None:
            return None
        touched = frozenset(session.scalars(select(Assignment.feature)))
        models = rules.found(
            actual, _known(session, facts), links_in(session), facts.platforms, facts.families, f"{origin}/v1"
        )
        features = tuple(each for each in rules.assigned(actual, facts.features) if each.name not in touched)
        return Offer(models, features, touched)


def links_in(session: Session) -> dict[str, str]:
    """Endpoint ids by GitLab's ids; "" for the models by which GitLab calls Modelport."""
    rows = session.execute(select(InstanceLink.model_id, InstanceLink.endpoint_id).where(InstanceLink.model_id != ""))
    return {model_id: endpoint_id or "" for model_id, endpoint_id in rows}


def keys_missing(store: Store, most: int) -> tuple[KeyMissing, ...]:
    """Endpoints whose key has to be typed here, by name."""
    wanted = (
        select(Endpoint.id, Endpoint.name)
        .join(InstanceLink, InstanceLink.endpoint_id == Endpoint.id)
        .join(InstanceModelRow, InstanceModelRow.id == InstanceLink.model_id)
        .where(InstanceModelRow.has_key, Endpoint.api_key.is_(None))
        .order_by(Endpoint.name_key)
        .limit(most)
    )
    with store.read() as session:
        return tuple(KeyMissing(*row) for row in session.execute(wanted))


def _known(session: Session, facts: Facts) -> list[Known]:
    columns = (
        Endpoint.id, Endpoint.name, Endpoint.identifier, Endpoint.base_url, Endpoint.family, Endpoint.platform,
    )  # fmt: skip
    rows = session.execute(select(*columns).order_by(Endpoint.name_key))
    return [
        Known(
            row.id,
            row.name,
            row.identifier,
            gitlab_endpoint(facts.platforms[row.platform], row.base_url) or "",
            facts.families[row.family].gitlab_name,
        )
        for row in rows
    ]
