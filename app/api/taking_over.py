"""Taking over what the GitLab instance has; nothing is written to GitLab."""

from collections.abc import Sequence

from flask import Blueprint

from app.api.access import current_actor
from app.api.bodies.taking_over import OfferAnswer, TakenOverAnswer, TakingOver, WishFields
from app.api.context import ports
from app.api.operations import operation
from app.domain.errors import Invalid, NotFound
from app.domain.roles import Role
from app.queries import taking_over as query
from app.queries.endpoint_names import endpoint_names
from app.queries.taking_over import Offer
from app.services import instance_reads
from app.services import taking_over as service
from app.services.taking_over import Wish

taking_over = Blueprint("taking_over", __name__)
KEYS_TOLD = 1000


@taking_over.get("/instance/take-over")
@operation(Role.VIEWER, OfferAnswer, problems=(404, 409))
def offer() -> OfferAnswer:
    """Read what there is to take over."""
    return OfferAnswer.of(_offered())


@taking_over.post("/instance/take-over")
@operation(Role.ADMIN, TakenOverAnswer, body=TakingOver, body_optional=True, problems=(404, 409))
def take_over(body: TakingOver) -> TakenOverAnswer:
    """Make endpoints, links and assignments of what GitLab has; doing it again completes what broke off."""
    offered = _offered()
    wishes = service.usual(offered) if body.models is None else _wishes(offered, body.models)
    taken = service.take_over(
        ports(), current_actor(), wishes, with_features=body.features, acknowledged=body.acknowledged
    )
    return TakenOverAnswer.of(taken, query.keys_missing(ports().store, KEYS_TOLD))


def _offered() -> Offer:
    """What GitLab has. Raises NotConnected, and NotFound before the first reading."""
    instance_reads.client(ports())
    found = query.offer(ports().store, ports().facts, instance_reads.url_of(ports()), ports().origin)
    if found is None:
        raise NotFound(service.NOT_READ)
    return found


def _wishes(offered: Offer, models: Sequence[WishFields]) -> list[Wish]:
    """The wishes; raises Invalid where one names what is not there, or what another one names as well."""
    known, endpoints = {each.model.id for each in offered.models}, {each.id for each in endpoint_names(ports().store)}
    faults: dict[str, tuple[str, ...]] = {}
    for place, each in enumerate(models):
        if each.model_id not in known:
            faults[f"models.{place}.model_id"] = ("GitLab has no such model, or it is named twice.",)
        elif each.endpoint_id and each.endpoint_id not in endpoints:
            faults[f"models.{place}.endpoint_id"] = ("There is no such endpoint, or it is named twice.",)
        known.discard(each.model_id)
        endpoints.discard(each.endpoint_id or "")
    if faults:
        raise Invalid(faults)
    return [each.wish() for each in models]
