"""Which of GitLab's models is which of ours, and what it takes to make it equal."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from app.domain.instance import Actual, InstanceModel, ModelValues, Shape
from app.domain.model_values import NOTHING, FieldChange, differences, fit_for, same
from app.domain.plans import KEY_LABEL, UNKNOWN_KEY, Action, Blocked, Kind, Link, Wanted, WantedModel

NOT_CREATED = "It is not created in GitLab, and no feature can be given it there."
NOT_CHANGED = "GitLab keeps the model as it is."


@dataclass(slots=True)
class Placed:
    """The models of one plan; `ids` has GitLab's id of each subject, "" of one that is to be created."""

    created: list[Action] = field(default_factory=list)
    updated: list[Action] = field(default_factory=list)
    adopted: list[Link] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    blocked: list[Blocked] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)

    def foreign(self, wanted: Wanted, actual: Actual) -> tuple[InstanceModel, ...]:
        """What GitLab has and nothing that is held here accounts for."""
        ours = {*self.ids.values(), *(each.model_id for each in wanted.links if each.subject in wanted.kept)}
        return tuple(each for each in actual.models if each.id not in ours)


def place(wanted: Wanted, actual: Actual) -> Placed:
    """Look at each model that is wanted."""
    look = _Look(wanted, actual)
    for model in wanted.models:
        look.at(model)
    _settle_names(look.placed, Counter(each.values.name for each in actual.models))
    return look.placed


class _Look:
    def __init__(self, wanted: Wanted, actual: Actual) -> None:
        self._shape = actual.shape
        self._by_id = {each.id: each for each in actual.models}
        self._names: dict[str, list[InstanceModel]] = defaultdict(list)
        for each in actual.models:
            self._names[each.values.name].append(each)
        self._links = {each.subject: each for each in wanted.links}
        self._subjects = {each.model_id: each.subject for each in wanted.links if each.model_id}
        self.placed = Placed()

    def at(self, model: WantedModel) -> None:
        """Find what GitLab has of one model, and what is to be done about it."""
        values = fit_for(self._shape, model.values)
        link = self._links.get(model.subject, Link(model.subject))
        there = self._by_id.get(link.model_id)
        faults = [*model.faults, *_faults(self._shape, model, values)]
        if there is None and not faults:
            there, link, fault = self._namesake(model, values, link)
            faults += [fault] if fault else []
        if there is not None:
            self.placed.ids[model.subject] = there.id
        if faults:
            consequence = NOT_CHANGED if there else NOT_CREATED
            self.placed.blocked.append(Blocked(model.subject, values.name, " ".join(faults), consequence))
        elif there is None:
            self._create(model, values)
        else:
            self._keep_equal(model, values, there, link)

    def _namesake(self, model: WantedModel, values: ModelValues, link: Link) -> tuple[InstanceModel | None, Link, str]:
        """A model of that name that is nobody's yet: taken as ours where it is equal, otherwise in the way."""
        found = self._names.get(values.name, [])
        free = [each for each in found if each.id not in self._subjects]
        if len(free) > 1:
            return None, link, f"GitLab has {len(free)} models named {values.name}. Rename all but one there."
        if not free:
            return None, link, ""
        if fields := [each.label.lower() for each in differences(free[0].values, values, model.takes_endpoint)]:
            told = " and ".join((", ".join(fields[:-1]), fields[-1])) if len(fields) > 1 else fields[0]
            return (
                None,
                link,
                f"GitLab has a model of this name with another {told}. Take it over, or rename one of the two.",
            )
        # What was sent and never confirmed, because the process ended in between, is known by its mark.
        sent = "" if link.model_id else link.key
        key = sent or (UNKNOWN_KEY if free[0].has_key else "")
        ours = Link(model.subject, free[0].id, free[0].values, key)
        self.placed.adopted.append(ours)
        return free[0], ours, ""

    def _create(self, model: WantedModel, values: ModelValues) -> None:
        changes = [*differences(NOTHING, values, model.takes_endpoint)]
        if model.key:
            changes.append(FieldChange(KEY_LABEL, "", "is sent"))
        self.placed.ids[model.subject] = ""
        self.placed.created.append(
            Action(
                kind=Kind.CREATE,
                subject=model.subject,
                title=values.name,
                changes=tuple(changes),
                values=values,
                sends_key=bool(model.key),
                remarks=model.remarks,
            )
        )

    def _keep_equal(self, model: WantedModel, values: ModelValues, there: InstanceModel, link: Link) -> None:
        changes = [*differences(there.values, values, model.takes_endpoint)]
        if key := _key_change(model, there, link):
            changes.append(key)
        if not changes:
            self.placed.left.append(model.subject)
            return
        theirs = link.values is not None and not same(there.values, link.values, model.takes_endpoint)
        self.placed.updated.append(
            Action(
                kind=Kind.UPDATE,
                subject=model.subject,
                title=there.values.name,
                changes=tuple(changes),
                model_id=there.id,
                values=values,
                seen=there.values,
                sends_key=key is not None,
                changed_there=theirs,
                remarks=model.remarks,
            )
        )


def _key_change(model: WantedModel, there: InstanceModel, link: Link) -> FieldChange | None:
    if model.key:
        if link.key == model.key and there.has_key:
            return None
        before = "none" if not there.has_key else "one that cannot be compared" if _is_unknown(link) else "an older one"
        return FieldChange(KEY_LABEL, before, "is sent")
    # One that somebody else typed there cannot be read, and is not ours to remove.
    if there.has_key and not _is_unknown(link):
        return FieldChange(KEY_LABEL, "the one sent before", "is removed")
    return None


def _is_unknown(link: Link) -> bool:
    return link.key in ("", UNKNOWN_KEY)


def _faults(shape: Shape, model: WantedModel, values: ModelValues) -> Iterator[str]:
    if values.family not in shape.families:
        yield (
            f"{shape.title} does not know the family {model.family_label}. "
            "Choose another one for the endpoint; “other” is taken everywhere."
        )
    if shape.platforms and values.platform not in shape.platforms:
        yield f"This GitLab does not know the platform {values.platform}."
    if shape.is_18 and values.platform == "VERTEX_AI":
        yield "GitLab has Google Vertex AI as a platform since version 19."


def _settle_names(placed: Placed, names: Counter[str]) -> None:
    """Put the steps in an order in which every name is free when it is taken; `names` counts those in GitLab.

    A new model takes what the renamed ones leave, never the other way round.
    """
    placed.updated, stuck = _in_safe_order(placed.updated, names)
    for action in stuck:
        reason = f"It would take the name {_name(action)} before GitLab gives it up. Rename one of the two by hand."
        placed.blocked.append(Blocked(action.subject, action.title, reason, NOT_CHANGED))
    asked, placed.created = placed.created, []
    for action in asked:
        if names[action.title]:
            reason = f"Another model in GitLab is named {action.title}. Rename one of the two."
            placed.blocked.append(Blocked(action.subject, action.title, reason, NOT_CREATED))
            del placed.ids[action.subject]
        else:
            placed.created.append(action)
            names[action.title] += 1


def _in_safe_order(updates: list[Action], names: Counter[str]) -> tuple[list[Action], list[Action]]:
    """Who takes a name that another one gives up comes after it; those that only swap names are stuck.

    `names` is left as it is after the steps that can be done.
    """
    waiting, done = [*updates], []
    while waiting:
        free = [each for each in waiting if not _is_renamed(each) or not names[_name(each)]]
        if not free:
            break
        for each in free:
            if _is_renamed(each) and names[_name(each)]:
                continue  # one of those before it in this round took the name
            waiting.remove(each)
            done.append(each)
            names[each.title] -= 1
            names[_name(each)] += 1
    return done, waiting


def _is_renamed(action: Action) -> bool:
    return action.title != _name(action)


def _name(action: Action) -> str:
    return action.values.name if action.values else ""
