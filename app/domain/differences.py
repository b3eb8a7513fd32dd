"""What a change of an assignment would make of a feature: before, after, and what gets worse."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from app.domain.assignments import State
from app.domain.capabilities import Aged
from app.domain.notices import notice
from app.domain.readiness import Readiness
from app.domain.responsibilities import region_left
from app.domain.tiers import Tier

_LEVELS = ("full", "partial", "limited", "")


@dataclass(frozen=True, slots=True)
class Given:
    """The last acknowledgement of an endpoint for a feature."""

    person: str
    at: datetime
    tier: str


@dataclass(frozen=True, slots=True)
class Linked:
    """An endpoint as it stands for one feature.

    `family` is the one in effect, `override` the one chosen for this place or empty. `note_due`: the tier has to be
    acknowledged. `region` comes from the responsibility record, empty where there is none.
    """

    endpoint_id: str
    name: str
    family: str
    override: str = ""
    enabled: bool = True
    tier: str = Tier.OTHER.value
    level: str = ""
    reasons: tuple[str, ...] = ()
    readiness: str = Readiness.UNKNOWN.value
    readiness_reasons: tuple[str, ...] = ()
    measured_at: datetime | None = None
    aged: Aged | None = None
    region: str = ""
    note_due: bool = False
    given: Given | None = None


@dataclass(frozen=True, slots=True)
class Side:
    """What a feature is given, before or after; `links` begins with the endpoint that answers first."""

    state: State = State.UNASSIGNED
    links: tuple[Linked, ...] = ()

    @property
    def first(self) -> Linked | None:
        """The endpoint that answers first."""
        return self.links[0] if self.links else None

    @property
    def fallbacks(self) -> tuple[Linked, ...]:
        """Those behind it, in order."""
        return self.links[1:]


@dataclass(frozen=True, slots=True)
class Difference:
    """One feature before and after a change.

    `worse` are sentences, `due` the endpoints that have to be acknowledged for it, `unfit` why it does not suit or
    cannot be done at all; empty texts and tuples where there is nothing to say.
    """

    feature: str
    before: Side
    after: Side
    worse: tuple[str, ...] = ()
    leaving: tuple[str, ...] = ()
    due: tuple[Linked, ...] = ()
    unfit: str = ""

    @property
    def changes(self) -> bool:
        """Whether anything becomes different."""
        return _outline(self.before) != _outline(self.after)

    @property
    def notice(self) -> str:
        """What has to be acknowledged, for the weakest tier among what is due; empty where nothing is."""
        return weakest_notice(self.due)


def difference(feature: str, before: Side, after: Side, unfit: str = "") -> Difference:
    """Compare what a feature is given with what it would be given."""
    due = tuple(link for link in after.links if link.note_due)
    worse, left = tuple(_worse(before, after)), tuple(leaving(after.links))
    return Difference(feature, before, after, worse, left, due, unfit or _unsuited(before, after))


def weakest_notice(links: tuple[Linked, ...]) -> str:
    """The statement of the weakest tier among some endpoints."""
    tiers = [Tier(link.tier) for link in links]
    return notice(Tier.OTHER if Tier.OTHER in tiers else tiers[0]) if tiers else ""


def leaving(links: tuple[Linked, ...]) -> Iterator[str]:
    """Which fallbacks process data elsewhere than the endpoint that answers first."""
    for link in links[1:]:
        if said := region_left(links[0].region, link.region):
            yield f"{link.name}: {said}"


def _outline(side: Side) -> tuple[object, ...]:
    return side.state, tuple((link.endpoint_id, link.override) for link in side.links)


def _unsuited(before: Side, after: Side) -> str:
    """Why an endpoint that would newly answer first was not found to suit the feature."""
    if after.first is None or Readiness(after.first.readiness).suits:
        return ""
    if before.first and before.first.endpoint_id == after.first.endpoint_id:
        return ""
    return " ".join((f"{Readiness(after.first.readiness).label}.", *after.first.readiness_reasons))


def _worse(before: Side, after: Side) -> Iterator[str]:
    old, new = before.first, after.first
    if old and new:
        yield from _weaker(old, new)
    elif old:
        yield f"{old.name} no longer answers for it."
    staying = {link.endpoint_id for link in after.links}
    lost = [link.name for link in before.fallbacks if link.endpoint_id not in staying]
    if lost and new:
        yield f"It loses {'a fallback' if len(lost) == 1 else 'fallbacks'}: {', '.join(lost)}."


def _weaker(old: Linked, new: Linked) -> Iterator[str]:
    if Tier(new.tier).is_below(Tier(old.tier)):
        yield f"The tier falls from {old.tier} to {new.tier}."
    before, after = Readiness(old.readiness), Readiness(new.readiness)
    if after.is_worse(before):
        yield f"Readiness goes from “{before.label}” to “{after.label}”."
    if _LEVELS.index(new.level) > _LEVELS.index(old.level) and old.tier == new.tier:
        yield f"GitLab's level goes from {old.level} to {new.level or 'none stated'}."
    if old.region and (said := region_left(old.region, new.region)):
        yield said
