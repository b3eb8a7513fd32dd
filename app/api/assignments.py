"""What serves each feature: read, and decided."""

from flask import Blueprint

from app.api.access import current_actor
from app.api.bodies.assignments import AssignmentAnswer, AssignmentFields
from app.api.context import ports
from app.api.features import load
from app.api.operations import IfMatch, operation
from app.domain.roles import Role
from app.queries import assignments as query
from app.services import assignments as service

assignments = Blueprint("assignments", __name__)


@assignments.get("/features/<name>/assignment")
@operation(Role.VIEWER, AssignmentAnswer)
def show(name: str) -> AssignmentAnswer:
    """Read what a feature is given."""
    return AssignmentAnswer.of(query.assignment(ports().store, load(name).name))


@assignments.put("/features/<name>/assignment")
@operation(Role.ADMIN, AssignmentAnswer, body=AssignmentFields, if_match=IfMatch.REQUIRED)
def assign(name: str, body: AssignmentFields, version: int | None) -> AssignmentAnswer:
    """Decide what a feature is given; below supported the notice has to be acknowledged."""
    service.change(ports(), current_actor(), body.change(load(name).name, version))
    return AssignmentAnswer.of(query.assignment(ports().store, name))
