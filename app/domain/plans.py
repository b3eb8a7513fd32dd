"""What would be done to a GitLab instance to make it equal to what is held here, each step with what it changes."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from app.domain.instance import InstanceFeature, InstanceModel, ModelValues, Provider, Way
from app.domain.model_values import FieldChange

# Of the models that GitLab has so many may be deleted in one go without being asked twice.
BRAKE = 0.2
# The mark of a key that GitLab got from somebody else: it can neither be read nor compared.
UNKNOWN_KEY = "?"
KEY_LABEL = "API key"


class Kind(StrEnum):
    """What a step does, in the order in which steps are done."""

    UPDATE = "update"
    CREATE = "create"
    ASSIGN = "assign"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Link:
    """What is known here of one model in GitLab.

    `subject` is `endpoint:<id>` or `through:<feature>`. `model_id` is "" while it was sent and not confirmed. `values`
    are those that both sides last agreed on; `key` is the mark of the key that GitLab was given, UNKNOWN_KEY for one
    that was there before, "" for none.
    """

    subject: str
    model_id: str = ""
    values: ModelValues | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class WantedModel:
    """One model as GitLab should have it; `key` is the mark of its key, "" for none.

    `faults` say why GitLab cannot be given it, `remarks` what to know about it; `takes_endpoint` is False where GitLab
    asks for no address.
    """

    subject: str
    values: ModelValues
    key: str = ""
    faults: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    takes_endpoint: bool = True
    family_label: str = ""


@dataclass(frozen=True, slots=True)
class WantedFeature:
    """One feature as GitLab should have it; `subject` is the model's where the provider is SELF_HOSTED.

    `agreed` is the setting that both sides last had, "" for never. `remarks` say what this way of serving means.
    """

    name: str
    title: str
    provider: Provider
    subject: str = ""
    way: Way = Way.DIRECT
    agreed: str = ""
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Everything that is held here. `features` has only those that somebody touched here.

    `known` are the names of all features that this Modelport knows, `kept` the subjects that are held here and that
    GitLab keeps as it has them, endpoints that are switched off; `delete` asks to remove what is held here no more,
    `many` to do so though it is more than BRAKE of all.
    """

    models: tuple[WantedModel, ...]
    features: tuple[WantedFeature, ...]
    links: tuple[Link, ...]
    known: frozenset[str]
    kept: frozenset[str] = frozenset()
    delete: bool = False
    many: bool = False


@dataclass(frozen=True, slots=True)
class Action:
    """One step: one mutation at most.

    `seen` is what GitLab had when it was planned: a model's values, or a feature's setting as `setting_of` writes it.
    `target` is the subject of the model that a feature gets. `changed_there`: GitLab's side was changed since both
    last agreed, and this step would undo that.
    """

    kind: Kind
    subject: str
    title: str
    changes: tuple[FieldChange, ...] = ()
    model_id: str = ""
    values: ModelValues | None = None
    seen: ModelValues | None = None
    seen_setting: str = ""
    provider: Provider | None = None
    target: str = ""
    sends_key: bool = False
    changed_there: bool = False
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Blocked:
    """What is wanted and cannot be done, why, and what comes of it."""

    subject: str
    title: str
    reason: str
    consequence: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The difference. `adopted` links what GitLab has already as wanted; `left` are subjects that are in step.

    `foreign` are models that GitLab has and nothing here accounts for, `unknown` features that this version does not
    know: both are left alone. `braked` counts deletions that the brake holds back.
    """

    actions: tuple[Action, ...] = ()
    adopted: tuple[Link, ...] = ()
    left: tuple[str, ...] = ()
    blocked: tuple[Blocked, ...] = ()
    foreign: tuple[InstanceModel, ...] = ()
    unknown: tuple[InstanceFeature, ...] = ()
    braked: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do in GitLab."""
        return not self.actions

    @property
    def digest(self) -> str:
        """What names exactly these steps: whoever saw them can ask for them and for no others."""
        return hashlib.sha256(repr(self.actions).encode()).hexdigest()[:16]

    def of(self, *kinds: Kind) -> tuple[Action, ...]:
        """The steps of these kinds."""
        return tuple(each for each in self.actions if each.kind in kinds)

    def action_for(self, subject: str) -> Action | None:
        """The step on one subject."""
        return next((each for each in self.actions if each.subject == subject), None)

    def blocked_for(self, subject: str) -> Blocked | None:
        """Why nothing can be done on one subject."""
        return next((each for each in self.blocked if each.subject == subject), None)


def endpoint_subject(endpoint_id: str) -> str:
    """The subject of an endpoint's own model."""
    return f"endpoint:{endpoint_id}"


def through_subject(feature: str) -> str:
    """The subject of the model by which GitLab calls Modelport for a feature."""
    return f"through:{feature}"


def feature_subject(feature: str) -> str:
    """The subject of a feature's setting."""
    return f"feature:{feature}"


def model_subject(model_id: str) -> str:
    """The subject of a model that only GitLab knows."""
    return f"model:{model_id}"


def setting_of(provider: Provider, model_id: str = "") -> str:
    """A feature's setting as one text; which of GitLab's own models it is does not count."""
    return f"{provider.value}:{model_id}" if provider is Provider.SELF_HOSTED else provider.value
