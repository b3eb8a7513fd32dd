"""What of a GitLab instance can become endpoints and assignments here: which model is which, what is missing."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.domain.endpoints import name_key
from app.domain.families import GENERAL, Family
from app.domain.instance import BEDROCK_STAND_IN, Actual, InstanceFeature, InstanceModel, Provider
from app.domain.model_values import same_address
from app.domain.platforms import OPENAI_COMPATIBLE, Platform


class Match(StrEnum):
    """How a model in GitLab goes with what is held here."""

    LINKED = "linked"  # both are known to be the same
    SAME = "same"  # name, identifier and address agree
    PLACE = "place"  # identifier and address agree, the name differs
    NAME = "name"  # the name agrees and something else does not
    NEW = "new"
    OURS = "ours"  # the model by which GitLab calls Modelport
    TWICE = "twice"  # its name is another one's there, so that neither can be told apart here


@dataclass(frozen=True, slots=True)
class Known:
    """An endpoint here, for the comparison; `address` as GitLab would have it, `family` GitLab's name of it."""

    id: str
    name: str
    identifier: str
    address: str
    family: str


@dataclass(frozen=True, slots=True)
class Found:
    """One model in GitLab, the endpoint that it is or may be, and what it would be here.

    `differing` names the fields in which the two differ; `platform`, `base_url` and `family` are of an endpoint made
    from it, `note` what is to be known about that.
    """

    model: InstanceModel
    match: Match
    endpoint_id: str = ""
    endpoint_name: str = ""
    differing: tuple[str, ...] = ()
    platform: str = OPENAI_COMPATIBLE
    base_url: str = ""
    family: str = GENERAL
    note: str = ""


def found(
    actual: Actual,
    known: Sequence[Known],
    links: Mapping[str, str],
    platforms: Mapping[str, Platform],
    families: Mapping[str, Family],
    own_address: str,
) -> tuple[Found, ...]:
    """Each model of the instance. `links` maps GitLab's ids to endpoint ids, "" for those that lead to Modelport.

    `own_address` is where GitLab calls Modelport: a model there is never an endpoint of its own.
    """
    names = Counter(name_key(each.values.name) for each in actual.models)
    taken = {endpoint_id for endpoint_id in links.values() if endpoint_id}
    free = [each for each in known if each.id not in taken]
    by_id = {each.id: each for each in known}
    results = []
    for model in actual.models:
        linked = by_id.get(links.get(model.id, ""))
        if model.id in links:
            match, endpoint = (Match.LINKED, linked) if linked else (Match.OURS, None)
        elif same_address(model.values.endpoint) == same_address(own_address):
            match, endpoint = Match.OURS, None
        elif names[name_key(model.values.name)] > 1:
            match, endpoint = Match.TWICE, None
        else:
            match, endpoint = _best(model, free)
        if endpoint in free:
            free.remove(endpoint)
        results.append(_as_found(model, match, endpoint, platforms, families))
    return tuple(results)


def assigned(actual: Actual, features: Mapping[str, object]) -> tuple[InstanceFeature, ...]:
    """The settings that say something: those without a model say nothing, and unknown features are not ours."""
    return tuple(each for each in actual.features if each.name in features and each.provider is not Provider.UNASSIGNED)


def _best(model: InstanceModel, free: Sequence[Known]) -> tuple[Match, Known | None]:
    place = [each for each in free if _is_same_place(model, each)]
    named = [each for each in free if name_key(each.name) == name_key(model.values.name)]
    both = [each for each in named if each in place]
    if both:
        return Match.SAME, both[0]
    if named:
        return Match.NAME, named[0]
    # Two endpoints at one place differ in something that GitLab does not know: a person has to say which it is.
    return (Match.PLACE, place[0]) if len(place) == 1 else (Match.NEW, None)


def _is_same_place(model: InstanceModel, known: Known) -> bool:
    there = model.values
    address = "" if there.endpoint == BEDROCK_STAND_IN else there.endpoint
    return there.identifier == known.identifier and same_address(address) == same_address(known.address)


def _as_found(
    model: InstanceModel,
    match: Match,
    endpoint: Known | None,
    platforms: Mapping[str, Platform],
    families: Mapping[str, Family],
) -> Found:
    there = model.values
    family, note = _family(there.family, families)
    return Found(
        model=model,
        match=match,
        endpoint_id=endpoint.id if endpoint else "",
        endpoint_name=endpoint.name if endpoint else "",
        differing=tuple(_differing(model, endpoint)) if endpoint else (),
        platform=_platform(there.identifier, platforms),
        base_url="" if there.endpoint == BEDROCK_STAND_IN else there.endpoint,
        family=family,
        note=note,
    )


def _differing(model: InstanceModel, endpoint: Known) -> Iterator[str]:
    there = model.values
    if there.name != endpoint.name:
        yield "name"
    if there.identifier != endpoint.identifier:
        yield "identifier"
    if same_address(there.endpoint) != same_address(endpoint.address):
        yield "address"
    if there.family != endpoint.family:
        yield "family"


def _platform(identifier: str, platforms: Mapping[str, Platform]) -> str:
    """The platform by the identifier's prefix; without one GitLab's gateway takes a model for OpenAI-compatible."""
    prefix = identifier.partition("/")[0].lower() + "/" if "/" in identifier else ""
    return next((each.slug for each in platforms.values() if each.prefix == prefix), OPENAI_COMPATIBLE)


def _family(gitlab_name: str, families: Mapping[str, Family]) -> tuple[str, str]:
    slug = next((each.slug for each in families.values() if each.gitlab_name == gitlab_name), "")
    if slug:
        return slug, ""
    return GENERAL, f"Modelport has no family {gitlab_name}: “other” stands in for it."
