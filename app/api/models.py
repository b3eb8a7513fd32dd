"""Models of the catalogue, by the names that an endpoint's `model` takes."""

from flask import Blueprint

from app.api.bodies.common import ListOf
from app.api.bodies.facts import ModelAnswer
from app.api.context import ports
from app.api.operations import operation
from app.domain.listings import ListedModel
from app.domain.roles import Role

models = Blueprint("models", __name__)


@models.get("/models")
@operation(Role.VIEWER, ListOf[ModelAnswer])
def index() -> ListOf[ModelAnswer]:
    """List the catalogue's models with GitLab's levels."""
    return ListOf[ModelAnswer](items=[_told(model) for model in ports().facts.models.values()])


def _told(model: ListedModel) -> ModelAnswer:
    return ModelAnswer(
        id=model.slug,
        version=ports().facts.revision,
        name=model.name,
        group=model.group,
        family=model.family,
        levels={column.value: level.value for column, level in model.levels.items()},
        hosts={host: basis.value for host, basis in model.hosts.items()},
        compatible_hosts={host: basis.value for host, basis in model.compatible_hosts.items()},
    )
