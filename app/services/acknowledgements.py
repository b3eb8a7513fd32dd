"""Keeps who took note of what a tier does not promise, for which endpoint and feature."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.domain import notices
from app.domain.differences import Linked, weakest_notice
from app.domain.errors import AcknowledgementRequired
from app.domain.platforms import host_of
from app.domain.roles import Actor
from app.models.assignment import Acknowledgement
from app.models.endpoint import Endpoint
from app.services.ports import Ports


@dataclass(frozen=True, slots=True)
class Due:
    """An endpoint whose tier for a feature has to be acknowledged; `leads`: it is the one that answers first."""

    feature: str
    linked: Linked
    leads: bool


def due(feature: str, chain: Iterable[Linked]) -> list[Due]:
    """What has to be acknowledged before a chain may serve a feature."""
    return [Due(feature, each, number == 0) for number, each in enumerate(chain) if each.note_due]


def require(wanted: Iterable[Due]) -> None:
    """Raise AcknowledgementRequired with the statement of the weakest tier, if anything is due."""
    if links := tuple(each.linked for each in wanted):
        raise AcknowledgementRequired(weakest_notice(links))


def give(ports: Ports, session: Session, actor: Actor, wanted: Iterable[Due]) -> list[str]:
    """Write that a person took note; what the audit says of it."""
    told = []
    for each in wanted:
        endpoint = session.get_one(Endpoint, each.linked.endpoint_id)
        session.add(
            Acknowledgement(
                endpoint_id=endpoint.id,
                feature=each.feature,
                wording_version=notices.WORDING_VERSION,
                tier=each.linked.tier,
                model=endpoint.model,
                host=host_of(endpoint.platform, endpoint.server),
                address=endpoint.base_url,
                person=actor.key,
                person_name=actor.name,
                given_at=ports.clock(),
            )
        )
        words = f"{each.linked.tier}, wording {notices.WORDING_VERSION}"
        told.append(words if each.leads else f"{endpoint.name}: {words}")
    return told
