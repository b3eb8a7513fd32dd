"""The plan: what would be done in GitLab, looked at first and applied as it was seen."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, current_app, request, url_for

from app.domain.errors import Busy
from app.domain.plans import Action, Kind, Plan
from app.domain.roles import Role
from app.queries.instance import Reading, reading
from app.queries.instance_runs import recent
from app.services import instance_reads, syncing
from app.services.syncing import Asked
from app.web import htmx
from app.web.access import current_actor, needs
from app.web.context import context, ports
from app.web.instance_concerns import failure
from app.web.instance_pages import TAKING_OVER, running_now

plan = Blueprint("plan", __name__)
# A group shows so many, and the rest when it is asked for: nobody reads five hundred at once.
MOST_SHOWN = 50
# So few steps are shown with everything that they send.
MOST_OPEN = 12
GROUPS = {
    Kind.CREATE: ("Created in GitLab", "Self-hosted models that it does not have yet."),
    Kind.UPDATE: ("Changed in GitLab", "Models that it has, field by field."),
    Kind.ASSIGN: ("Given to features", "What each feature is given there, before and after."),
    Kind.DELETE: ("Deleted in GitLab", "Models that nothing here accounts for."),
}


@dataclass(frozen=True, slots=True)
class Group:
    """The steps of one kind; `more` counts those that are not shown."""

    kind: str
    title: str
    note: str
    steps: tuple[Action, ...]
    total: int

    @property
    def more(self) -> int:
        """How many are not shown."""
        return self.total - len(self.steps)


@plan.get("/plan")
@needs(Role.VIEWER)
def show() -> Response:
    """What would be done in GitLab; nothing is."""
    return page()


@plan.post("/apply")
@needs(Role.ADMIN)
def apply() -> Response:
    """Begin to apply the plan that was seen, and no other."""
    instance_reads.client(ports())
    asked = Asked(request.form.get("digest", "")[:64], _ticked("delete"), _ticked("many"))
    try:
        run_id = context().instance.apply(current_actor(), asked)
    except Busy as error:
        response = page(429, error.message)
        response.headers["Retry-After"] = str(error.retry_after)
        return response
    return htmx.redirect(url_for("instance.runs.show", run_id=run_id))


def page(status: int = 200, busy: str = "") -> Response:
    """The plan as a page or as the fragment that the page consists of; `busy` says what stood in the way."""
    delete, many, whole = _ticked("delete"), _ticked("many"), _ticked("all")
    found = syncing.plan(ports(), delete=delete, many=many) if ports().instance else None
    if found is None:
        return htmx.redirect(url_for("instance.index"))
    known = reading(ports().store, instance_reads.url_of(ports()))
    values = _values(found, known, whole=whole) | {"delete": delete, "many": many, "whole": whole, "busy": busy}
    return htmx.page_or_fragment("instance/plan.html", "instance/_plan.html", status, **values)


def address(**changes: bool | None) -> str:
    """The plan's address as it was asked for, with some of that changed."""
    asked = {name: _ticked(name) for name in ("delete", "many", "all")} | changes
    given: dict[str, Any] = {name: "y" for name, value in asked.items() if value}
    return url_for("instance.plan.show", **given)


def _values(found: Plan, known: Reading, *, whole: bool) -> dict[str, Any]:
    runs = recent(ports().store, ports().clock(), 1)
    most = None if whole else MOST_SHOWN
    features = ports().facts.features
    return {
        "plan": found,
        "known": known,
        "failed": failure(known),
        "running": running_now(runs),
        "poll": {"on": "plan", **{name: "y" for name in ("delete", "many", "all") if _ticked(name)}},
        "groups": [_group(found.of(kind), kind, most) for kind in Kind if found.of(kind)],
        "shown": most,
        "open": len(found.actions) <= MOST_OPEN,
        "address": address,
        "features": {f"feature:{name}": name for name in features} | {f"through:{name}": name for name in features},
        "take_over": url_for(TAKING_OVER) if TAKING_OVER in current_app.view_functions else "",
    }


def _group(actions: tuple[Action, ...], kind: Kind, most: int | None) -> Group:
    return Group(kind.value, *GROUPS[kind], actions[:most], len(actions))


def _ticked(name: str) -> bool:
    return request.values.get(name) == "y"
