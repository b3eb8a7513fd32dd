"""What GitLab should have of the endpoints and assignments that are stored here, read in five statements."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.data.loader import Facts
from app.domain import wanted as rules
from app.domain.assignments import State
from app.domain.instance import Scope, Way
from app.domain.plans import Link, Wanted, WantedFeature, WantedModel, endpoint_subject, through_subject
from app.domain.platforms import OPENAI_COMPATIBLE
from app.domain.wanted import Given, Held
from app.models.endpoint import Endpoint
from app.models.instance import FeatureWay, InstanceLink
from app.models.token import Token
from app.queries.assignments import Serving, serving_in
from app.queries.instance import values_of

# A token that ends sooner is replaced by the next plan.
TOKEN_LEFT = timedelta(days=30)
_COLUMNS = (
    Endpoint.id, Endpoint.name, Endpoint.platform, Endpoint.family, Endpoint.base_url, Endpoint.identifier,
    Endpoint.key_fingerprint, Endpoint.enabled, Endpoint.headers, Endpoint.client_certificate,
)  # fmt: skip


def wanted_in(
    session: Session,
    facts: Facts,
    origin: str,
    now: datetime,
    scope: Scope,
    *,
    delete: bool = False,
    many: bool = False,
) -> Wanted:
    """Everything, inside a transaction that is open; `origin` is the address under which GitLab reaches Modelport."""
    links = [*_links(session, now)]
    given = _given(session, facts, {link.subject: link.key for link in links if link.key})
    through_only = rules.unused_ways(given)
    serving = {each.endpoint_id for each in given.values()}
    asked = select(*_COLUMNS).order_by(Endpoint.name_key)
    rows = session.execute(asked.where(Endpoint.id.in_(serving)) if scope is Scope.ASSIGNED else asked).all()
    linked = {link.subject for link in links}
    models, kept = [], set()
    for row in rows:
        subject = endpoint_subject(row.id)
        if not row.enabled:
            kept.add(subject)
        elif row.id not in through_only and (scope is Scope.ALL or row.id in serving or subject in linked):
            models.append(model_in(row, facts))
    return Wanted(
        models=(*models, *_relays(given, facts, origin)),
        features=tuple(_features(given)),
        links=tuple(links),
        known=frozenset(facts.features),
        kept=frozenset(kept),
        delete=delete,
        many=many,
    )


def model_in(row: Any, facts: Facts) -> WantedModel:
    """The model in GitLab for an endpoint, from its row or its columns."""
    return rules.model_of(_held(row, facts))


def _links(session: Session, now: datetime) -> Iterator[Link]:
    """What is linked; a token that ends soon, or is gone, has no mark any more."""
    asked = select(InstanceLink, Token.expires_at, Token.revoked_at).outerjoin(Token, Token.id == InstanceLink.token_id)
    for link, expires_at, revoked_at in session.execute(asked.order_by(InstanceLink.subject)):
        lasts = expires_at is not None and revoked_at is None and expires_at > now + TOKEN_LEFT
        key = link.key if link.endpoint_id or lasts else ""
        yield Link(link.subject, link.model_id, values_of(link.agreed), key)


def _given(session: Session, facts: Facts, keys: Mapping[str, str]) -> dict[str, Given]:
    """What each feature is given that somebody touched here."""
    ways = {row.feature: row for row in session.scalars(select(FeatureWay))}
    return {
        name: _one(facts, serving, ways.get(name), keys)
        for name, serving in serving_in(session).items()
        if name in facts.features
    }


def _one(facts: Facts, serving: Serving, way: FeatureWay | None, keys: Mapping[str, str]) -> Given:
    # GitLab is given one model: the first that is switched on, as calls here would take it.
    answering = next((link for link in serving.links if link.enabled), serving.first)
    family = answering.family if answering else ""
    return Given(
        feature=facts.features[serving.feature],
        state=State(serving.state),
        way=Way(way.way) if way else Way.DIRECT,
        endpoint_id=answering.endpoint_id if answering else "",
        endpoint_name=answering.name if answering else "",
        family=facts.families.get(family),
        own_family=not answering or not answering.override,
        fallbacks=max(0, len(serving.links) - 1),
        agreed=way.agreed if way else "",
        token=keys.get(through_subject(serving.feature), ""),
    )


def _held(row: Any, facts: Facts) -> Held:
    needs = ["extra headers"] if row.headers else []
    needs += ["a client certificate"] if row.client_certificate else []
    return Held(
        id=row.id,
        name=row.name,
        platform=facts.platforms[row.platform],
        family=facts.families[row.family],
        base_url=row.base_url,
        identifier=row.identifier,
        key=row.key_fingerprint,
        needs=tuple(needs),
    )


def _relays(given: Mapping[str, Given], facts: Facts, origin: str) -> Iterator[WantedModel]:
    platform = facts.platforms[OPENAI_COMPATIBLE]
    for each in given.values():
        if each.state is State.ENDPOINT and each.way is Way.THROUGH:
            yield rules.relay_of(each, platform, origin)


def _features(given: Mapping[str, Given]) -> Iterator[WantedFeature]:
    yield from (rules.feature_of(each) for each in given.values())
