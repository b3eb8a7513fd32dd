"""Giving features to endpoints, and taking note of what a tier does not promise."""

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from app.domain import notices
from app.domain.errors import AcknowledgementRequired, Conflict, Invalid, NotFound
from app.domain.notices import Acknowledged
from app.domain.platforms import host_of
from app.domain.roles import Actor
from app.domain.tiers import Tier
from app.models.assignment import Acknowledgement, Assignment
from app.models.endpoint import Endpoint, Standing
from app.queries.assignments import AssignmentRecord, record_of, serving_of
from app.services import audit
from app.services.ports import Ports

STALE = "Somebody else changed this feature first. Look at what it is now and decide again."


class State(StrEnum):
    """What a feature is given; `managed` (GitLab's own model) comes with a connected instance."""

    UNASSIGNED = "unassigned"
    DISABLED = "disabled"
    ENDPOINT = "endpoint"


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody wants for a feature. `version` is the one they saw, 0 for a feature never touched.

    `acknowledged`: they took note of the tier's statement.
    """

    feature: str
    version: int
    state: State
    endpoint_id: str = ""
    acknowledged: bool = False


def change(ports: Ports, actor: Actor, wanted: Change) -> AssignmentRecord | None:
    """Apply one change with its audit row; what is stored then, None for a feature that stays untouched.

    Raises NotFound for an unknown feature, Conflict (with the Serving as it is now) for a stale version, Invalid for
    an endpoint that cannot serve, AcknowledgementRequired when the tier asks for it.
    """
    if wanted.feature not in ports.facts.features:
        raise NotFound("There is no such feature.")
    try:
        with ports.store.write() as session:
            return _change(ports, session, actor, wanted)
    except (StaleDataError, IntegrityError) as error:
        raise Conflict(STALE, serving_of(ports.store, wanted.feature)) from error


def _change(ports: Ports, session: Session, actor: Actor, wanted: Change) -> AssignmentRecord | None:
    row = session.scalar(select(Assignment).where(Assignment.feature == wanted.feature))
    if (row.version if row else 0) != wanted.version:
        raise StaleDataError(f"{wanted.feature} is not at version {wanted.version}")
    endpoint = _endpoint(session, wanted) if wanted.state is State.ENDPOINT else None
    changes = audit.differences(
        _told(session, row), {"state": wanted.state.value, "endpoint": endpoint and endpoint.name}
    )
    if endpoint:
        changes |= _acknowledge(ports, session, actor, endpoint, wanted)
    if not changes:
        return record_of(row) if row else None
    if row is None:
        row = Assignment(feature=wanted.feature)
        session.add(row)
    row.state = wanted.state.value
    row.endpoint_id = endpoint.id if endpoint else None
    row.changed_by = actor.name
    session.flush()
    subject = ("feature", wanted.feature, ports.facts.features[wanted.feature].title)
    audit.record(ports, session, actor, "feature:assign", subject, changes)
    return record_of(row)


def _endpoint(session: Session, wanted: Change) -> Endpoint:
    # Locked, so that nobody switches it off between this look and the commit.
    endpoint = session.get(Endpoint, wanted.endpoint_id, with_for_update=True)
    if endpoint is None:
        raise Invalid({"endpoint_id": ("Choose one of the listed endpoints.",)})
    if not endpoint.enabled:
        raise Invalid({"endpoint_id": (f"{endpoint.name} is switched off. Switch it on first.",)})
    return endpoint


def _acknowledge(
    ports: Ports, session: Session, actor: Actor, endpoint: Endpoint, wanted: Change
) -> dict[str, tuple[str | None, str | None]]:
    """Write the acknowledgement that the tier asks for, and what the audit says of it.

    Raises AcknowledgementRequired when it was not given.
    """
    now = _acknowledgeable(session, endpoint, wanted.feature)
    if not notices.acknowledgement_needed(now, _given(session, endpoint, wanted.feature)):
        return {}
    if not wanted.acknowledged:
        raise AcknowledgementRequired(notices.notice(now.tier))
    session.add(
        Acknowledgement(
            endpoint_id=endpoint.id,
            feature=wanted.feature,
            wording_version=now.wording_version,
            tier=now.tier.value,
            model=now.model,
            host=now.host,
            address=now.address,
            person=actor.key,
            person_name=actor.name,
            given_at=ports.clock(),
        )
    )
    return {"acknowledged": (None, f"{now.tier.value}, wording {now.wording_version}")}


def _acknowledgeable(session: Session, endpoint: Endpoint, feature: str) -> Acknowledged:
    tier = session.scalar(select(Standing.tier).where(Standing.endpoint_id == endpoint.id, Standing.feature == feature))
    host = host_of(endpoint.platform, endpoint.server)
    return Acknowledged(Tier(tier or Tier.OTHER), endpoint.model, host, endpoint.base_url)


def _given(session: Session, endpoint: Endpoint, feature: str) -> Acknowledged | None:
    row = session.scalar(
        select(Acknowledgement)
        .where(Acknowledgement.endpoint_id == endpoint.id, Acknowledgement.feature == feature)
        .order_by(Acknowledgement.given_at.desc(), Acknowledgement.id)
        .limit(1)
    )
    return Acknowledged(Tier(row.tier), row.model, row.host, row.address, row.wording_version) if row else None


def _told(session: Session, row: Assignment | None) -> dict[str, str | None]:
    """An assignment in the audit's words."""
    if row is None:
        return {"state": State.UNASSIGNED.value, "endpoint": None}
    endpoint = session.get(Endpoint, row.endpoint_id) if row.endpoint_id else None
    return {"state": row.state, "endpoint": endpoint.name if endpoint else None}
