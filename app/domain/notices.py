"""What is said where a tier other than supported is chosen, and when it must be acknowledged again."""

from dataclasses import dataclass

from app.domain.tiers import Tier

# Raised whenever a sentence below changes its meaning: an earlier acknowledgement no longer covers it.
WORDING_VERSION = 1

_DUTIES = "There is no vendor support for it: quality, cost and data residency are yours to validate."
_OPENINGS = {
    Tier.COMPATIBLE: "This model is expected to work here, and that is all that is promised.",
    Tier.OTHER: "Nobody has stated that this model works here.",
}


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """What somebody took note of: for which model, host and address, at which tier, in which wording."""

    tier: Tier
    model: str
    host: str
    address: str
    wording_version: int = WORDING_VERSION


def notice(tier: Tier) -> str:
    """The statement to show and to acknowledge; empty for supported."""
    opening = _OPENINGS.get(tier)
    return f"{opening} {_DUTIES}" if opening else ""


def acknowledgement_needed(now: Acknowledged, given: Acknowledged | None) -> bool:
    """Whether the state as it is `now` must be acknowledged, given the last one for the same endpoint and feature.

    Needed for compatible and other: the first time, with a new wording, when the tier has fallen, and when model,
    host or address are others.
    """
    if now.tier is Tier.SUPPORTED:
        return False
    if given is None or given.wording_version != now.wording_version or now.tier.is_below(given.tier):
        return True
    return (now.model, now.host, now.address) != (given.model, given.host, given.address)
