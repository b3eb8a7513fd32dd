"""GitLab's own connection check of an endpoint, through its gateway."""

from flask import Blueprint, url_for

from app.api.access import current_actor
from app.api.bodies.instance import GatewayCheckAnswer
from app.api.context import context, ports
from app.api.endpoints import load
from app.api.operations import Located, operation
from app.domain.errors import NotFound
from app.domain.roles import Role
from app.queries import instance_runs as query

gateway_checks = Blueprint("gateway_checks", __name__)


@gateway_checks.post("/endpoints/<endpoint_id>/gateway-checks")
@operation(Role.EDITOR, GatewayCheckAnswer, 202, located=True, problems=(409, 429))
def start(endpoint_id: str) -> Located:
    """Let GitLab check an endpoint, with its key."""
    context().instance.check_endpoint(current_actor(), endpoint_id)
    return Located(_last(endpoint_id), url_for("gateway_checks.show", endpoint_id=endpoint_id))


@gateway_checks.get("/endpoints/<endpoint_id>/gateway-checks/last")
@operation(Role.VIEWER, GatewayCheckAnswer)
def show(endpoint_id: str) -> GatewayCheckAnswer:
    """Read GitLab's last check of an endpoint; one that it never checked has none, which is 404."""
    return _last(endpoint_id)


def _last(endpoint_id: str) -> GatewayCheckAnswer:
    endpoint = load(endpoint_id)
    found = query.check(ports().store, endpoint.id, endpoint.version, ports().clock())
    if found is None:
        raise NotFound("GitLab has not checked this endpoint yet.")
    return GatewayCheckAnswer.of(endpoint.id, found)
