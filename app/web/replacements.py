"""Putting one endpoint in another's place everywhere, and switching the old one off in the same step."""

from flask import Blueprint, Response, make_response, render_template, request, url_for

from app.domain.differences import Difference, weakest_notice
from app.domain.errors import AcknowledgementRequired, Conflict, Invalid
from app.domain.roles import Role
from app.queries.candidates import enabled
from app.queries.endpoints import EndpointRecord
from app.services import assignments as service
from app.services import endpoints
from app.web import feature_records, htmx
from app.web.access import current_actor, needs
from app.web.auth.stepping_up import recently_proven
from app.web.context import ports
from app.web.endpoint_pages import load
from app.web.feature_choices import unrecorded
from app.web.feature_pages import MOST_LISTED
from app.web.feature_words import ticked
from app.web.forms.responsibilities import ResponsibilityForm
from app.web.numbers import whole_number

replacements = Blueprint("replacements", __name__, url_prefix="/endpoints/<endpoint_id>/replace")
CHANGED = "Somebody else changed this endpoint first. Nothing was stored; this is what it is now."


@replacements.get("")
@needs(Role.ADMIN)
def preview(endpoint_id: str) -> Response:
    """Choose the other endpoint, and see what each feature would get."""
    return _page(load(endpoint_id), ResponsibilityForm(), off=request.args.get("off") == "y")


@replacements.post("")
@needs(Role.ADMIN)
@recently_proven
def apply(endpoint_id: str) -> Response:
    """Replace it everywhere; where that was ticked, switch it off as well."""
    old, record, off = load(endpoint_id), feature_records.checked(), ticked("off")
    if record.first_wrong():
        return _page(old, record, 422, off=off)
    try:
        _replace(old, request.form.get("replacement_id", "")[:64], off=off)
    except AcknowledgementRequired:
        return _page(old, record, 422, off=off, missed=True)
    except Invalid as error:
        sentences = " ".join(each for sentences in error.fields.values() for each in sentences)
        return _page(old, record, 422, off=off, error=sentences)
    except Conflict:
        return _page(load(endpoint_id), record, 409, off=off, news=CHANGED)
    feature_records.attest(record)
    return htmx.redirect(url_for("endpoints.show", endpoint_id=endpoint_id))


def _replace(old: EndpointRecord, new_id: str, *, off: bool) -> None:
    acknowledged = ticked("acknowledged")
    if off and old.enabled:
        version = whole_number(request.form.get("version"), default=-1)
        endpoints.set_enabled(ports(), current_actor(), old.id, version, False, new_id, acknowledged)
    else:
        service.replace(ports(), current_actor(), old.id, new_id, acknowledged)


def _page(
    old: EndpointRecord,
    record: ResponsibilityForm,
    status: int = 200,
    *,
    off: bool,
    missed: bool = False,
    error: str = "",
    news: str = "",
) -> Response:
    chosen = request.values.get("replacement_id", "")[:64]
    q = request.values.get("q", "").strip()[:200]
    listed, error = _differences(old.id, chosen, error)
    found = [(each, name) for each, name in enabled(ports().store, q, MOST_LISTED + 1, chosen) if each != old.id]
    values = {
        "endpoint": old,
        "chosen": chosen,
        "choices": found,
        "searching": bool(q) or len(found) >= MOST_LISTED,
        "q": q,
        "listed": listed,
        "notice": weakest_notice(tuple(link for each in listed for link in each.due)),
        "asked": unrecorded(listed),
        "form": record,
        "off": off,
        "missed": missed,
        "error": error,
        "news": news,
        "facts": ports().facts,
    }
    return make_response(render_template("replacements/show.html", **values), status)


def _differences(old_id: str, chosen: str, error: str) -> tuple[tuple[Difference, ...], str]:
    """What replacing would change, or why it cannot be done."""
    if not chosen or error:
        return (), error
    try:
        return service.preview(ports(), service.moving(ports(), old_id, chosen)), ""
    except Invalid as refusal:
        return (), " ".join(refusal.fields["replacement_id"])
