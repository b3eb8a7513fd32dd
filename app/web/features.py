"""Pages of features: which model answers for each, choosing another, what to copy into GitLab."""

from flask import Blueprint, Response, make_response, render_template, request, url_for

from app.domain import notices
from app.domain.errors import AcknowledgementRequired, Conflict, Invalid, NotFound
from app.domain.features import Feature
from app.domain.roles import Role
from app.domain.tiers import Tier
from app.queries import assignments as query
from app.queries import candidates
from app.queries.assignments import Serving
from app.queries.candidates import Candidate
from app.services import assignments as service
from app.services.assignments import Change, State
from app.web import htmx
from app.web.access import current_actor, needs
from app.web.context import ports
from app.web.feature_pages import (
    STATES,
    Wanted,
    changed_row,
    feature_list,
    known,
    remark_on,
    steps_in_gitlab,
    wanted_list,
)
from app.web.feature_ways import WORDS
from app.web.feature_words import PLAIN, said, ticked
from app.web.numbers import whole_number

features = Blueprint("features", __name__, url_prefix="/features")
features.add_app_template_global(WORDS.__getitem__, "way_words")
MOST_FOUND = 25


@features.get("")
@needs(Role.VIEWER)
def index() -> Response:
    """All features in GitLab's sections; the list's state is in the address."""
    return _index()


def _index(status: int = 200, errors: dict[str, str] | None = None) -> Response:
    wanted = wanted_list()
    return htmx.page_or_fragment(
        "features/index.html",
        "features/_list.html",
        status,
        listed=feature_list(wanted, errors),
        wanted=wanted,
        states=STATES,
        narrowed=wanted != Wanted(),
    )


@features.get("/<name>/assignment")
@needs(Role.ADMIN)
def choose(name: str) -> Response:
    """Search an endpoint for a feature; with `endpoint_id`, what to take note of before that one is assigned."""
    feature = known(name)
    serving = query.serving_of(ports().store, name)
    asked = request.args.get("endpoint_id", "")
    if asked:
        return _ask(feature, _found(feature, asked), serving.version, _kept_family(serving, asked))
    q = request.args.get("q", "")[:200]
    return htmx.page_or_fragment(
        "features/choose.html",
        "features/_choose.html",
        feature=feature,
        serving=serving,
        q=q,
        found=candidates.candidates(ports().store, name, q, MOST_FOUND),
        most=MOST_FOUND,
        remark_on=remark_on,
    )


@features.post("/<name>/assignment")
@needs(Role.ADMIN)
def assign(name: str) -> Response:
    """Give a feature to an endpoint, disable it, or take its model away."""
    feature, wanted = known(name), _wanted(name)
    before = query.serving_of(ports().store, name)
    try:
        service.change(ports(), current_actor(), wanted)
    except AcknowledgementRequired:
        missed = request.form.get("asked") == "y"
        chosen = _found(feature, wanted.endpoint_id)
        return _ask(feature, chosen, wanted.version, wanted.family, missed=missed, status=422)
    except Invalid as error:
        return _refused(feature, " ".join(each for sentences in error.fields.values() for each in sentences))
    except Conflict as error:
        return _show_both(feature, wanted, error.theirs)
    if not htmx.wants_fragment():
        return htmx.redirect(url_for("features.index", _anchor=name))
    now = query.serving_of(ports().store, name)
    return htmx.toast(htmx.close_dialog(changed_row(feature)), said(feature, now, before))


@features.get("/gitlab")
@needs(Role.VIEWER)
def gitlab_all() -> Response:
    """What to copy into GitLab for all features."""
    return _gitlab("Everything in GitLab", list(ports().facts.features.values()))


@features.get("/<name>/gitlab")
@needs(Role.VIEWER)
def gitlab(name: str) -> Response:
    """What to copy into GitLab for one feature."""
    feature = known(name)
    return _gitlab(f"{feature.title} in GitLab", [feature])


def _gitlab(title: str, chosen: list[Feature]) -> Response:
    steps = steps_in_gitlab(chosen)
    return htmx.page_or_fragment("features/gitlab.html", "features/_gitlab.html", title=title, steps=steps)


def _wanted(name: str) -> Change:
    """The posted change. One select may say it all: an endpoint's id, "disabled", or nothing for no model."""
    chosen = request.form.get("endpoint_id", "")[:64]
    state = PLAIN.get(chosen, State.ENDPOINT)
    if request.form.get("state") in PLAIN:
        state = PLAIN[request.form["state"]]
    # Without a version nobody can tell what was seen: it fits no state.
    seen = whole_number(request.form.get("version"), default=-1)
    # A question about what is assigned already is answered for the family that was chosen there.
    return Change(name, seen, state, chosen, ticked("acknowledged"), request.form.get("family", "")[:64])


def _found(feature: Feature, endpoint_id: str) -> Candidate:
    found = candidates.candidate(ports().store, feature.name, endpoint_id)
    if found is None:
        raise NotFound("There is no such endpoint that could be assigned.")
    return found


def _ask(
    feature: Feature, chosen: Candidate, version: int | None, family: str, *, missed: bool = False, status: int = 200
) -> Response:
    """The acknowledgement, before anything is written."""
    values = {
        "feature": feature,
        "chosen": chosen,
        "version": version,
        "family": family,
        "notice": notices.notice(Tier(chosen.tier)),
        "remark": remark_on(feature, chosen.family),
        "missed": missed,
    }
    return _question(feature, "acknowledge", status, values)


def _show_both(feature: Feature, wanted: Change, theirs: Serving) -> Response:
    """What a feature is given now beside what was wanted for it."""
    chosen = candidates.candidate(ports().store, feature.name, wanted.endpoint_id) if wanted.endpoint_id else None
    values = {"feature": feature, "wanted": wanted, "chosen": chosen, "theirs": theirs}
    return _question(feature, "conflict", 409, values)


def _question(feature: Feature, name: str, status: int, values: dict[str, object]) -> Response:
    """A page with a question; to htmx the row as it is stored, and the question in the dialog."""
    if not htmx.wants_fragment():
        return make_response(render_template(f"features/{name}.html", **values), status)
    if request.method == "GET":
        return htmx.fragment(f"features/_{name}.html", status, **values)
    return htmx.open_dialog(changed_row(feature, status, part=f"features/_{name}.html", values=values))


def _refused(feature: Feature, error: str) -> Response:
    if not htmx.wants_fragment():
        return _index(422, {feature.name: error})
    return htmx.close_dialog(changed_row(feature, 422, error=error))


def _kept_family(serving: Serving, endpoint_id: str) -> str:
    first = serving.first
    return first.override if first and first.endpoint_id == endpoint_id else ""
