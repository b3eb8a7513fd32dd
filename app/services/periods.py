"""Keeps what served a feature from one change to the next, in words that outlive the endpoint."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.domain.assignments import State
from app.domain.differences import Linked
from app.domain.platforms import host_of
from app.domain.responsibilities import region_left
from app.domain.roles import Actor
from app.models.assignment import Assignment, AssignmentPeriod
from app.models.endpoint import Endpoint
from app.queries.assignments import serving_in
from app.services.ports import Ports


def begin(session: Session, actor: Actor, feature: str, state: State, chain: tuple[Linked, ...], at: datetime) -> None:
    """End the open period of a feature and begin the next at the same moment."""
    session.execute(
        update(AssignmentPeriod)
        .where(AssignmentPeriod.feature == feature, AssignmentPeriod.ended_at.is_(None))
        .values(ended_at=at)
        .execution_options(synchronize_session=False)
    )
    period = AssignmentPeriod(feature=feature, state=state.value, changed_by=actor.name, began_at=at)
    if chain:
        first, endpoint = chain[0], session.get_one(Endpoint, chain[0].endpoint_id)
        period.endpoint_id, period.endpoint_name = endpoint.id, endpoint.name
        period.identifier, period.model = endpoint.identifier, endpoint.model
        period.host = host_of(endpoint.platform, endpoint.server)
        period.family, period.tier = first.family, first.tier
        period.fallbacks = [_fallback(first, each) for each in chain[1:]]
    session.add(period)


def _fallback(first: Linked, link: Linked) -> dict[str, str]:
    told = {"endpoint_id": link.endpoint_id, "name": link.name, "family": link.family}
    left = region_left(first.region, link.region)
    return told | {"leaving": left} if left else told


def renew(ports: Ports, session: Session, actor: Actor, endpoint_id: str) -> None:
    """Begin new periods where an endpoint answers first, since it became another one itself."""
    used = select(Assignment).where(Assignment.endpoint_id == endpoint_id).order_by(Assignment.feature)
    # Locked, so that a change of the same moment neither ends these periods nor is ended by them.
    features = [row.feature for row in session.scalars(used.with_for_update())]
    at = ports.clock()
    for feature, serving in serving_in(session, features).items() if features else ():
        begin(session, actor, feature, State(serving.state), serving.links, at)
