"""Endpoints: list, one, add, change, switch on and off, delete."""

from collections.abc import Sequence

from flask import Blueprint, url_for

from app.api import cursors
from app.api.access import current_actor
from app.api.bodies.common import ListOf
from app.api.bodies.endpoints import (
    Disabling,
    EndpointAnswer,
    EndpointFields,
    EndpointFilter,
    NewEndpoint,
    draft_of,
    new_draft,
)
from app.api.context import ports
from app.api.operations import IfMatch, Located, operation
from app.domain.endpoints import name_key
from app.domain.errors import Conflict, NotFound
from app.domain.roles import Role
from app.queries import endpoints as query
from app.queries.breakers import CLOSED, breakers
from app.queries.endpoint_pages import following
from app.queries.endpoints import EndpointRecord
from app.services import endpoints as service

endpoints = Blueprint("endpoints", __name__)
KIND = "endpoints"
ATTEMPTS = 5


def load(endpoint_id: str) -> EndpointRecord:
    """The endpoint, or NotFound."""
    record = query.endpoint(ports().store, endpoint_id)
    if record is None:
        raise NotFound("There is no such endpoint; it may have been deleted.")
    return record


def _told(record: EndpointRecord) -> EndpointAnswer:
    return _all_told([record])[0]


def _all_told(records: Sequence[EndpointRecord]) -> list[EndpointAnswer]:
    resting = breakers(ports().store, [record.id for record in records])
    return [EndpointAnswer.of(each, resting.get(each.id, CLOSED)) for each in records]


def _place(record: EndpointRecord) -> str:
    return cursors.write(KIND, name_key(record.name))


@endpoints.get("/endpoints")
@operation(Role.VIEWER, ListOf[EndpointAnswer], query=EndpointFilter)
def index(asked: EndpointFilter) -> ListOf[EndpointAnswer]:
    """List endpoints in the order of their names."""
    after = str(cursors.read(KIND, asked.cursor)[0]) if asked.cursor else ""
    found = following(ports().store, asked.filter(), asked.limit + 1, after)
    shown, rest = cursors.cut(found, asked.limit, _place)
    return ListOf[EndpointAnswer](items=_all_told(shown), next=rest)


@endpoints.post("/endpoints")
@operation(Role.EDITOR, EndpointAnswer, 201, body=NewEndpoint, located=True, problems=(429,))
def create(body: NewEndpoint) -> Located:
    """Add an endpoint."""
    endpoint_id = service.create(ports(), current_actor(), new_draft(body))
    return Located(_told(load(endpoint_id)), url_for("endpoints.show", endpoint_id=endpoint_id))


@endpoints.get("/endpoints/<endpoint_id>")
@operation(Role.VIEWER, EndpointAnswer)
def show(endpoint_id: str) -> EndpointAnswer:
    """Read one endpoint."""
    return _told(load(endpoint_id))


@endpoints.patch("/endpoints/<endpoint_id>")
@operation(Role.EDITOR, EndpointAnswer, body=EndpointFields, if_match=IfMatch.REQUIRED)
def update(endpoint_id: str, body: EndpointFields, version: int | None) -> EndpointAnswer:
    """Change the fields that are named (RFC 7396)."""
    for attempt in range(ATTEMPTS):
        seen = load(endpoint_id)
        try:
            draft = body.over(draft_of(seen))
            service.update(ports(), current_actor(), endpoint_id, version or seen.version, draft)
            break
        except Conflict:
            # To whom any version is fine, the fields are merged into the newest one.
            if version is not None or attempt == ATTEMPTS - 1:
                raise
    return _told(load(endpoint_id))


@endpoints.delete("/endpoints/<endpoint_id>")
@operation(Role.ADMIN, if_match=IfMatch.REQUIRED, problems=(409,))
def delete(endpoint_id: str, version: int | None) -> None:
    """Delete an endpoint with its tests, unless features use it."""
    service.delete(ports(), current_actor(), endpoint_id, version)


@endpoints.post("/endpoints/<endpoint_id>/enable")
@operation(Role.EDITOR, EndpointAnswer, if_match=IfMatch.OPTIONAL)
def enable(endpoint_id: str, version: int | None) -> EndpointAnswer:
    """Switch an endpoint on; editors those that they added."""
    service.set_enabled(ports(), current_actor(), endpoint_id, version, True)
    return _told(load(endpoint_id))


@endpoints.post("/endpoints/<endpoint_id>/disable")
@operation(Role.EDITOR, EndpointAnswer, body=Disabling, body_optional=True, if_match=IfMatch.OPTIONAL, problems=(409,))
def disable(endpoint_id: str, version: int | None, body: Disabling) -> EndpointAnswer:
    """Switch an endpoint off, or put another in its place; editors those that they added."""
    service.set_enabled(ports(), current_actor(), endpoint_id, version, False, body.replacement_id, body.acknowledged)
    return _told(load(endpoint_id))
