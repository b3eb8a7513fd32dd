"""A dry run of the rules for outbound calls."""

from flask import Blueprint

from app.api.access import current_actor
from app.api.bodies.egress import EgressTrialAnswer, NewEgressTrial
from app.api.context import ports
from app.api.operations import operation
from app.domain.roles import Role
from app.services import egress_trials as service

egress = Blueprint("egress", __name__)


@egress.post("/egress-trials")
@operation(Role.EDITOR, EgressTrialAnswer, body=NewEgressTrial, problems=(429,))
def dry_run(body: NewEgressTrial) -> EgressTrialAnswer:
    """See whether an address would be called, by which rule, and what would admit it. Nothing is called."""
    return EgressTrialAnswer.model_validate(service.try_for(ports(), current_actor(), body.address))
