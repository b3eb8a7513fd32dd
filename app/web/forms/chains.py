"""The form of a feature's chain: which endpoint answers first, with which family, and which stand behind it."""

from dataclasses import dataclass, replace

from flask import request

from app.domain.assignments import MOST_FALLBACKS, Change, Link, State
from app.queries.assignments import Serving
from app.web.feature_words import PLAIN
from app.web.numbers import whole_number

# More than may be stored, so that the rule and not the form says what is too many.
MOST_READ = 10


@dataclass(frozen=True, slots=True)
class ChainDraft:
    """What stands in the form. `chosen` is an endpoint's id or a state; a fallback may be left open."""

    version: int
    chosen: str = ""
    family: str = ""
    fallbacks: tuple[Link, ...] = ()
    q: str = ""

    @property
    def may_grow(self) -> bool:
        """Whether there is room for one more fallback."""
        return len(self.fallbacks) < MOST_FALLBACKS

    @property
    def ids(self) -> set[str]:
        """The endpoints in it."""
        return {each for each in (self.chosen, *(link.endpoint_id for link in self.fallbacks)) if each not in PLAIN}

    def added(self) -> "ChainDraft":
        """With one more place to fill."""
        return replace(self, fallbacks=(*self.fallbacks, Link(""))) if self.may_grow else self

    def moved(self, move: str, position: int) -> "ChainDraft":
        """With the fallback at a position, counted from 0, one place up or down, or taken away."""
        links = list(self.fallbacks)
        if not 0 <= position < len(links):
            return self
        link = links.pop(position)
        if move != "drop":
            links.insert(max(0, position - 1) if move == "up" else position + 1, link)
        return replace(self, fallbacks=tuple(links))

    def change(self, feature: str, *, acknowledged: bool = False) -> Change:
        """The change that it asks for; places left open count as not there."""
        state = PLAIN.get(self.chosen, State.ENDPOINT)
        if state is not State.ENDPOINT:
            return Change(feature, self.version, state, acknowledged=acknowledged)
        links = tuple(link for link in self.fallbacks if link.endpoint_id)
        return Change(feature, self.version, state, self.chosen, acknowledged, self.family, links)


def stored_chain(serving: Serving) -> ChainDraft:
    """The form with what is stored."""
    first = serving.first
    links = tuple(Link(link.endpoint_id, link.override) for link in serving.fallbacks)
    return ChainDraft(serving.version, serving.endpoint_id or serving.state, first.override if first else "", links)


def posted_chain() -> ChainDraft:
    """The form as it was sent."""
    sent = request.form
    ids, families = sent.getlist("fallback_id")[:MOST_READ], sent.getlist("fallback_family")[:MOST_READ]
    families += [""] * (len(ids) - len(families))
    return ChainDraft(
        whole_number(sent.get("version"), default=-1),
        sent.get("endpoint_id", "")[:64],
        sent.get("family", "")[:64],
        tuple(Link(each[:64], family[:64]) for each, family in zip(ids, families, strict=False)),
        sent.get("q", "").strip()[:200],
    )
