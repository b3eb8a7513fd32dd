"""What forms of features say and read in the same way: states, ticks, one sentence about a change."""

from flask import request

from app.domain.assignments import State
from app.domain.features import Feature
from app.queries.assignments import Serving

# What a select may hold in place of an endpoint's id.
PLAIN = {"": State.UNASSIGNED, **{each.value: each for each in State if each is not State.ENDPOINT}}
STATE_WORDS = {
    "": "No model",
    State.UNASSIGNED.value: "No model",
    State.DISABLED.value: "Disabled",
    State.MANAGED.value: "GitLab's own model",
}


def ticked(name: str) -> bool:
    """Whether a check box of the posted form was ticked."""
    return request.form.get(name) in ("y", "on", "true", "1")


def said(feature: Feature, serving: Serving, before: Serving | None = None) -> str:
    """What a feature is given now, in one sentence; in another one that it lost the fallbacks it had before."""
    lost = " Its fallbacks are gone." if before and before.fallbacks and not serving.fallbacks else ""
    return f"{_given(feature, serving)}{lost}"


def _given(feature: Feature, serving: Serving) -> str:
    return {
        "endpoint": f"{serving.endpoint_name} is assigned to {feature.title}.",
        "disabled": f"{feature.title} is disabled.",
        "managed": f"GitLab's own model answers for {feature.title}.",
    }.get(serving.state, f"{feature.title} has no model.")
