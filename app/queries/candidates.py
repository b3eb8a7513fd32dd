"""Reads of what could serve a feature."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, or_, select

from app.domain.tiers import Tier
from app.models.endpoint import Endpoint, Standing
from app.models.store import Store

SEARCH_MAX = 200


@dataclass(frozen=True, slots=True)
class Assignable:
    """An endpoint that may be chosen, with the tier it would have for each feature."""

    id: str
    name: str
    family: str
    tiers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Candidate:
    """An endpoint that may be chosen for one feature, with its standing there."""

    id: str
    name: str
    model: str
    family: str
    verdict: str
    tier: str
    level: str
    reasons: tuple[str, ...]


def assignable(store: Store, most: int) -> tuple[Assignable, ...] | None:
    """The enabled endpoints by name in one statement; None when there are more than `most`."""
    first = select(Endpoint.id, Endpoint.name, Endpoint.name_key, Endpoint.family).where(Endpoint.enabled)
    listed = first.order_by(Endpoint.name_key).limit(most + 1).subquery()
    wanted = (
        select(listed.c.id, listed.c.name, listed.c.family, Standing.feature, Standing.tier)
        .outerjoin(Standing, Standing.endpoint_id == listed.c.id)
        .order_by(listed.c.name_key)
    )
    found: dict[str, tuple[str, str, dict[str, str]]] = {}
    with store.read() as session:
        for row in session.execute(wanted):
            found.setdefault(row.id, (row.name, row.family, {}))[2][row.feature] = row.tier
    if len(found) > most:
        return None
    return tuple(Assignable(endpoint_id, *rest) for endpoint_id, rest in found.items())


def candidates(store: Store, feature: str, q: str, most: int) -> tuple[Candidate, ...]:
    """The enabled endpoints whose name, identifier or model holds every word of `q`, the best tier first."""
    best_first = case({Tier.SUPPORTED.value: 0, Tier.COMPATIBLE.value: 1}, value=Standing.tier, else_=2)
    wanted = _candidates(feature).where(_holds(q)).order_by(best_first, Endpoint.name_key).limit(most)
    with store.read() as session:
        return tuple(_as_candidate(row) for row in session.execute(wanted))


def enabled(store: Store, q: str, most: int, chosen: str = "") -> list[tuple[str, str]]:
    """Id and name of the enabled endpoints that a search finds, by name; the chosen one is always among them."""
    found = or_(Endpoint.id == chosen, and_(Endpoint.enabled, _holds(q)))
    first = case({chosen: 0}, value=Endpoint.id, else_=1)
    wanted = select(Endpoint.id, Endpoint.name).where(found).order_by(first, Endpoint.name_key).limit(most)
    with store.read() as session:
        return [(row.id, row.name) for row in session.execute(wanted)]


def candidate(store: Store, feature: str, endpoint_id: str) -> Candidate | None:
    """One enabled endpoint as it would serve a feature."""
    with store.read() as session:
        row = session.execute(_candidates(feature).where(Endpoint.id == endpoint_id)).one_or_none()
    return _as_candidate(row) if row else None


def _holds(q: str) -> ColumnElement[bool]:
    """Whether name, identifier or model hold every word of a search."""
    columns = (Endpoint.name_key, Endpoint.identifier, Endpoint.model)
    words = q[:SEARCH_MAX].casefold().split()
    return and_(True, *(or_(*(column.icontains(word, autoescape=True) for column in columns)) for word in words))


def _candidates(feature: str) -> Select[Any]:
    columns = (Endpoint.id, Endpoint.name, Endpoint.model, Endpoint.family, Endpoint.verdict)
    return (
        select(*columns, Standing.tier, Standing.level, Standing.reasons)
        .outerjoin(Standing, and_(Standing.endpoint_id == Endpoint.id, Standing.feature == feature))
        .where(Endpoint.enabled)
    )


def _as_candidate(row: Any) -> Candidate:
    standing = (row.tier or Tier.OTHER.value, row.level or "", tuple(row.reasons or ()))
    return Candidate(row.id, row.name, row.model, row.family, row.verdict, *standing)
