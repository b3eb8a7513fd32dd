"""Refuses to let an endpoint go while features rely on it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import assignments as rules
from app.domain.assignments import Known
from app.domain.errors import InUse
from app.models.assignment import Assignment, Fallback
from app.models.endpoint import Endpoint
from app.services import assigning
from app.services.ports import Ports


def refuse_used(ports: Ports, session: Session, row: Endpoint) -> None:
    """Raise InUse, told apart by how it is used, while any feature names the endpoint."""
    first = set(session.scalars(select(Assignment.feature).where(Assignment.endpoint_id == row.id)))
    behind = select(Assignment.feature).join(Fallback, Fallback.assignment_id == Assignment.id)
    after = set(session.scalars(behind.where(Fallback.endpoint_id == row.id)))
    uses = [*_titles(ports, first), *(f"as fallback of {title}" for title in _titles(ports, after))]
    if uses:
        raise InUse(f"{row.name} cannot be deleted while features use it: {', '.join(uses)}.", uses)


def refuse_bereft(ports: Ports, session: Session, row: Endpoint) -> None:
    """Raise InUse while a feature would be left without an enabled endpoint.

    The endpoint's company has to be locked already, so that no fallback goes off at the same moment.
    """
    asked = select(Assignment).where(Assignment.endpoint_id == row.id).order_by(Assignment.feature).with_for_update()
    chains = assigning.chains(session, session.scalars(asked).all())
    ids = {row.id}.union(*(chain.ids for chain in chains.values()))
    found = session.execute(select(Endpoint.id, Endpoint.name, Endpoint.enabled).where(Endpoint.id.in_(ids)))
    known = {each.id: Known(each.name, each.enabled) for each in found}
    bereft = {feature for feature, chain in chains.items() if rules.bereft(chain, row.id, known)}
    if titles := _titles(ports, bereft):
        raise InUse(
            f"{row.name} cannot be switched off while it alone answers for {', '.join(titles)}. "
            "Name a replacement, or give each of them a fallback that is switched on.",
            titles,
        )


def _titles(ports: Ports, names: set[str]) -> list[str]:
    return [feature.title for name, feature in ports.facts.features.items() if name in names]
