"""What blind marks say of families on an endpoint, in the words of its page and its form."""

from dataclasses import dataclass

from app.domain.marks import MarkedPair, Tally, sentence, tallies
from app.queries import marks as query
from app.web.context import ports


@dataclass(frozen=True, slots=True)
class Told:
    """One family's tally: what it says as a sentence, and for each feature by its title."""

    family: str
    tally: Tally
    sentence: str
    features: tuple[tuple[str, Tally], ...] = ()


def on_endpoint(endpoint_id: str) -> tuple[Told, ...]:
    """Every family that was compared on an endpoint, the most preferred first."""
    pairs = query.of_endpoint(ports().store, endpoint_id)
    told = (_told(family, tally, pairs) for family, tally in tallies(pairs).items())
    return tuple(sorted(told, key=lambda each: (-each.tally.wins / each.tally.marks, -each.tally.marks)))


def beside_suggestion(family: str, endpoint_id: str, model: str) -> Told | None:
    """What marks say of a suggested family, for an endpoint and for others with its catalogue model."""
    if not family or not (endpoint_id or model):
        return None
    pairs = query.of_model(ports().store, endpoint_id, model)
    tally = tallies(pairs).get(family)
    return _told(family, tally, pairs) if tally else None


def _told(family: str, tally: Tally, pairs: tuple[MarkedPair, ...]) -> Told:
    facts = ports().facts
    label = facts.families[family].label if family in facts.families else family
    by_feature = (
        (facts.features[name].title, found)
        for name in facts.features
        if (found := tallies(each for each in pairs if each.feature == name).get(family))
    )
    return Told(family, tally, sentence(tally, label), tuple(by_feature))
