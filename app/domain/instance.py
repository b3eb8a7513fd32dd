"""The GitLab instance as it was read: its schema's shape, its self-hosted models, its feature settings.

Enum values are written as in GitLab's GraphQL, in capitals: families CLAUDE_3, platforms API, features DUO_CHAT.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

# GitLab's column must not be empty before 19; this is what its own page puts there for Amazon Bedrock.
BEDROCK_STAND_IN = "http://bedrockselfhostedmodel.com"
BEDROCK = "BEDROCK"


class Provider(StrEnum):
    """What a feature is given in GitLab."""

    DISABLED = "DISABLED"
    VENDORED = "VENDORED"
    SELF_HOSTED = "SELF_HOSTED"
    UNASSIGNED = "UNASSIGNED"


class Way(StrEnum):
    """How GitLab reaches a feature's model: the endpoint itself, or Modelport's feature API in front of it."""

    DIRECT = "direct"
    THROUGH = "through"


class Scope(StrEnum):
    """Which endpoints are looked at: all that are switched on, those that serve a feature or that GitLab has already,
    or no more than those that serve a feature.
    """

    ALL = "all"
    SERVING = "serving"
    ASSIGNED = "assigned"


class Step(StrEnum):
    """How something in GitLab compares with what is held here."""

    IN_STEP = "in_step"
    DIFFERS = "differs"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Shape:
    """What this GitLab's schema takes. No `platforms`: it is older than 19 and tells them by the identifier."""

    families: frozenset[str]
    features: frozenset[str]
    platforms: frozenset[str] = frozenset()
    endpoint_required: bool = False

    @property
    def is_18(self) -> bool:
        """Whether it has the shape of 18.9."""
        return not self.platforms

    @property
    def title(self) -> str:
        """The shape's name, for people."""
        return "GitLab 18" if self.is_18 else "GitLab 19"


@dataclass(frozen=True, slots=True)
class ModelValues:
    """What GitLab stores of a self-hosted model, its key excepted; "" for what it does not have."""

    name: str
    family: str
    platform: str
    endpoint: str
    identifier: str


@dataclass(frozen=True, slots=True)
class InstanceModel:
    """One self-hosted model in GitLab; `id` is its global id. `uses`, features that have it, come with a single one."""

    id: str
    values: ModelValues
    has_key: bool
    uses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class InstanceFeature:
    """One feature setting in GitLab. `families` it accepts, None where it accepts any.

    `model_id` and `model_name` are of a self-hosted model, `managed` is the name of GitLab's own.
    """

    name: str
    title: str
    section: str
    provider: Provider
    model_id: str = ""
    model_name: str = ""
    managed: str = ""
    families: tuple[str, ...] | None = None
    state: str = ""


@dataclass(frozen=True, slots=True)
class Actual:
    """All of it, read to the end: whoever could not read a page has no such value."""

    shape: Shape
    models: tuple[InstanceModel, ...]
    features: tuple[InstanceFeature, ...]


@dataclass(frozen=True, slots=True)
class About:
    """What GitLab tells besides, over REST; None or "" for what it does not tell.

    `account` is the token's user. `plan` and `licence_expired` come from the licence.
    """

    version: str = ""
    enterprise: bool | None = None
    account: str = ""
    is_admin: bool | None = None
    scopes: tuple[str, ...] = ()
    token_expires: str = ""
    plan: str = ""
    licence_expired: bool | None = None
    add_ons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Health:
    """One line of GitLab's own health check, or the result of one connection check."""

    success: bool
    name: str = ""
    message: str = ""
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Changed:
    """One of GitLab's audit events on self-hosted models and their features."""

    at: datetime
    author: str
    event: str
    target: str
    text: str


@dataclass(frozen=True, slots=True)
class Seen:
    """A complete read with what came beside it. `duo` holds GitLab's Duo settings by their names in GraphQL."""

    actual: Actual
    about: About = About()
    duo: Mapping[str, object] = field(default_factory=dict)
    changed: tuple[Changed, ...] = ()
