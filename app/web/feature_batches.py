"""Giving one endpoint to a section's features, or to all: what it suits is shown first, then assigned at once."""

from collections.abc import Sequence

from flask import Blueprint, Response, make_response, render_template, request, url_for

from app.domain.differences import Difference, weakest_notice
from app.domain.errors import AcknowledgementRequired, Conflict, NotFound, Unsuitable
from app.domain.features import Feature, Section
from app.domain.roles import Role
from app.queries import assignments as query
from app.services import assignments as service
from app.services.assignments import Change, State
from app.web import feature_records, htmx
from app.web.access import current_actor, needs
from app.web.auth.stepping_up import recently_proven
from app.web.context import ports
from app.web.feature_choices import groups, unrecorded
from app.web.feature_pages import feature_list, known, wanted_behind
from app.web.feature_words import ticked
from app.web.forms.responsibilities import ResponsibilityForm
from app.web.numbers import whole_number

feature_batches = Blueprint("feature_batches", __name__, url_prefix="/features/batch")
CHANGED = "Somebody else changed some of these features first. Nothing of yours was stored; this is what it is now."
UNSUITED = "Not all of these features suit any more. Nothing was stored; this is what it is now."


@feature_batches.get("")
@needs(Role.ADMIN)
def preview() -> Response:
    """What giving an endpoint to a section, or to all features, would make of each."""
    return _preview(ResponsibilityForm())


@feature_batches.post("")
@needs(Role.ADMIN)
@recently_proven
def apply() -> Response:
    """Assign what was listed, all or none."""
    record = feature_records.checked()
    if record.first_wrong():
        return _preview(record, 422)
    try:
        done = service.apply(ports(), current_actor(), _posted()).done
    except AcknowledgementRequired:
        return _preview(record, 422, missed=True)
    except Unsuitable:
        return _preview(record, 422, news=UNSUITED)
    except Conflict:
        return _preview(record, 409, news=CHANGED)
    feature_records.attest(record)
    if not htmx.wants_fragment():
        return htmx.redirect(url_for("features.index", _anchor=done[0] if done else None))
    rows = htmx.fragment("features/_rows.html", listed=feature_list(wanted_behind()))
    number = f"{len(done)} feature{'' if len(done) == 1 else 's'}"
    return htmx.toast(htmx.close_dialog(rows), f"The model is assigned to {number}.")


def _posted() -> list[Change]:
    """The listed features with the version that was seen of each."""
    chosen, acknowledged = request.form.get("endpoint_id", "")[:64], ticked("acknowledged")
    sent = zip(request.form.getlist("feature"), request.form.getlist("seen"), strict=False)
    once = {known(name).name: whole_number(seen, default=-1) for name, seen in sent}
    return [Change(name, seen, State.ENDPOINT, chosen, acknowledged) for name, seen in once.items()]


def _preview(record: ResponsibilityForm, status: int = 200, *, missed: bool = False, news: str = "") -> Response:
    section, features = _section(request.values.get("section", ""))
    chosen, q = request.values.get("endpoint_id", "")[:64], request.values.get("q", "").strip()[:200]
    stored = query.serving(ports().store)
    found = _differences(features, chosen, {name: each.version for name, each in stored.items()})
    listed = [each for each in found if each.changes and not each.unfit]
    options, searching = groups(features[0], q, {chosen} if chosen else ())
    values = {
        "section": section,
        "chosen": chosen,
        "q": q,
        "groups": options,
        "searching": searching,
        "listed": listed,
        "apart": [each for each in found if each.unfit],
        "same": [each for each in found if not each.changes and not each.unfit],
        "versions": {name: stored[name].version if name in stored else 0 for name in ports().facts.features},
        "notice": weakest_notice(tuple(link for each in listed for link in each.due)),
        "asked": unrecorded(listed),
        "form": record,
        "missed": missed,
        "news": news,
        "facts": ports().facts,
    }
    if not htmx.wants_fragment():
        return make_response(render_template("features/batch.html", **values, inside=False), status)
    response = htmx.fragment("features/_batch.html", status, **values, inside=True)
    return htmx.retarget(response, "#dlg-body") if status >= 400 else response


def _section(slug: str) -> tuple[Section | None, Sequence[Feature]]:
    """The section of that name with its features; without a name all features."""
    facts = ports().facts
    if not slug:
        return None, tuple(facts.features.values())
    for section, members in facts.by_section():
        if section.slug == slug:
            return section, members
    raise NotFound("There is no such section.")


def _differences(features: Sequence[Feature], chosen: str, versions: dict[str, int]) -> tuple[Difference, ...]:
    if not chosen:
        return ()
    wanted = [Change(each.name, versions.get(each.name, 0), State.ENDPOINT, chosen) for each in features]
    return service.preview(ports(), wanted)
