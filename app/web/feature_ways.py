"""How features stand in the connected GitLab, and by which way it reaches their models."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask import request

from app.domain.instance import Way
from app.queries.feature_steps import FeatureStep, feature_steps
from app.queries.instance import ways
from app.services import instance_choices
from app.services.instance_reads import url_of
from app.web.access import current_actor
from app.web.context import ports

WORDS = {Way.DIRECT: "Direct", Way.THROUGH: "Through Modelport"}
MEANS = {
    Way.DIRECT: "GitLab's gateway calls the endpoint itself, without a hop. Fallbacks, limits and a family chosen for "
    "this feature alone do not count. GitLab stores the endpoint's key, and its administrators can read it.",
    Way.THROUGH: "GitLab calls Modelport, which calls the endpoint: one hop more, and the feature rests when Modelport "
    "does. Fallbacks, limits and usage count. GitLab holds a token for this feature alone, never the key.",
}


@dataclass(frozen=True, slots=True)
class WayChoice:
    """The way of one feature as it is stored, and as it is chosen in the form."""

    stored: Way
    chosen: Way

    @property
    def changes(self) -> bool:
        """Whether another one is chosen."""
        return self.stored is not self.chosen

    @property
    def options(self) -> tuple[tuple[Way, str, str], ...]:
        """Each way with its name and what it means for latency, fallback and who sees the key."""
        return tuple((way, WORDS[way], MEANS[way]) for way in Way)


def is_connected() -> bool:
    """Whether there is an instance that is kept in step."""
    return ports().instance is not None


def steps() -> Mapping[str, FeatureStep]:
    """How each feature that is given something here stands in GitLab; {} where no instance is connected."""
    return feature_steps(ports().store, ports().facts, url_of(ports()), ports().origin, ports().clock())


def way_choice(feature: str) -> WayChoice | None:
    """The feature's way, with what the posted form wants of it; None where no instance is connected."""
    if not is_connected():
        return None
    stored = ways(ports().store).get(feature, Way.DIRECT)
    posted = request.form.get("way", "")
    return WayChoice(stored, Way(posted) if posted in list(Way) else stored)


def store_way(feature: str) -> None:
    """Keep the way that the form wants, where it wants another one."""
    choice = way_choice(feature)
    if choice and choice.changes:
        instance_choices.set_way(ports(), current_actor(), feature, choice.chosen)
