"""One model seen from two places: Modelport's own test, and GitLab's check through its gateway."""

from dataclasses import dataclass
from enum import StrEnum


class Views(StrEnum):
    """How the two go together."""

    BOTH_WORK = "both_work"
    ONLY_HERE = "only_here"
    ONLY_THERE = "only_there"
    NEITHER = "neither"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Explained:
    """What it means and what to do, a sentence or two each."""

    title: str
    text: str


GOOD = frozenset({"passed", "warned"})
EXPLAINED = {
    Views.BOTH_WORK: Explained(
        "It works from here and from GitLab",
        "GitLab's check asks for one word, so streaming, tools and context are told by the test here alone.",
    ),
    Views.ONLY_HERE: Explained(
        "It works from here, not from GitLab",
        "The model answers, but not the way GitLab's AI gateway asks it. Look at the way between the two: the gateway "
        "has to resolve and reach the address (localhost is another machine there), trust its certificate, and have "
        "custom models switched on (AIGW_CUSTOM_MODELS__ENABLED). For Bedrock and Vertex AI its own environment needs "
        "the credentials.",
    ),
    Views.ONLY_THERE: Explained(
        "It works from GitLab, not from here",
        "The gateway reaches the model and this machine does not: look at the failed step of the test here. Features "
        "that GitLab calls directly work; those that go through Modelport do not.",
    ),
    Views.NEITHER: Explained(
        "It works from neither place",
        "Both fail, so the cause is likely the model server, its address or the key: begin with the failed step here, "
        "which says more than GitLab's check can.",
    ),
    Views.UNKNOWN: Explained("Only one side is known", "Run both tests to compare them."),
}


def views(verdict: str, there: bool | None) -> Views:
    """How a verdict of the test here ("" for none) goes with GitLab's, None where it could not be asked."""
    if there is None or verdict not in ("passed", "warned", "failed"):
        return Views.UNKNOWN
    here = verdict in GOOD
    if here:
        return Views.BOTH_WORK if there else Views.ONLY_HERE
    return Views.ONLY_THERE if there else Views.NEITHER
