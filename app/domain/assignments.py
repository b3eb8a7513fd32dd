"""What a feature can be given: a model, fallbacks behind it, GitLab's own model, or nothing."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

MOST_FALLBACKS = 3
NO_ENDPOINT = "Choose one of the listed endpoints."
NO_FAMILY = "Choose one of the listed prompt families, or none to keep the endpoint's own."


class State(StrEnum):
    """What a feature is given; with `managed` GitLab's own model answers and Modelport routes nothing."""

    UNASSIGNED = "unassigned"
    DISABLED = "disabled"
    MANAGED = "managed"
    ENDPOINT = "endpoint"


@dataclass(frozen=True, slots=True)
class Link:
    """One endpoint in a chain; an empty family is the endpoint's own."""

    endpoint_id: str
    family: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What somebody wants for a feature.

    `version` is the one they saw: 0 for a feature never touched, None for whatever is stored. `acknowledged`: they
    took note of the tier's statement. `fallbacks` None keeps what is stored when the endpoint stays, else drops it.
    """

    feature: str
    version: int | None
    state: State
    endpoint_id: str = ""
    acknowledged: bool = False
    family: str = ""
    fallbacks: tuple[Link, ...] | None = None

    @property
    def first(self) -> Link:
        """The endpoint that answers first."""
        return Link(self.endpoint_id, self.family)


@dataclass(frozen=True, slots=True)
class Chain:
    """What a feature is given as it is stored, for the rules; `links` has the one that answers first at its head."""

    state: State = State.UNASSIGNED
    links: tuple[Link, ...] = ()

    @property
    def ids(self) -> frozenset[str]:
        """The endpoints in it."""
        return frozenset(link.endpoint_id for link in self.links)


@dataclass(frozen=True, slots=True)
class Known:
    """What the rules must know of an endpoint."""

    name: str
    enabled: bool


def wanted_chain(wanted: Change, stored: Chain) -> Chain:
    """What a feature would be given by a change."""
    if wanted.state is not State.ENDPOINT:
        return Chain(wanted.state)
    stays = bool(stored.links) and stored.links[0].endpoint_id == wanted.endpoint_id
    kept = stored.links[1:] if stays else ()
    return Chain(wanted.state, (wanted.first, *(kept if wanted.fallbacks is None else wanted.fallbacks)))


def faults(
    wanted: Change, stored: Chain, endpoints: Mapping[str, Known], families: Collection[str]
) -> dict[str, tuple[str, ...]]:
    """What is wrong with a change, as sentences by field. What is stored already may stay though it is switched off."""
    fallbacks = wanted.fallbacks or ()
    if wanted.state is not State.ENDPOINT:
        return {"fallbacks": ("Fallbacks need a model in front of them.",)} if fallbacks else {}
    found: dict[str, list[str]] = {"endpoint_id": [], "family": [], "fallbacks": []}
    first = endpoints.get(wanted.endpoint_id)
    if first is None:
        found["endpoint_id"].append(NO_ENDPOINT)
    elif not first.enabled and wanted.endpoint_id not in stored.ids:
        found["endpoint_id"].append(f"{first.name} is switched off. Switch it on first.")
    if wanted.family and wanted.family not in families:
        found["family"].append(NO_FAMILY)
    found["fallbacks"] += _crowd(wanted.endpoint_id, fallbacks, endpoints)
    for number, link in enumerate(fallbacks, 1):
        found["fallbacks"] += _fallback(number, link, stored, endpoints, families)
    return {field: tuple(sentences) for field, sentences in found.items() if sentences}


def _crowd(first: str, fallbacks: Sequence[Link], endpoints: Mapping[str, Known]) -> list[str]:
    """Too many of them, or one that stands in the chain already."""
    found = [f"At most {MOST_FALLBACKS} fallbacks can stand behind a model."] if len(fallbacks) > MOST_FALLBACKS else []
    seen = {first.casefold()}
    for number, link in enumerate(fallbacks, 1):
        key = link.endpoint_id.casefold()
        name = endpoints[link.endpoint_id].name if link.endpoint_id in endpoints else f"Fallback {number}"
        if key == first.casefold():
            found.append(f"{name} answers first already. Choose another endpoint as fallback {number}.")
        elif key in seen:
            found.append(f"{name} stands among the fallbacks twice. Keep it once.")
        seen.add(key)
    return found


def _fallback(
    number: int, link: Link, stored: Chain, endpoints: Mapping[str, Known], families: Collection[str]
) -> list[str]:
    found = []
    known = endpoints.get(link.endpoint_id)
    if known is None:
        found.append(f"Fallback {number} is no endpoint that exists. Choose one of the listed ones.")
    elif not known.enabled and link.endpoint_id not in stored.ids:
        found.append(f"{known.name} is switched off. Switch it on before it can be a fallback.")
    if link.family and link.family not in families:
        found.append(f"Fallback {number}: choose one of the listed prompt families, or none.")
    return found


def replaced(chain: Chain, old_id: str, new_id: str) -> Chain:
    """The chain with one endpoint in another's place.

    A family that was chosen for the old endpoint says nothing of the new one, and nobody stands in a chain twice.
    """
    moved = (Link(new_id) if link.endpoint_id == old_id else link for link in chain.links)
    once: dict[str, Link] = {}
    for link in moved:
        once.setdefault(link.endpoint_id, link)
    return replace(chain, links=tuple(once.values()))


def as_change(feature: str, chain: Chain, *, version: int | None = None, acknowledged: bool = False) -> Change:
    """The change that would store a chain of endpoints."""
    first = chain.links[0]
    return Change(feature, version, chain.state, first.endpoint_id, acknowledged, first.family, chain.links[1:])


def bereft(chain: Chain, endpoint_id: str, endpoints: Mapping[str, Known]) -> bool:
    """Whether a feature would be left without an enabled endpoint if this one, which answers first, went off."""
    if not chain.links or chain.links[0].endpoint_id != endpoint_id:
        return False
    return not any(endpoints[link.endpoint_id].enabled for link in chain.links[1:])
