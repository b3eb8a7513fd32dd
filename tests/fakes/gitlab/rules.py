"""What GitLab's records demand before they are saved, in its own words, and what its database does besides."""

from urllib.parse import urlsplit

from tests.fakes.gitlab.catalogue import FAMILIES, MANAGED, Feature
from tests.fakes.gitlab.records import CrashError, Model, RefusedError, Setting
from tests.fakes.gitlab.state import State

NAME_MAX = 255
IDENTIFIER_MAX = 255
ENDPOINT_MAX = 2048


def check_model(state: State, model: Model) -> None:
    """Raise RefusedError with all complaints in one string; CrashError for what only the database notices.

    As in GitLab, looking at an address also strips it.
    """
    model.endpoint = model.endpoint.strip() if model.endpoint else model.endpoint
    found = [*_about_endpoint(state, model), *_about_name(state, model)]
    if len(model.identifier) > IDENTIFIER_MAX:
        found.append(f"Identifier is too long (maximum is {IDENTIFIER_MAX} characters)")
    if state.refuses_beta and not state.beta and FAMILIES[model.family][1] != "GA":
        found.append("Model is in beta and the GitLab Testing Agreement has not been accepted")
    if found:
        raise RefusedError(", ".join(found))
    if len(model.name) > NAME_MAX or len(model.endpoint or "") > ENDPOINT_MAX:
        raise CrashError("PG::CheckViolation")


def check_setting(state: State, feature: Feature, setting: Setting) -> None:
    """Raise RefusedError when the feature cannot have this."""
    if setting.provider == "vendored" and setting.managed not in {"", *(each["ref"] for each in MANAGED)}:
        raise RefusedError("Offered model ref is not a selectable model")
    if setting.provider != "self_hosted":
        return
    model = state.models.get(setting.model or -1)
    if model is None:
        raise RefusedError("Self hosted model can't be blank")
    if state.refuses_beta and not state.beta and feature.is_beta:
        raise RefusedError(f"{feature.title} is in beta and the GitLab Testing Agreement has not been accepted")
    if feature.families is not None and model.family not in feature.families:
        raise RefusedError(f"{model.family.capitalize()} is incompatible with the {feature.title} feature")


def check_timeout(seconds: int) -> None:
    """Raise RefusedError for a gateway timeout out of bounds."""
    if seconds < 60:
        raise RefusedError("Ai gateway timeout seconds must be greater than or equal to 60")
    if seconds > 600:
        raise RefusedError("Ai gateway timeout seconds must be less than or equal to 600")


def _about_name(state: State, model: Model) -> list[str]:
    if not model.name.strip():
        return ["Name can't be blank"]
    taken = any(each.name == model.name for each in state.models.values() if each.number != model.number)
    return ["Name has already been taken"] if taken else []


def _about_endpoint(state: State, model: Model) -> list[str]:
    if state.shape != "18.9" and model.provider != "API":
        return []
    if not model.endpoint:
        blank = ["Endpoint can't be blank"]
        return [*blank, "Endpoint must be a valid URL"] if state.shape == "18.9" else blank
    try:
        parts = urlsplit(model.endpoint)
        _ = parts.port
    except ValueError:
        return ["Endpoint is blocked: URI is invalid"]
    if parts.scheme not in {"http", "https"}:
        return ["Endpoint is blocked: Only allowed schemes are http, https"]
    return [] if parts.hostname else ["Endpoint is blocked: URI is invalid"]
