"""Recording who answers for an endpoint's quality, cost and data."""

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from app.domain import responsibilities as rules
from app.domain.errors import Conflict, NotFound
from app.domain.responsibilities import ResponsibilityDraft
from app.domain.roles import Actor
from app.models.assignment import Responsibility
from app.models.endpoint import Endpoint
from app.queries.responsibilities import ResponsibilityRecord, record_of, responsibility
from app.services import audit
from app.services.ports import Ports

STALE = "Somebody else changed this record while you were editing it."
_TYPED = (*rules.LONGEST, "training_use")


def attest(
    ports: Ports, actor: Actor, endpoint_id: str, version: int | None, draft: ResponsibilityDraft
) -> ResponsibilityRecord:
    """Store an endpoint's record; `version` is the one that was seen, 0 for none, None for whatever is stored.

    Attesting the same again renews who said it and when. Raises NotFound, Invalid, Conflict with the record as it is.
    """
    until = rules.check(draft, ports.clock().date())
    try:
        with ports.store.write() as session:
            endpoint = session.get(Endpoint, endpoint_id)
            if endpoint is None:
                raise NotFound("There is no such endpoint any more.")
            row = _current(session, endpoint_id, version)
            before = _state(row)
            for name in _TYPED:
                setattr(row, name, getattr(draft, name).strip())
            row.attested_by, row.attested_name, row.attested_at = actor.key, actor.name, ports.clock()
            row.valid_until = until
            session.add(row)
            session.flush()
            changes = audit.differences(before, _state(row))
            subject = ("endpoint", endpoint.id, endpoint.name)
            audit.record(ports, session, actor, "endpoint:attest", subject, changes)
            return record_of(row)
    except (StaleDataError, IntegrityError) as error:
        raise Conflict(STALE, responsibility(ports.store, endpoint_id)) from error


def _current(session: Session, endpoint_id: str, version: int | None) -> Responsibility:
    row = session.scalar(select(Responsibility).where(Responsibility.endpoint_id == endpoint_id).with_for_update())
    if version is not None and (row.version if row else 0) != version:
        raise StaleDataError(f"the record of {endpoint_id} is not at version {version}")
    return row or Responsibility(endpoint_id=endpoint_id)


def _state(row: Responsibility) -> dict[str, str]:
    until = row.valid_until.isoformat() if row.valid_until else ""
    return {**{name: getattr(row, name) or "" for name in _TYPED}, "valid_until": until}
