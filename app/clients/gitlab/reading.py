"""GitLab's rows, read as values; whatever is missing or of another kind makes the whole answer incomplete.

GitLab writes the keys of enums in lower case (claude_3, self_hosted); here they are in capitals, as in its inputs.
"""

from collections.abc import Mapping
from typing import Any

from app.clients.gitlab.words import fit, joined
from app.domain.instance import (
    BEDROCK,
    BEDROCK_STAND_IN,
    Health,
    InstanceFeature,
    InstanceModel,
    ModelValues,
    Provider,
    Shape,
)
from app.domain.instance_troubles import InstanceError

API, VERTEX_AI = "API", "VERTEX_AI"
# How GitLab's own page told platforms before it stored them.
_PREFIXES = {"bedrock/": BEDROCK, "vertex_ai/": VERTEX_AI}
_TITLE_MAX = 60


def shape_in(data: Mapping[str, Any]) -> Shape:
    """The shape that introspection tells; raises InstanceError where there is nothing to create a model with."""
    create = data.get("create")
    fields = create.get("inputFields") if isinstance(create, dict) else None
    if not isinstance(fields, list):
        raise InstanceError("too_old", "its schema has no self-hosted models.")
    kinds = {each.get("name"): _kind(each) for each in fields if isinstance(each, dict)}
    families, features = _names(data.get("families")), _names(data.get("features"))
    if not families or not features:
        raise InstanceError("too_old", "its schema names no model families, or no features.")
    platforms = _names(data.get("platforms")) if "provider" in kinds else frozenset[str]()
    return Shape(families, features, platforms, endpoint_required=kinds.get("endpoint") == "NON_NULL")


def model_in(node: Mapping[str, Any], *, is_18: bool) -> InstanceModel:
    """One self-hosted model; what 18 stores as a stand-in for Amazon Bedrock's address is no endpoint."""
    identifier = _optional(node, "identifier")
    platform = _told_by(identifier) if is_18 else _text(node, "provider").upper()
    endpoint = _optional(node, "endpoint")
    if platform == BEDROCK and endpoint.rstrip("/") == BEDROCK_STAND_IN:
        endpoint = ""
    has_key = node.get("hasApiToken")
    if not isinstance(has_key, bool):
        raise _without("hasApiToken")
    values = ModelValues(_text(node, "name"), _text(node, "model").upper(), platform, endpoint, identifier)
    uses = _part(node, "featureSettings") or {}
    return InstanceModel(
        _text(node, "id"), values, has_key, tuple(_text(each, "feature") for each in uses.get("nodes") or ())
    )


def feature_in(node: Mapping[str, Any], secrets: tuple[str, ...]) -> InstanceFeature:
    """One feature setting."""
    model, managed = _part(node, "selfHostedModel"), _part(node, "gitlabModel")
    name = _text(node, "feature").lower()
    return InstanceFeature(
        name=name,
        title=_optional(node, "title") or name,
        section=_optional(node, "mainFeature"),
        provider=_provider(_text(node, "provider"), secrets),
        model_id=_text(model, "id") if model else "",
        model_name=_text(model, "name") if model else "",
        managed=_text(managed, "name") if managed else "",
        families=_families(node.get("compatibleLlms")),
        state=_optional(node, "releaseState").upper(),
    )


def health_in(row: Any, secrets: tuple[str, ...]) -> Health:
    """One result of GitLab's health or connection check."""
    if not isinstance(row, dict) or not isinstance(row.get("success"), bool):
        raise _without("success")
    errors = row.get("errors") or []
    found = tuple(fit(each, secrets) for each in errors if isinstance(each, str) and each)
    return Health(row["success"], fit(_optional(row, "name"), secrets), fit(_optional(row, "message"), secrets), found)


def failed(errors: tuple[str, ...], secrets: tuple[str, ...]) -> Health:
    """A check that GitLab did not even begin."""
    return Health(False, message=joined(errors, secrets), errors=tuple(fit(each, secrets) for each in errors))


def _told_by(identifier: str) -> str:
    return next((platform for prefix, platform in _PREFIXES.items() if identifier.startswith(prefix)), API)


def _provider(text: str, secrets: tuple[str, ...]) -> Provider:
    try:
        return Provider(text.upper())
    except ValueError:
        words = f"a feature is given “{fit(text, secrets, _TITLE_MAX)}”, which is unknown here."
        raise InstanceError("incomplete", words) from None


def _families(value: Any) -> tuple[str, ...] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise _without("compatibleLlms")
    return tuple(each.upper() for each in value)


def _part(node: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    value = node.get(name)
    if value is not None and not isinstance(value, dict):
        raise _without(name)
    return value


def _text(node: Mapping[str, Any], name: str) -> str:
    value = node.get(name)
    if not isinstance(value, str) or not value:
        raise _without(name)
    return value


def _optional(node: Mapping[str, Any], name: str) -> str:
    value = node.get(name)
    if value is not None and not isinstance(value, str):
        raise _without(name)
    return value or ""


def _without(name: str) -> InstanceError:
    return InstanceError("incomplete", f"a row lacks its {name}.")


def _kind(field: Mapping[str, Any]) -> str:
    kind = field.get("type")
    return str(kind.get("kind")) if isinstance(kind, dict) else ""


def _names(found: Any) -> frozenset[str]:
    rows = found.get("enumValues") if isinstance(found, dict) else None
    return frozenset(str(each["name"]) for each in rows or () if isinstance(each, dict) and "name" in each)
