"""What GitLab should have of the endpoints and assignments here, whatever it has now."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from app.domain.assignments import State
from app.domain.families import Family
from app.domain.features import Feature
from app.domain.gitlab import GATEWAY_ENDPOINT_MAX, NAME_MAX, gitlab_endpoint, relay_name
from app.domain.identifiers import IDENTIFIER_MAX
from app.domain.instance import ModelValues, Provider, Way
from app.domain.plans import WantedFeature, WantedModel, endpoint_subject, through_subject
from app.domain.platforms import OPENAI_COMPATIBLE, Platform

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
PROVIDERS = {
    State.ENDPOINT: Provider.SELF_HOSTED,
    State.DISABLED: Provider.DISABLED,
    State.MANAGED: Provider.VENDORED,
    State.UNASSIGNED: Provider.UNASSIGNED,
}


@dataclass(frozen=True, slots=True)
class Held:
    """One endpoint as it is held here; `key` is the mark of its key, "" for none.

    `needs` are what its server asks for beyond a key, in words: GitLab cannot be told of them.
    """

    id: str
    name: str
    platform: Platform
    family: Family
    base_url: str
    identifier: str
    key: str = ""
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Given:
    """What a feature is given here: the endpoint that answers first, the family in effect, how many stand behind it.

    `agreed` is the setting that both sides last had in GitLab; `token` the mark of the token made for it, "" where one
    has to be made.
    """

    feature: Feature
    state: State
    way: Way = Way.DIRECT
    endpoint_id: str = ""
    endpoint_name: str = ""
    family: Family | None = None
    own_family: bool = True
    fallbacks: int = 0
    agreed: str = ""
    token: str = ""


NEW_TOKEN = "a new token"  # noqa: S105 (a mark for a token that is yet to be made)


def model_of(held: Held) -> WantedModel:
    """The model in GitLab for an endpoint that GitLab's gateway calls itself."""
    platform = held.platform
    endpoint = gitlab_endpoint(platform, held.base_url)
    values = ModelValues(held.name, held.family.gitlab_name, platform.gitlab_platform, endpoint or "", held.identifier)
    return WantedModel(
        subject=endpoint_subject(held.id),
        values=values,
        key=held.key if platform.takes_endpoint else "",
        faults=tuple(_faults(values)),
        remarks=tuple(_remarks(held, values)),
        takes_endpoint=platform.takes_endpoint,
        family_label=held.family.label,
    )


def relay_of(given: Given, platform: Platform, origin: str) -> WantedModel:
    """The model in GitLab by which it calls Modelport's feature API for one feature; `origin` is Modelport's own."""
    assert given.family is not None
    feature, family = given.feature, given.family
    values = ModelValues(
        relay_name(feature),
        family.gitlab_name,
        platform.gitlab_platform,
        f"{origin}/v1",
        f"{platform.prefix}{feature.name}:raw",
    )
    remarks = ["GitLab is given a token for this feature alone; the endpoint's own key stays here."]
    if urlsplit(origin).hostname in _LOOPBACK:
        remarks.append(
            f"{origin} is an address of this machine alone: GitLab's gateway reaches it only from here. "
            "Set MODELPORT_PUBLIC_URL to one that it can reach."
        )
    return WantedModel(
        subject=through_subject(feature.name),
        values=values,
        key=given.token or NEW_TOKEN,
        faults=tuple(_faults(values)),
        remarks=(*remarks, *_beta(family)),
        family_label=family.label,
    )


def feature_of(given: Given) -> WantedFeature:
    """One feature's setting in GitLab."""
    served = given.state is State.ENDPOINT
    through = served and given.way is Way.THROUGH
    subject = ""
    if served:
        subject = through_subject(given.feature.name) if through else endpoint_subject(given.endpoint_id)
    return WantedFeature(
        name=given.feature.name,
        title=given.feature.title,
        provider=PROVIDERS[given.state],
        subject=subject,
        way=Way.THROUGH if through else Way.DIRECT,
        agreed=given.agreed,
        remarks=tuple(way_remarks(given)) if served else (),
    )


def way_remarks(given: Given) -> Iterator[str]:
    """What the way means for latency, fallback and who sees the key."""
    if given.way is Way.THROUGH:
        yield "Each call goes through Modelport: a hop more, and the feature rests when Modelport does."
        yield (
            f"{given.fallbacks} {'fallback takes' if given.fallbacks == 1 else 'fallbacks take'} over when "
            f"{given.endpoint_name} fails."
            if given.fallbacks
            else "Limits and usage count; no fallback stands behind it yet."
        )
        yield "GitLab holds a token of Modelport for this feature, never the endpoint's key."
        return
    yield f"GitLab's gateway calls {given.endpoint_name} itself, without a hop."
    if given.fallbacks:
        yield "Its fallbacks do not count this way: when it fails, the feature fails."
    yield "GitLab stores the endpoint's key, where it has one, and its administrators can read it."
    if not given.own_family and given.family:
        yield f"The family {given.family.label}, chosen for this feature alone, does not count: GitLab has one a model."


def unused_ways(given: Mapping[str, Given]) -> frozenset[str]:
    """Endpoints that serve only through Modelport, so that GitLab need not know them."""
    through = {each.endpoint_id for each in given.values() if each.endpoint_id and each.way is Way.THROUGH}
    direct = {each.endpoint_id for each in given.values() if each.endpoint_id and each.way is Way.DIRECT}
    return frozenset(through - direct)


def _faults(values: ModelValues) -> Iterator[str]:
    if len(values.name) > NAME_MAX:
        yield f"Its name has {len(values.name)} characters; GitLab takes {NAME_MAX}."
    if len(values.endpoint) > GATEWAY_ENDPOINT_MAX:
        yield (
            f"Its address has {len(values.endpoint)} characters: GitLab's gateway refuses more than "
            f"{GATEWAY_ENDPOINT_MAX} with status 422."
        )
    if len(values.identifier) > IDENTIFIER_MAX:
        yield f"Its identifier has {len(values.identifier)} characters; GitLab takes {IDENTIFIER_MAX}."


def _remarks(held: Held, values: ModelValues) -> Iterator[str]:
    if held.platform.slug == OPENAI_COMPATIBLE and not values.endpoint.endswith("/v1"):
        yield "The address does not end in /v1, which GitLab expects: its calls may be answered with 404."
    if not held.platform.takes_endpoint:
        yield "GitLab takes no key for this platform: its gateway needs the cloud's credentials in its environment."
    if held.base_url and urlsplit(held.base_url).hostname in _LOOPBACK:
        yield "The address leads to this machine; for GitLab's gateway it leads to the gateway's own."
    if held.needs:
        yield f"Its server is sent {' and '.join(held.needs)} from here, which GitLab's gateway does not send."
    yield from _beta(held.family)


def _beta(family: Family) -> Iterator[str]:
    if family.state.label:
        name = "General" if family.gitlab_name == "GENERAL" else family.label
        yield (
            f"GitLab counts the family {name} as {family.state.label.lower()}: it has to be switched on there under "
            "“Self-hosted beta models and features”."
        )
