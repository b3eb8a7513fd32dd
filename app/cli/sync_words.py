"""What a plan and its application say: in lines for people, in data for scripts."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.domain.instance_troubles import message_of, remedy_of
from app.domain.model_values import FieldChange
from app.domain.plans import BRAKE, Action, Kind, Plan
from app.queries.instance_runs import Run, StepRecord

HEADS = {
    Kind.CREATE: "To create in GitLab",
    Kind.UPDATE: "To update",
    Kind.ASSIGN: "Features to give another model",
    Kind.DELETE: "To delete in GitLab",
}
MARKS = {Kind.CREATE: "+", Kind.UPDATE: "~", Kind.ASSIGN: ">", Kind.DELETE: "-"}


def plain(text: str) -> str:
    """Foreign text without what a terminal would obey."""
    return "".join(each if each.isprintable() else " " for each in text)


def is_clear(plan: Plan) -> bool:
    """Whether everything that is wanted can be done."""
    return not plan.blocked and not plan.braked


def in_step(plan: Plan) -> bool:
    """Whether GitLab has everything as it is held here."""
    return plan.is_empty and is_clear(plan)


def lines(plan: Plan) -> Iterator[str]:
    """The whole plan, with the names that GitLab has."""
    for kind, head in HEADS.items():
        if found := plan.of(kind):
            yield f"{head}: {len(found)}"
            for action in found:
                yield from _action(action)
    if plan.blocked:
        yield f"Not possible: {len(plan.blocked)}"
        for each in plan.blocked:
            yield plain(f"  ! {each.title}: {each.reason} {each.consequence}")
    if plan.foreign:
        yield f"Only in GitLab: {len(plan.foreign)}"
        for model in plan.foreign:
            yield plain(f"  . {model.values.name} ({model.values.identifier or 'no identifier'})")
    if plan.unknown:
        names = ", ".join(each.title or each.name for each in plan.unknown)
        yield plain(f"Features of GitLab that this version does not know, left alone: {names}.")
    if plan.braked:
        share = f"{BRAKE:.0%}"
        yield f"Held back: {plan.braked} deletions, more than {share} of GitLab's models. --many goes on nevertheless."
    yield _conclusion(plan)


def plan_data(plan: Plan) -> dict[str, Any]:
    """The same for scripts."""
    return {
        "digest": plan.digest,
        "actions": [_action_data(each) for each in plan.actions],
        "blocked": [_texts(each, "subject", "title", "reason", "consequence") for each in plan.blocked],
        "foreign": [
            {"id": plain(each.id), **_texts(each.values, "name", "family", "platform", "endpoint", "identifier")}
            for each in plan.foreign
        ],
        "unknown": [_texts(each, "name", "title") for each in plan.unknown],
        "braked": plan.braked,
        "in_step": in_step(plan),
    }


def step_line(step: StepRecord, width: int) -> str:
    """One step that is over; `width` is that of the longest title."""
    told = f"{step.kind.ljust(6)}  {plain(step.title).ljust(width)}  {step.outcome.ljust(8)}"
    return f"{told}  {_message(step)} {remedy_of(step.code)}".rstrip()


def run_data(run: Run) -> dict[str, Any]:
    """An application for scripts."""
    return {"state": run.state, "counts": dict(run.counts), "steps": [_step_data(each) for each in run.steps]}


def trouble_data(code: str, words: str) -> dict[str, Any]:
    """Why GitLab could not be read, for scripts."""
    return {"code": code, "message": plain(message_of(code, words)), "remedy": remedy_of(code)}


def counted(counts: Mapping[str, int]) -> str:
    """How many steps came to what."""
    return ", ".join(f"{number} {outcome}" for outcome, number in sorted(counts.items())) or "nothing to do"


def _action(action: Action) -> Iterator[str]:
    bare = action.kind is Kind.ASSIGN
    told = "; ".join(each for change in action.changes if (each := _change(change, bare=bare)))
    yield plain(f"  {MARKS[action.kind]} {action.title}" + (f": {told}" if told else ""))
    if action.changed_there:
        yield "      GitLab's side was changed since both last agreed; this undoes it."
    for remark in action.remarks:
        yield plain(f"      {remark}")


def _change(change: FieldChange, *, bare: bool) -> str:
    told = f"{change.before} → {change.after or '(none)'}" if change.before else change.after
    return told if bare else f"{change.label} {told}"


def _action_data(action: Action) -> dict[str, Any]:
    return {
        "kind": action.kind.value,
        **_texts(action, "subject", "title"),
        "changes": [_texts(each, "label", "before", "after") for each in action.changes],
        "sends_key": action.sends_key,
        "changed_there": action.changed_there,
        "remarks": [plain(each) for each in action.remarks],
    }


def _step_data(step: StepRecord) -> dict[str, Any]:
    return {**_texts(step, "kind", "subject", "title", "outcome", "code"), "message": _message(step)}


def _message(step: StepRecord) -> str:
    return plain(message_of(step.code, step.words))


def _texts(found: object, *names: str) -> dict[str, str]:
    return {name: plain(getattr(found, name)) for name in names}


def _conclusion(plan: Plan) -> str:
    if in_step(plan):
        return "GitLab is in step."
    if plan.is_empty:
        return "There is nothing that could be done."
    return f"Steps: {len(plan.actions)}. This plan is {plan.digest}."
