"""The page of the connected GitLab instance: how it stands, and what differs from what is held here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask import Response, current_app, make_response, render_template, request, url_for

from app.domain.instance import Way
from app.domain.planning import told
from app.domain.plans import Plan, feature_subject
from app.queries import assignments
from app.queries.assignments import Serving
from app.queries.feature_steps import FeatureStep, feature_steps
from app.queries.instance import FeatureThere, Reading, features_there, reading
from app.queries.instance_models import ModelPage, models_there
from app.queries.instance_runs import RUNNING, Run, recent
from app.services import instance_reads, syncing
from app.services.instance_choices import SCOPES
from app.web import htmx
from app.web.context import ports
from app.web.feature_ways import MEANS, WORDS
from app.web.instance_concerns import EXPIRY_WITHIN, concerns, expiry, failure
from app.web.numbers import whole_number

MOST_RUNS = 6
TAKING_OVER = "taking_over.show"
NOT_SHOWN = "Without a setting in GitLab"
HERE = {"disabled": "Disabled", "managed": "GitLab's own model", "unassigned": "No model"}
WAYS = {way.value: (WORDS[way], MEANS[way]) for way in Way}
SCOPE_HINTS = {
    "all": "Each becomes a self-hosted model in GitLab, so that any can be chosen there.",
    "serving": "GitLab is told of no others. What it has already stays, and is kept equal.",
}
DUO_LABELS = {
    "aiGatewayUrl": "Local AI Gateway URL",
    "aiGatewayTimeoutSeconds": "AI Gateway request timeout",
    "duoAgentPlatformServiceUrl": "Local URL for the GitLab Duo Agent Platform service",
    "duoCoreFeaturesEnabled": "GitLab Duo Core features",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One feature on both sides. `step` is None where nothing was chosen here; `answers`: an endpoint serves it here.

    `words` say in what they differ, "" where both sides stand side by side and show it.

    `changed_by` and `changed_at` tell who changed it in GitLab last, where its audit events say so.
    """

    name: str
    title: str
    there: str
    here: str
    step: FeatureStep | None
    words: str = ""
    answers: bool = False
    endpoint_id: str = ""
    changed_by: str = ""
    changed_at: datetime | None = None


def page(status: int = 200, busy: str = "") -> Response:
    """The instance as a page or as the fragment that the page consists of; `busy` says what stood in the way."""
    if ports().instance is None:
        return make_response(render_template("instance/unset.html"), status)
    q, number = _asked()
    if htmx.is_for("models-rows"):
        response = htmx.fragment("instance/_model_rows.html", models=_models(q, number), **_model_words(q))
        return htmx.replace_url(response, _address(q, number))
    values = _values(q, number)
    return htmx.page_or_fragment("instance/index.html", "instance/_instance.html", status, busy=busy, **values)


def running_now(runs: tuple[Run, ...]) -> Run | None:
    """The run that is at work, of whoever began it."""
    return next((run for run in runs if run.state == RUNNING), None)


def _values(q: str, number: int) -> dict[str, Any]:
    now, store = ports().clock(), ports().store
    # First the plan: a reading that ends in between is then at least as new as what the plan stands on.
    plan = syncing.plan(ports())
    known = reading(store, instance_reads.url_of(ports()))
    runs = recent(store, now, MOST_RUNS)
    values: dict[str, Any] = {
        "known": known,
        "failed": failure(known),
        "runs": runs,
        "running": running_now(runs),
        "poll": {"on": "instance", "q": q or None, "page": number if number > 1 else None},
    }
    return values | (_of_reading(known, plan, q, number, now) if plan else {"plan": None})


def _of_reading(known: Reading, plan: Plan, q: str, number: int, now: datetime) -> dict[str, Any]:
    facts, store = ports().facts, ports().store
    there, served = features_there(store), assignments.serving(store)
    steps = feature_steps(store, facts, known.url, ports().origin, now)
    ends = expiry(known.about)
    return {
        "plan": plan,
        "groups": _groups(there, served, steps, plan),
        "concerns": concerns(known, there, steps, facts, now.date()),
        "expires": ends,
        "expires_soon": ends is not None and ends <= now.date() + EXPIRY_WITHIN,
        "take_over": _take_over(known, plan),
        "models": _models(q, number),
        "ways": WAYS,
        "scopes": SCOPES,
        "scope_hints": SCOPE_HINTS,
        "duo": _duo(known.duo),
        **_model_words(q),
    }


def _groups(
    there: Mapping[str, FeatureThere], served: Mapping[str, Serving], steps: Mapping[str, FeatureStep], plan: Plan
) -> dict[str, list[Row]]:
    """The features that are known here in GitLab's sections, those that it shows no setting for at the end."""
    features, groups = ports().facts.features, dict[str, list[Row]]()
    for name in [*there, *(name for name in steps if name not in there)]:
        if name in features:
            found, step = there.get(name), steps.get(name)
            section = (found.setting.section or "Features") if found else NOT_SHOWN
            words = step.words if step and not plan.action_for(feature_subject(name)) else ""
            groups.setdefault(section, []).append(_row(name, served.get(name), step, found, words))
    return groups


def _row(name: str, serving: Serving | None, step: FeatureStep | None, found: FeatureThere | None, words: str) -> Row:
    # GitLab is given the first that is switched on, as calls here take it.
    links = serving.links if serving else ()
    answering = next((link for link in links if link.enabled), serving.first if serving else None)
    here = answering.name if answering else HERE[serving.state] if serving and step else "Nothing chosen"
    return Row(
        name,
        (found.setting.title if found else "") or ports().facts.features[name].title,
        told(found.setting) if found else "No setting",
        here,
        step,
        words,
        answering is not None,
        answering.endpoint_id if answering else "",
        found.changed_by if found else "",
        found.changed_at if found else None,
    )


def _take_over(known: Reading, plan: Plan) -> str:
    """Where what only GitLab has can be taken over, "" where there is no call for it."""
    wanted = plan.foreign and known.taken_over_at is None and TAKING_OVER in current_app.view_functions
    return url_for(TAKING_OVER) if wanted else ""


def _models(q: str, number: int) -> ModelPage:
    return models_there(ports().store, q, number)


def _model_words(q: str) -> dict[str, Any]:
    facts = ports().facts
    families = {each.gitlab_name: each.label for each in facts.families.values()}
    titles = {f"through:{name}": feature.title for name, feature in facts.features.items()}
    return {"q": q, "families": families, "through": titles, "address": _address}


def _duo(stored: Mapping[str, Any]) -> list[tuple[str, str]]:
    return [(DUO_LABELS.get(name, name), _plain(name, value)) for name, value in stored.items()]


def _plain(name: str, value: Any) -> str:
    if value is None or value == "":
        return "Not set"
    if isinstance(value, bool):
        return "On" if value else "Off"
    return f"{value} s" if name.endswith("Seconds") else str(value)


def _asked() -> tuple[str, int]:
    """The search and the page of the models; of the page behind it where a form on it was sent."""
    given: Mapping[str, str] = request.args
    if request.method == "POST":
        given = dict(parse_qsl(urlsplit(htmx.current_path() or "").query))
    return given.get("q", "").strip()[:200], max(1, whole_number(given.get("page"), 1, digits=6))


def _address(q: str, number: int = 1) -> str:
    """The page's address with this search and page of the models."""
    return url_for("instance.index", q=q or None, page=number if number > 1 else None)
