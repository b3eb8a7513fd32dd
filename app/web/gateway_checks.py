"""The other view of an endpoint's test: GitLab's own check of its model, through the AI gateway."""

from dataclasses import dataclass

from flask import Blueprint, Response, url_for

from app.domain.instance_troubles import remedy_of
from app.domain.roles import Role
from app.domain.two_views import EXPLAINED, Explained, views
from app.queries import instance_runs as query
from app.queries.endpoints import EndpointRecord
from app.queries.instance_runs import Check
from app.services.instance_reads import NotConnected
from app.web import htmx
from app.web.access import current_actor, needs
from app.web.context import context, ports
from app.web.endpoint_pages import load

gateway_checks = Blueprint("gateway_checks", __name__, url_prefix="/endpoints/<endpoint_id>/gateway-check")


@dataclass(frozen=True, slots=True)
class TwoViews:
    """GitLab's last check of an endpoint beside the test here. `check` is None where GitLab never checked it.

    `outcome` is passed, failed, or unknown where GitLab could not be asked or its answer never came; `remedy` says what
    to do then. `explained` tells what both together mean, None while a check runs and before the first.
    """

    check: Check | None
    outcome: str = ""
    remedy: str = ""
    explained: Explained | None = None


@gateway_checks.post("")
@needs(Role.EDITOR)
def check(endpoint_id: str) -> Response:
    """Let GitLab check the endpoint; the panel asks for the answer."""
    context().instance.check_endpoint(current_actor(), endpoint_id)
    return _panel(endpoint_id)


@gateway_checks.get("")
@needs(Role.VIEWER)
def show(endpoint_id: str) -> Response:
    """How far GitLab's check is; the panel asks for this every second until it is over."""
    return _panel(endpoint_id)


def two_views(endpoint: EndpointRecord) -> TwoViews | None:
    """What the endpoint's page shows; None where no instance is connected."""
    if ports().instance is None:
        return None
    found = query.check(ports().store, endpoint.id, endpoint.version, ports().clock())
    if found is None or found.running:
        return TwoViews(found)
    outcome = {True: "passed", False: "failed", None: "unknown"}[found.success]
    told = EXPLAINED[views(endpoint.verdict, found.success)]
    remedy = "" if found.success is not None else remedy_of(found.code) or "Let GitLab check it again."
    return TwoViews(found, outcome, remedy, told)


def _panel(endpoint_id: str) -> Response:
    endpoint = load(endpoint_id)
    if not htmx.wants_fragment():
        return htmx.redirect(url_for("endpoints.show", endpoint_id=endpoint_id, _anchor="gateway-check"))
    seen = two_views(endpoint)
    if seen is None:
        raise NotConnected("No GitLab instance is connected.")
    return htmx.fragment("endpoints/_gateway_check.html", endpoint=endpoint, seen=seen)
