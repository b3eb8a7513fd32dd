"""What is sent to GitLab, as the shape of its schema takes it."""

from typing import Any

from app.domain.instance import BEDROCK, BEDROCK_STAND_IN, ModelValues, Provider, Shape


def model_input(shape: Shape, values: ModelValues, key: str | None) -> dict[str, Any]:
    """A model's fields. No key leaves the stored one as it is, "" clears it."""
    sent: dict[str, Any] = {
        "name": values.name,
        "model": values.family,
        "endpoint": _endpoint(shape, values),
        "identifier": values.identifier,
    }
    if shape.platforms:
        sent["provider"] = values.platform
    if key is not None:
        sent["apiToken"] = key
    return sent


def assignment(feature: str, provider: Provider, model_id: str) -> dict[str, Any]:
    """What one feature is given; `model_id` "" where it is no self-hosted model."""
    sent: dict[str, Any] = {"features": [feature.upper()], "provider": provider.value}
    if model_id:
        sent["aiSelfHostedModelId"] = model_id
    return sent


def _endpoint(shape: Shape, values: ModelValues) -> str | None:
    """Null takes a stored endpoint away; where GitLab does not take null, its own stand-in is sent."""
    if values.endpoint:
        return values.endpoint
    if not shape.endpoint_required:
        return None
    return BEDROCK_STAND_IN if values.platform == BEDROCK else ""
