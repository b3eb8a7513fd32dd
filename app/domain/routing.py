"""Which endpoints a feature call goes to: what `model` asks for, who may ask, and when the next endpoint is tried."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from app.domain.assignments import State
from app.domain.errors import CallRefused
from app.domain.features import Ability, Feature
from app.domain.limits import Limits
from app.domain.roles import Role

RAW = ":raw"
ENDPOINT = "endpoint:"
# GitLab writes it before what it passes on as the model.
GITLABS_PREFIX = "custom_openai/"
# So many endpoints are asked for one call at most.
MOST_LINKS = 3
NO_LIMITS = Limits()
# Of the roles only the viewer's may call nothing.
_NO_FEATURES = (
    "A token with the role viewer calls no features; that takes the role editor or admin, or listed features."
)
_NO_ENDPOINTS = "This token may not call endpoints by their names; that takes one with the role editor or admin."
# What may be over or other at the next endpoint. Everything else is told to the caller.
_PASSING_STATUS = frozenset({408, 429})
# An endpoint that is busy works; it is not rested for it.
_BUSY_STATUS = 429


@dataclass(frozen=True, slots=True)
class Wanted:
    """What `model` asks for: a feature, with the family's prompt or `raw` without it, or one endpoint by its slug."""

    feature: str = ""
    endpoint: str = ""
    raw: bool = False

    @property
    def name(self) -> str:
        """Under what the call is counted and limited."""
        return self.feature or ENDPOINT + self.endpoint


@dataclass(frozen=True, slots=True)
class TokenRoute:
    """A token that calls may be made with: either a role, or the features that it may call."""

    id: str
    secret_hash: str = field(repr=False)
    role: str
    features: frozenset[str]
    expires_at: datetime
    limits: Limits = NO_LIMITS


@dataclass(frozen=True, slots=True)
class EndpointRoute:
    """An endpoint as calls see it: `lacks` was measured, `context` is in tokens and None where nothing is known."""

    id: str
    slug: str
    name: str
    platform: str
    served_name: str
    family: str
    enabled: bool
    tier: str
    quirks: frozenset[str] = frozenset()
    lacks: frozenset[Ability] = frozenset()
    context: int | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """One endpoint of a chain with the family and the tier that it has there; `position` 0 is the assigned one."""

    endpoint: EndpointRoute
    family: str
    tier: str
    position: int = 0


@dataclass(frozen=True, slots=True)
class FeatureRoute:
    """How a feature is answered."""

    state: State
    links: tuple[Link, ...] = ()

    @property
    def answering(self) -> tuple[Link, ...]:
        """The endpoints that may answer, in order; those that are switched off may not."""
        return tuple(link for link in self.links if link.endpoint.enabled) if self.state is State.ENDPOINT else ()


@dataclass(frozen=True, slots=True)
class Routes:
    """Everything that decides about calls, as it was at one moment: tokens by public id, endpoints by slug."""

    number: int = 0
    tokens: Mapping[str, TokenRoute] = field(default_factory=dict, repr=False)
    endpoints: Mapping[str, EndpointRoute] = field(default_factory=dict, repr=False)
    features: Mapping[str, FeatureRoute] = field(default_factory=dict, repr=False)


def wanted(model: str) -> Wanted:
    """What a request's `model` names; whether there is such a thing is found out later."""
    name = model.removeprefix(GITLABS_PREFIX)
    if name.startswith(ENDPOINT):
        return Wanted(endpoint=name.removeprefix(ENDPOINT), raw=True)
    return Wanted(feature=name.removesuffix(RAW), raw=name.endswith(RAW))


def links(routes: Routes, token: TokenRoute, asked: Wanted, features: Mapping[str, Feature]) -> tuple[Link, ...]:
    """The endpoints that may answer, in order, without those that are switched off; raises CallRefused."""
    if asked.endpoint or asked.feature not in features:
        return (_endpoint(routes, token, asked),)
    title = features[asked.feature].title
    if not may_call(token, asked.feature):
        sentence = _NO_FEATURES if token.role else f"This token may not call {title} ({asked.feature})."
        raise CallRefused(403, "feature_not_allowed", sentence, "model")
    route = routes.features.get(asked.feature, FeatureRoute(State.UNASSIGNED))
    if route.state is not State.ENDPOINT:
        raise _without_endpoint(route.state, title)
    if not route.answering:
        raise CallRefused(503, "endpoint_disabled", f"Every endpoint of {title} is switched off.", "model")
    return route.answering


def may_call(token: TokenRoute, feature: str) -> bool:
    """Whether a token may call a feature: a viewer's calls none, a role's calls all, others those they list."""
    return feature in token.features or may_call_endpoints(token)


def may_call_endpoints(token: TokenRoute) -> bool:
    """Whether a token may call endpoints by their names."""
    return bool(token.role) and Role(token.role).covers(Role.EDITOR)


def _endpoint(routes: Routes, token: TokenRoute, asked: Wanted) -> Link:
    if asked.endpoint and not may_call_endpoints(token):
        # Before it is looked up: who may not call endpoints finds out no names by trying them.
        raise CallRefused(403, "endpoint_not_allowed", _NO_ENDPOINTS, "model")
    found = routes.endpoints.get(asked.endpoint)
    if found is None:
        raise CallRefused(
            404,
            "model_not_found",
            "There is no such model. Send a feature's name such as duo_chat, with :raw behind it to leave the messages "
            "alone, or endpoint: and an endpoint's slug. GET /v1/models lists them.",
            "model",
        )
    if not found.enabled:
        raise CallRefused(503, "endpoint_disabled", f"The endpoint {found.name} is switched off.", "model")
    return Link(found, found.family, found.tier)


def _without_endpoint(state: State, title: str) -> CallRefused:
    if state is State.DISABLED:
        return CallRefused(403, "feature_disabled", f"{title} is disabled by an administrator.", "model")
    if state is State.MANAGED:
        sentence = f"{title} is left to GitLab's own model, which is not reached from here."
        return CallRefused(404, "feature_managed", sentence, "model")
    return CallRefused(404, "feature_unassigned", f"No model is assigned to {title} yet.", "model")


def tries_next(status: int) -> bool:
    """Whether after an answer with this status the next endpoint is tried."""
    return status >= 500 or status in _PASSING_STATUS


def counts_as_failure(status: int) -> bool:
    """Whether an answer with this status speaks against the endpoint itself."""
    return tries_next(status) and status != _BUSY_STATUS
