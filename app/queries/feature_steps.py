"""How each feature stands in GitLab beside what it is given here, from the last reading."""

from dataclasses import dataclass
from datetime import datetime

from app.data.loader import Facts
from app.domain.instance import Scope, Step, Way
from app.domain.instance_troubles import message_of
from app.domain.planning import plan
from app.domain.plans import KEY_LABEL, Action, Plan, WantedFeature, feature_subject
from app.models.instance import InstanceFeatureRow
from app.models.store import Store
from app.queries.instance import Reading, actual_in, reading_in
from app.queries.wanted import wanted_in


@dataclass(frozen=True, slots=True)
class FeatureStep:
    """One feature that somebody touched here. `words` say in what it differs, or why nobody knows; "" in step.

    `changed_there`: GitLab's side moved since both last agreed; by whom and when is told where its audit events say it.
    """

    step: Step
    way: Way
    words: str = ""
    changed_there: bool = False
    changed_by: str = ""
    changed_at: datetime | None = None


def feature_steps(store: Store, facts: Facts, url: str, origin: str, now: datetime) -> dict[str, FeatureStep]:
    """The features that are given something here, by name; {} where no instance is connected (`url` is "")."""
    if not url:
        return {}
    with store.read() as session:
        known = reading_in(session, url)
        wanted = wanted_in(session, facts, origin, now, Scope.ASSIGNED)
        actual = actual_in(session, url, only_linked=True)
        who = {row.name: (row.changed_by, row.changed_at) for row in session.query(InstanceFeatureRow)}
    if actual is None or known.code:
        words = _unread(known)
        return {each.name: FeatureStep(Step.UNKNOWN, each.way, words) for each in wanted.features}
    found = plan(wanted, actual)
    return {each.name: _step(each, found, *who.get(each.name, ("", None))) for each in wanted.features}


def _unread(known: Reading) -> str:
    if known.code:
        return f"{message_of(known.code, known.words)} What is known is older."
    return "GitLab was not read yet."


def _step(feature: WantedFeature, found: Plan, changed_by: str, changed_at: datetime | None) -> FeatureStep:
    subject = feature_subject(feature.name)
    if blocked := found.blocked_for(subject):
        return FeatureStep(Step.DIFFERS, feature.way, blocked.reason)
    if action := found.action_for(subject):
        change = action.changes[0]
        words = f"In GitLab: {change.before}. Here: {change.after}."
        return FeatureStep(Step.DIFFERS, feature.way, words, action.changed_there, changed_by, changed_at)
    if stuck := found.blocked_for(feature.subject):
        return FeatureStep(Step.DIFFERS, feature.way, f"Its model cannot be kept in step. {stuck.reason}")
    if model := found.action_for(feature.subject):
        return FeatureStep(Step.DIFFERS, feature.way, f"Its model differs. {_told(model)}", model.changed_there)
    return FeatureStep(Step.IN_STEP, feature.way)


def _told(model: Action) -> str:
    fields = [each for each in model.changes if each.label != KEY_LABEL]
    words = "; ".join(f"{each.label}: {each.before} in GitLab, {each.after} here" for each in fields)
    key = "GitLab does not have the key that is held here." if model.sends_key else ""
    return " ".join(part for part in (f"{words}." if words else "", key) if part)
