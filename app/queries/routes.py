"""What feature calls are routed by, read as a whole: plain columns, in one transaction of a few statements."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.domain.assignments import State
from app.domain.capabilities import Grade
from app.domain.features import Ability
from app.domain.limits import Limits
from app.domain.routing import EndpointRoute, FeatureRoute, Link, Routes, TokenRoute
from app.domain.tiers import Tier
from app.models import revisions
from app.models.assignment import Assignment, Fallback
from app.models.endpoint import Capability, Endpoint, Standing
from app.models.store import Store
from app.models.token import Token


@dataclass(frozen=True, slots=True)
class StoredEndpoint:
    """What a target is made of; the secrets are sealed."""

    id: str
    slug: str
    name: str
    platform: str
    server: str
    base_url: str
    served_name: str
    family: str
    enabled: bool
    tier: str
    key_header: str
    api_version: str
    ca_pem: str
    client_certificate: str
    tls_server_name: str
    region: str
    project: str
    auth: str
    access_key_id: str
    role_arn: str
    external_id: str
    headers: Mapping[str, Any] = field(repr=False)
    quirks: tuple[str, ...] = ()
    stated_context: int | None = None
    api_key: str | None = field(default=None, repr=False)
    session_token: str | None = field(default=None, repr=False)
    client_key: str | None = field(default=None, repr=False)
    header_values: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class RouteTable:
    """The routes, and the stored endpoints behind them by id."""

    routes: Routes = field(default_factory=Routes)
    stored: Mapping[str, StoredEndpoint] = field(default_factory=dict, repr=False)


def number(store: Store) -> int:
    """The number that rises with every change of what calls are routed by."""
    with store.read() as session:
        return revisions.number(session)


def table(store: Store, now: datetime) -> RouteTable:
    """All routes, with the tokens that are good now.

    The number is read first: what changes after that raises it again, and so is read the next time at the latest.
    """
    with store.read() as session:
        read = revisions.number(session)
        stored = {row.id: _stored(row) for row in session.execute(select(*_COLUMNS))}
        lacks, contexts = _measured(session)
        endpoints = {each.id: _endpoint(each, lacks, contexts) for each in stored.values()}
        routes = Routes(
            read,
            _tokens(session, now),
            {each.slug: each for each in endpoints.values()},
            _features(session, endpoints),
        )
    return RouteTable(routes, stored)


def endpoint(store: Store, endpoint_id: str) -> tuple[EndpointRoute, StoredEndpoint] | None:
    """One endpoint as calls see it, with what its target is made of; None where there is no such one."""
    with store.read() as session:
        row = session.execute(select(*_COLUMNS).where(Endpoint.id == endpoint_id)).one_or_none()
        if row is None:
            return None
        stored = _stored(row)
        return _endpoint(stored, *_measured(session, stored.id)), stored


_COLUMNS = tuple(getattr(Endpoint, name) for name in StoredEndpoint.__dataclass_fields__)


def _stored(row: Any) -> StoredEndpoint:
    values = dict(row._mapping)
    return StoredEndpoint(**{**values, "quirks": tuple(map(str, row.quirks))})


def _measured(session: Session, endpoint_id: str = "") -> tuple[Mapping[str, set[Ability]], Mapping[str, int]]:
    """What each endpoint, or one, was found to lack, and the tokens it was found to read; what is old says nothing."""
    lacks: defaultdict[str, set[Ability]] = defaultdict(set)
    contexts: dict[str, int] = {}
    told = or_(Capability.grade == Grade.NO.value, Capability.ability == Ability.CONTEXT.value)
    names = (Capability.endpoint_id, Capability.ability, Capability.grade, Capability.value)
    wanted = select(*names).where(told, Capability.aged == "")
    for row in session.execute(wanted.where(Capability.endpoint_id == endpoint_id) if endpoint_id else wanted):
        if row.grade == Grade.NO.value:
            lacks[row.endpoint_id].add(Ability(row.ability))
        if row.ability == Ability.CONTEXT.value and row.value:
            contexts[row.endpoint_id] = row.value
    return lacks, contexts


def _endpoint(row: StoredEndpoint, lacks: Mapping[str, set[Ability]], contexts: Mapping[str, int]) -> EndpointRoute:
    known = [each for each in (row.stated_context, contexts.get(row.id)) if each]
    return EndpointRoute(
        id=row.id,
        slug=row.slug,
        name=row.name,
        platform=row.platform,
        served_name=row.served_name,
        family=row.family,
        enabled=row.enabled,
        tier=row.tier,
        quirks=frozenset(row.quirks),
        lacks=frozenset(lacks.get(row.id, ())),
        context=min(known) if known else None,
    )


def _tokens(session: Session, now: datetime) -> Mapping[str, TokenRoute]:
    names = (
        Token.public_id, Token.id, Token.secret_hash, Token.role, Token.features, Token.expires_at,
        Token.requests_per_minute, Token.tokens_per_minute,
    )  # fmt: skip
    good = select(*names).where(Token.revoked_at.is_(None), Token.expires_at > now)
    return {
        row.public_id: TokenRoute(
            row.id,
            row.secret_hash,
            row.role,
            frozenset(map(str, row.features)),
            row.expires_at,
            Limits(row.requests_per_minute, row.tokens_per_minute),
        )
        for row in session.execute(good)
    }


def _features(session: Session, endpoints: Mapping[str, EndpointRoute]) -> Mapping[str, FeatureRoute]:
    tiers = {(row.endpoint_id, row.feature): row.tier for row in session.execute(_tiers())}
    chains: dict[str, list[tuple[str, str]]] = {}
    states: dict[str, State] = {}
    for row in session.execute(select(Assignment.feature, Assignment.state, Assignment.endpoint_id, Assignment.family)):
        states[row.feature] = State(row.state)
        chains[row.feature] = [(row.endpoint_id, row.family)] if row.endpoint_id else []
    further = (
        select(Assignment.feature, Fallback.endpoint_id, Fallback.family)
        .join(Fallback, Fallback.assignment_id == Assignment.id)
        .order_by(Fallback.position)
    )
    for feature, endpoint_id, family in session.execute(further):
        chains[feature].append((endpoint_id, family))

    def link(feature: str, position: int, endpoint_id: str, family: str) -> Link:
        endpoint = endpoints[endpoint_id]
        tier = tiers.get((endpoint_id, feature), Tier.OTHER.value)
        return Link(endpoint, family or endpoint.family, tier, position)

    return {
        feature: FeatureRoute(
            state, tuple(link(feature, at, *each) for at, each in enumerate(chains[feature]) if each[0] in endpoints)
        )
        for feature, state in states.items()
    }


def _tiers() -> Any:
    used = select(Assignment.endpoint_id).where(Assignment.endpoint_id.is_not(None)).union(select(Fallback.endpoint_id))
    return select(Standing.endpoint_id, Standing.feature, Standing.tier).where(Standing.endpoint_id.in_(used))
