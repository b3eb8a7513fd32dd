"""Small makers of what a GitLab instance has, what is held here and what links the two; names stand for everything."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from app.domain.instance import Actual, InstanceFeature, InstanceModel, ModelValues, Provider, Shape
from app.domain.plans import Link, Wanted, WantedFeature, WantedModel, endpoint_subject, feature_subject

FAMILIES = frozenset({"MISTRAL", "GPT", "CLAUDE_3", "GENERAL"})
FEATURES = ("duo_chat", "code_completions", "code_generations", "review_merge_request")
CAPITALS = frozenset(name.upper() for name in FEATURES)
EIGHTEEN = Shape(FAMILIES, CAPITALS, endpoint_required=True)
NINETEEN = Shape(FAMILIES | {"GEMINI"}, CAPITALS, frozenset({"API", "BEDROCK", "VERTEX_AI"}))
SHAPES = (EIGHTEEN, NINETEEN)


def values(name: str, **others: Any) -> ModelValues:
    """A model's values, all made from its name."""
    made = ModelValues(name, "MISTRAL", "API", f"http://{name}.example:8000/v1", f"custom_openai/{name}")
    return replace(made, **others)


def there(number: int, name: str, has_key: bool = False, **others: Any) -> InstanceModel:
    """A model in GitLab."""
    return InstanceModel(global_id(number), values(name, **others), has_key)


def wants(slug: str, name: str = "", key: str = "", **others: Any) -> WantedModel:
    """An endpoint's model as it should be; it is named as its slug where nothing else is said."""
    return WantedModel(endpoint_subject(slug), values(name or slug, **others), key, family_label="of the test")


def link(slug: str, number: int, name: str = "", key: str = "", **others: Any) -> Link:
    """An endpoint linked with a model; both agreed on what its name says."""
    return Link(endpoint_subject(slug), global_id(number), values(name or slug, **others), key)


def setting(name: str, provider: Provider = Provider.UNASSIGNED, number: int = 0, **others: Any) -> InstanceFeature:
    """A feature setting in GitLab; `number` is of its model."""
    model_id, model_name = (global_id(number), f"model {number}") if number else ("", "")
    return InstanceFeature(name, name, "section", provider, model_id, model_name, **others)


def asks(name: str, provider: Provider = Provider.SELF_HOSTED, slug: str = "", **others: Any) -> WantedFeature:
    """A feature as it should be; `slug` is the endpoint's."""
    return WantedFeature(name, name, provider, endpoint_subject(slug) if slug else "", **others)


def has(
    models: Iterable[InstanceModel] = (), features: Iterable[InstanceFeature] = (), shape: Shape = NINETEEN
) -> Actual:
    """What was read of GitLab."""
    return Actual(shape, tuple(models), tuple(features))


def held(
    models: Iterable[WantedModel] = (), features: Iterable[WantedFeature] = (), links: Iterable[Link] = (), **more: Any
) -> Wanted:
    """Everything that is held here."""
    return Wanted(tuple(models), tuple(features), tuple(links), **{"known": frozenset(FEATURES)} | more)


def global_id(number: int) -> str:
    """GitLab's id of a model."""
    return f"gid://gitlab/Ai::SelfHostedModel/{number}"


def endpoints(*slugs: str) -> tuple[str, ...]:
    """The subjects of endpoints."""
    return tuple(endpoint_subject(slug) for slug in slugs)


def settings(*names: str) -> tuple[str, ...]:
    """The subjects of features."""
    return tuple(feature_subject(name) for name in names)
