"""What Modelport ships and measures: features, families, platforms, models, and an endpoint's standing."""

from datetime import datetime

from pydantic import Field

from app.api.bodies.common import Shipped, Told


class NeedsAnswer(Told):
    """What a feature asks of a model; contexts are in tokens."""

    must: list[str]
    should: list[str]
    context: int
    comfortable: int


class FeatureAnswer(Shipped):
    """A Duo feature. `families` are those that GitLab's own form takes; `own_column`: the column is our reading."""

    name: str
    title: str
    section: str
    state: str
    since: str
    licence: str
    gitlab_name: str
    families: list[str]
    column: str
    own_column: bool
    needs: NeedsAnswer


class FamilyAnswer(Shipped):
    """A prompt family; `context` is in tokens."""

    slug: str
    label: str
    gitlab_name: str
    state: str
    since: str
    context: int


class ServerAnswer(Told):
    """What may answer behind an OpenAI-compatible address."""

    slug: str
    label: str
    hint: str
    url_pattern: str
    port: int | None
    key: str
    validated: bool


class PlatformAnswer(Shipped):
    """A platform that may be chosen. `required` are the fields that it cannot do without, capitals in `url_pattern`
    what has to be replaced; an empty pattern says nothing.
    """

    slug: str
    label: str
    hint: str
    prefix: str
    example: str
    url_pattern: str
    key_header: str
    key: str
    auths: list[str]
    required: list[str]
    servers: list[ServerAnswer]


class ModelAnswer(Shipped):
    """A model of the catalogue, by the name that an endpoint's `model` takes; hosts map to how we know of them."""

    name: str
    group: str
    family: str
    levels: dict[str, str]
    hosts: dict[str, str]
    compatible_hosts: dict[str, str]


class CapabilityAnswer(Told):
    """What a test measured of one ability; `value` in tokens or milliseconds, as the ability has it."""

    ability: str
    grade: str
    value: int | None
    measured_at: datetime
    old_because: str = Field(description="Empty for a fresh measurement.")


class ReadinessAnswer(Told):
    """How an endpoint suits one feature, and what is promised for it there."""

    feature: str
    readiness: str
    readiness_reasons: list[str]
    tier: str
    level: str
    reasons: list[str]
    measured_at: datetime | None
    old_because: str
