"""The difference between what is held here and what GitLab has: a pure function, whatever the number of models."""

from collections import defaultdict
from collections.abc import Iterator

from app.domain.instance import Actual, InstanceFeature, InstanceModel, Provider
from app.domain.model_values import FieldChange
from app.domain.placing import Placed, place
from app.domain.plans import (
    BRAKE,
    Action,
    Blocked,
    Kind,
    Plan,
    Wanted,
    WantedFeature,
    feature_subject,
    model_subject,
    setting_of,
)

NOT_CHANGED = "GitLab keeps the setting that it has."
PROVIDER_WORDS = {
    Provider.DISABLED: "Disabled",
    Provider.VENDORED: "GitLab-managed model",
    Provider.UNASSIGNED: "No model",
}


def plan(wanted: Wanted, actual: Actual) -> Plan:
    """What would make GitLab equal to what is wanted, and what is left alone."""
    placed = place(wanted, actual)
    features = _Features(wanted, actual, placed)
    assigned = [*features.assign()]
    foreign = placed.foreign(wanted, actual)
    deleted, braked, kept = _delete(wanted, actual, foreign, assigned)
    return Plan(
        actions=(*placed.updated, *placed.created, *assigned, *deleted),
        adopted=tuple(placed.adopted),
        left=(*placed.left, *features.left),
        blocked=(*placed.blocked, *features.blocked, *kept),
        foreign=foreign,
        unknown=tuple(each for each in actual.features if each.name not in wanted.known),
        braked=braked,
    )


def told(feature: InstanceFeature) -> str:
    """What a feature is given in GitLab, for people."""
    if feature.provider is Provider.SELF_HOSTED:
        return feature.model_name or "a model that is gone"
    if feature.provider is Provider.VENDORED and feature.managed:
        return f"{feature.managed} (GitLab-managed)"
    return PROVIDER_WORDS[feature.provider]


class _Features:
    """The features of one plan; `left` and `blocked` are complete once `assign` was read to its end."""

    def __init__(self, wanted: Wanted, actual: Actual, placed: Placed) -> None:
        self._wanted = wanted.features
        self._shape = actual.shape
        self._there = {each.name: each for each in actual.features}
        self._models = {each.subject: each for each in wanted.models}
        self._ids = placed.ids
        self.left: list[str] = []
        self.blocked: list[Blocked] = []

    def assign(self) -> Iterator[Action]:
        """The steps that are to be done."""
        for each in self._wanted:
            seen = self._there.get(each.name)
            if reason := self._unfit(each, seen):
                self.blocked.append(Blocked(feature_subject(each.name), each.title, reason, NOT_CHANGED))
            elif seen is not None and (action := self._action(each, seen)):
                yield action
            else:
                self.left.append(feature_subject(each.name))

    def _action(self, feature: WantedFeature, seen: InstanceFeature) -> Action | None:
        model_id = self._ids.get(feature.subject, "")
        now = setting_of(seen.provider, seen.model_id)
        is_new = feature.provider is Provider.SELF_HOSTED and not model_id
        if not is_new and now == setting_of(feature.provider, model_id):
            return None
        return Action(
            kind=Kind.ASSIGN,
            subject=feature_subject(feature.name),
            title=feature.title,
            changes=(FieldChange("Model", told(seen), self._told(feature)),),
            model_id=model_id,
            seen_setting=now,
            provider=feature.provider,
            target=feature.subject,
            changed_there=bool(feature.agreed) and feature.agreed != now,
            remarks=feature.remarks,
        )

    def _told(self, feature: WantedFeature) -> str:
        if feature.provider is Provider.SELF_HOSTED:
            return self._models[feature.subject].values.name
        return PROVIDER_WORDS[feature.provider]

    def _unfit(self, feature: WantedFeature, seen: InstanceFeature | None) -> str:
        """Why a feature cannot be given what is wanted for it, else ""."""
        if feature.name.upper() not in self._shape.features:
            return f"{self._shape.title} does not know the feature."
        if seen is None:
            return "GitLab shows no setting for it: beta features are switched off there, or the licence leaves it out."
        if feature.provider is not Provider.SELF_HOSTED:
            return ""
        if feature.subject not in self._models:
            return "Its endpoint is switched off here."
        if feature.subject not in self._ids:
            return "Its model cannot be given to GitLab, see there."
        model = self._models[feature.subject]
        if seen.families is not None and model.values.family not in seen.families:
            return (
                f"GitLab takes no model of the family {model.family_label} for it. "
                "Choose another family for the endpoint; “other” is taken everywhere."
            )
        return ""


def _delete(
    wanted: Wanted, actual: Actual, foreign: tuple[InstanceModel, ...], assigned: list[Action]
) -> tuple[list[Action], int, list[Blocked]]:
    """The deletions that were asked for, how many the brake holds back, and what is still in use."""
    if not wanted.delete:
        return [], 0, []
    moved = {each.subject for each in assigned}
    used: dict[str, list[str]] = defaultdict(list)
    for each in actual.features:
        if each.model_id and feature_subject(each.name) not in moved:
            used[each.model_id].append(each.title or each.name)
    actions, kept = [], []
    for model in foreign:
        subject, name = model_subject(model.id), model.values.name
        if titles := used.get(model.id):
            kept.append(Blocked(subject, name, f"GitLab uses it for {', '.join(titles)}.", "It stays in GitLab."))
        else:
            actions.append(Action(Kind.DELETE, subject, name, model_id=model.id, seen=model.values))
    if len(actions) > BRAKE * len(actual.models) and not wanted.many:
        return [], len(actions), kept
    return actions, 0, kept
