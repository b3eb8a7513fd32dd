"""What was done with GitLab: a run as it goes, its steps, and what came of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, request, url_for

from app.domain.errors import NotFound
from app.domain.instance_troubles import message_of, remedy_of
from app.domain.roles import Role
from app.queries import instance_runs as query
from app.queries.instance_runs import RUNNING, Run, StepRecord
from app.services.instance_steps import ALREADY, CONFLICT, DONE, FAILED, GOOD, SKIPPED, UNCLEAR
from app.web import htmx, instance_pages, instance_plan
from app.web.access import needs
from app.web.context import ports

runs = Blueprint("runs", __name__)
WAITING = "waiting"
# So many steps are shown as they come; of more than that what went wrong, and what is done now.
MOST_WATCHED = 30
MOST_LISTED = 100
LAST = 6
# The drawing of each outcome, its words, and what to do about it where the step itself says nothing.
OUTCOMES = {
    DONE: ("passed", "Done", ""),
    ALREADY: ("passed", "GitLab had it so already", ""),
    CONFLICT: ("warned", "Left alone", "Look at the new plan: it is made from what GitLab has now."),
    FAILED: ("failed", "Failed", "Mend it, then look at the plan again."),
    UNCLEAR: ("unknown", "Nobody knows", ""),
    SKIPPED: ("skipped", "Skipped", "It is in the next plan, once the step that it needs is done."),
    WAITING: ("waiting", "Waits", ""),
}
VERBS = {"create": "Create {}", "update": "Change {}", "assign": "Give a model to {}", "delete": "Delete {}"}
PAGES: dict[str, Callable[..., Response]] = {"plan": instance_plan.page, "instance": instance_pages.page}


@dataclass(frozen=True, slots=True)
class Line:
    """One step as the page shows it; `message` and `remedy` are "" where there is nothing to say."""

    position: int
    words: str
    drawing: str
    outcome: str
    changes: tuple[str, ...]
    message: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What is shown of a run's steps: those in trouble first where there are many; `more` counts those left out."""

    bad: tuple[Line, ...]
    lines: tuple[Line, ...]
    more: int


@runs.get("/runs/<run_id>")
@needs(Role.VIEWER)
def show(run_id: str) -> Response:
    """How far a run is; the page asks for this every half second until it has ended."""
    found = query.run(ports().store, run_id, ports().clock())
    if found is None:
        raise NotFound("There is no such run: the last 50 are kept.")
    on = request.args.get("on", "")
    if on in PAGES and htmx.wants_fragment():
        if found.state == RUNNING:
            return htmx.fragment("instance/_working.html", running=found, poll=dict(request.args))
        return htmx.retarget(page_of(on), f"#{on}", "outerHTML")
    whole = request.args.get("all") == "y"
    values: dict[str, Any] = {"run": found, "seen": seen(found, whole=whole), "told": told(found), "whole": whole}
    return htmx.page_or_fragment("instance/run.html", "instance/_run.html", **values)


def page_of(on: str, status: int = 200, busy: str = "") -> Response:
    """The page on which something was begun; the instance's where none is named."""
    return PAGES.get(on, instance_pages.page)(status, busy)


def back(on: str) -> str:
    """Its address."""
    return instance_plan.address() if on == "plan" else url_for("instance.index")


def told(run: Run) -> tuple[str, str]:
    """What came of a run, and what to do, a sentence or two each; "" for nothing."""
    if run.code:
        undone = "" if run.kind == "health" else " Nothing was changed." if run.kind == "apply" else ""
        return f"{message_of(run.code, run.words)}{undone}", remedy_of(run.code)
    if run.state == "changed":
        return (
            "Nothing was applied, for the plan is another one by now: GitLab, or what is held here, was changed since "
            "it was looked at.",
            "Look at the new plan, and apply that.",
        )
    if run.state == "interrupted":
        return (
            "Modelport stopped in between. What is done is done; nothing further was begun.",
            "Read GitLab again: the plan has what is left.",
        )
    if run.kind == "apply" and run.state != RUNNING:
        return _applied(run)
    return {"read": "GitLab was read to its end.", "health": "GitLab has checked itself."}.get(run.kind, ""), ""


def _applied(run: Run) -> tuple[str, str]:
    good = sum(number for outcome, number in run.counts.items() if outcome in GOOD)
    if not run.total:
        return "There was nothing to do.", ""
    if good == run.total:
        return ("The one step is done." if good == 1 else f"All {good} steps are done."), ""
    if not good:
        none = "The one step is not done" if run.total == 1 else f"None of the {run.total} steps is done"
        return f"{none}; why is said below.", ""
    return f"{good} of {run.total} steps {'is' if good == 1 else 'are'} done; why the others are not is said below.", ""


def seen(run: Run, *, whole: bool = False) -> Seen:
    """The steps to show: all of a few; of many those in trouble, and while it runs those around the present one."""
    if run.total <= MOST_WATCHED:
        return Seen((), tuple(_line(run, each) for each in run.steps), 0)
    troubled = [each for each in run.steps if each.outcome not in (*GOOD, WAITING)]
    if run.state == RUNNING:
        around = run.steps[max(0, run.ended - LAST) : run.ended + LAST]
        shown = [each for each in around if each not in troubled]
    else:
        rest = [each for each in run.steps if each not in troubled]
        shown = rest if whole else rest[:MOST_LISTED]
    bad = troubled if whole else troubled[:MOST_LISTED]
    more = run.total - len(shown) - len(bad)
    return Seen(tuple(_line(run, each) for each in bad), tuple(_line(run, each) for each in shown), more)


def _line(run: Run, step: StepRecord) -> Line:
    drawing, outcome, remedy = OUTCOMES.get(step.outcome, ("unknown", step.outcome, ""))
    if step.outcome == WAITING:
        now = run.state == RUNNING and step.position == run.ended
        drawing, outcome = ("running", "Under way") if now else ("waiting", "Waits")
        if run.state != RUNNING:
            drawing, outcome = "skipped", "Not begun"
    message = message_of(step.code, step.words) if step.code else step.words
    return Line(
        step.position,
        VERBS.get(step.kind, "{}").format(step.title),
        drawing,
        outcome,
        tuple(_change(each) for each in step.changes if each["after"] != step.title),
        message,
        (remedy_of(step.code) or remedy) if message else "",
    )


def _change(change: Mapping[str, str]) -> str:
    """A field as it was sent; of what there was nothing before, what there is now."""
    before, after = change["before"], change["after"] or "nothing"
    return f"{change['label']}: {before} → {after}" if before else f"{change['label']}: {after}"
