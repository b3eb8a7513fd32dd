"""Prompt families."""

from flask import Blueprint

from app.api.bodies.common import ListOf
from app.api.bodies.facts import FamilyAnswer
from app.api.context import ports
from app.api.operations import operation
from app.domain.families import Family
from app.domain.roles import Role

families = Blueprint("families", __name__)


@families.get("/families")
@operation(Role.VIEWER, ListOf[FamilyAnswer])
def index() -> ListOf[FamilyAnswer]:
    """List the prompt families that an endpoint may have."""
    return ListOf[FamilyAnswer](items=[_told(family) for family in ports().facts.families.values()])


def _told(family: Family) -> FamilyAnswer:
    plain = {name: getattr(family, name) for name in ("slug", "label", "gitlab_name", "since", "context")}
    return FamilyAnswer(id=family.slug, version=ports().facts.revision, state=family.state.value, **plain)
