"""Duo features, with what each needs of a model."""

from dataclasses import asdict

from flask import Blueprint

from app.api.bodies.common import ListOf
from app.api.bodies.facts import FeatureAnswer, NeedsAnswer
from app.api.context import ports
from app.api.operations import operation
from app.domain.errors import NotFound
from app.domain.features import Feature
from app.domain.roles import Role

features = Blueprint("features", __name__)


def load(name: str) -> Feature:
    """The feature, or NotFound."""
    feature = ports().facts.features.get(name)
    if feature is None:
        raise NotFound("There is no such feature.")
    return feature


@features.get("/features")
@operation(Role.VIEWER, ListOf[FeatureAnswer])
def index() -> ListOf[FeatureAnswer]:
    """List all features in GitLab's order."""
    return ListOf[FeatureAnswer](items=[_told(feature) for feature in ports().facts.features.values()])


@features.get("/features/<name>")
@operation(Role.VIEWER, FeatureAnswer)
def show(name: str) -> FeatureAnswer:
    """Read one feature."""
    return _told(load(name))


def _told(feature: Feature) -> FeatureAnswer:
    values = asdict(feature)
    needs = NeedsAnswer(**values.pop("needs"))
    names = FeatureAnswer.model_fields.keys() & values.keys()
    plain = {name: values[name] for name in names}
    return FeatureAnswer(id=feature.name, version=ports().facts.revision, needs=needs, **plain)
