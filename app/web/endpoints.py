"""Pages of endpoints: list, one, new, edit, copy, switch off, delete."""

from flask import Blueprint, Response, make_response, render_template, request, url_for

from app.domain.endpoints import EndpointDraft, check_one
from app.domain.errors import Conflict, InUse, Invalid
from app.domain.responsibilities import is_due, is_valid
from app.domain.roles import Role
from app.queries import deprecations
from app.queries import endpoints as query
from app.queries import probes as probe_query
from app.queries.endpoints import EndpointRecord, Filter
from app.queries.responsibilities import responsibility
from app.services import drafts
from app.services import endpoints as service
from app.web import htmx
from app.web.access import current_actor, needs
from app.web.auth.stepping_up import recently_proven, require_recent
from app.web.catalogue_links import catalogue_address
from app.web.context import ports
from app.web.endpoint_list import list_address, list_page, wanted_filter
from app.web.endpoint_pages import copy_values, facts_of, form_page, gitlab_values, load, values_in
from app.web.findings import findings
from app.web.forms.endpoints import EndpointForm, filled_from
from app.web.gateway_checks import two_views
from app.web.mark_words import on_endpoint
from app.web.numbers import whole_number
from app.web.probe_pages import lines
from app.web.rests import rest_of

endpoints = Blueprint("endpoints", __name__, url_prefix="/endpoints")


@endpoints.get("")
@needs(Role.VIEWER)
def index() -> Response:
    """The list; its whole state is in the address."""
    return list_page(wanted_filter())


@endpoints.get("/new")
@needs(Role.EDITOR)
def new() -> Response:
    """An empty form, one with what the address says of platform and model, or another endpoint's without its key."""
    copied = request.args.get("copy")
    if not copied:
        known = values_in(request.args)
        form = EndpointForm(ports().facts, data=known)
        if known:
            form.fill_pattern()
        return form_page(form)
    record = load(copied)
    values = copy_values(filled_from(ports().facts, record))
    return form_page(EndpointForm(ports().facts, data=values), copied=record)


@endpoints.post("")
@needs(Role.EDITOR)
def create() -> Response:
    """Store one endpoint, or one for each ticked model."""
    form = EndpointForm(ports().facts)
    draft = form.draft(keep_key=False)
    try:
        several = drafts.several(ports(), draft, form.ticked) if len(form.ticked) > 1 else [draft]
        ids = service.create_several(ports(), current_actor(), several)
    except Invalid as error:
        form.take(error.fields)
        return form_page(form, status=422)
    if len(ids) == 1:
        return htmx.redirect(url_for("endpoints.show", endpoint_id=ids[0]))
    # Those that were just added, with a button that tests them all.
    return htmx.redirect(list_address(Filter(q=draft.name.strip())))


@endpoints.get("/<endpoint_id>")
@needs(Role.VIEWER)
def show(endpoint_id: str) -> str:
    """One endpoint: what it is, how its test went, what it suits, what to copy into GitLab."""
    record = load(endpoint_id)
    store = ports().store
    probe = probe_query.latest(store, record.id)
    uses, behind = query.uses(store, record.id), query.fallback_uses(store, record.id)
    return render_template(
        "endpoints/show.html",
        endpoint=record,
        facts=ports().facts,
        fact_lines=facts_of(ports().facts, record),
        key_readable=service.key_is_readable(ports(), record.id),
        found=findings(record, probe, uses, behind),
        uses=uses,
        behind=behind,
        responsibility=responsibility(store, record.id),
        today=ports().clock().date(),
        is_due=is_due,
        is_valid=is_valid,
        probe=probe,
        history=probe_query.history(store, record.id),
        lines=lines(probe) if probe else [],
        alone=False,
        to_copy=gitlab_values(ports().facts, record),
        marked=on_endpoint(record.id),
        rest=rest_of(record.id),
        seen=two_views(record),
        entry_address=catalogue_address(record),
        given_up=deprecations.of_endpoint(store, record.id),
    )


@endpoints.get("/<endpoint_id>/edit")
@needs(Role.EDITOR)
def edit(endpoint_id: str) -> Response:
    """The form with the stored values; `fix`, as TEST.STEP, puts in what that test of the endpoint proposes there."""
    record = load(endpoint_id)
    form = filled_from(ports().facts, record)
    probe_id, _, step = request.args.get("fix", "").partition(".")
    fix = probe_query.fix_of(ports().store, record.id, probe_id, step)
    cure = form.apply_fix(fix.get("field", ""), fix.get("value", "")) if fix else None
    return form_page(form, record, cure=cure)


@endpoints.post("/<endpoint_id>/edit")
@needs(Role.EDITOR)
def update(endpoint_id: str) -> Response:
    """Store the changes; a stale version shows both."""
    record = load(endpoint_id)
    form = EndpointForm(ports().facts)
    try:
        check_one(form.ticked)
        draft = form.draft(keep_key=True)
        if _replaces_secret(record, draft):
            require_recent()
        service.update(ports(), current_actor(), endpoint_id, form.seen_version, draft)
    except Invalid as error:
        form.take(error.fields)
        return form_page(form, record, status=422)
    except Conflict as error:
        return form_page(form, record, status=409, theirs=error.theirs)
    return htmx.redirect(url_for("endpoints.show", endpoint_id=endpoint_id))


@endpoints.post("/<endpoint_id>/<any(enable, disable):act>")
@needs(Role.EDITOR)
def switch(endpoint_id: str, act: str) -> Response:
    """Switch an endpoint on or off."""
    try:
        service.set_enabled(ports(), current_actor(), endpoint_id, _version(), act == "enable")
    except InUse as error:
        return _in_use(load(endpoint_id), error)
    return htmx.redirect(url_for("endpoints.show", endpoint_id=endpoint_id))


@endpoints.get("/<endpoint_id>/delete")
@needs(Role.ADMIN)
def confirm_delete(endpoint_id: str) -> Response:
    """Ask for the endpoint's name before it goes, which no single blind click can give."""
    record = load(endpoint_id)
    return htmx.page_or_fragment("endpoints/delete.html", "endpoints/_delete.html", endpoint=record, error="", typed="")


@endpoints.post("/<endpoint_id>/delete")
@needs(Role.ADMIN)
@recently_proven
def delete(endpoint_id: str) -> Response:
    """Delete an endpoint whose name was typed."""
    record = load(endpoint_id)
    typed = request.form.get("confirm", "").strip()
    if typed != record.name:
        error = f"Type {record.name} to delete it."
        return htmx.page_or_fragment(
            "endpoints/delete.html", "endpoints/_delete.html", 422, endpoint=record, error=error, typed=typed
        )
    try:
        service.delete(ports(), current_actor(), endpoint_id, _version())
    except InUse as error:
        return _in_use(record, error)
    return htmx.redirect(url_for("endpoints.index"))


def _replaces_secret(record: EndpointRecord, draft: EndpointDraft) -> bool:
    stored = {"api_key": record.has_key, "session_token": record.has_session_token, "client_key": record.has_client_key}
    return any(held and getattr(draft, name) is not None for name, held in stored.items())


def _version() -> int:
    return whole_number(request.form.get("version"), 0)


def _in_use(record: EndpointRecord, error: InUse) -> Response:
    values = {"endpoint": record, "message": error.message, "uses": error.uses}
    if htmx.is_htmx():
        return htmx.retarget(make_response(render_template("endpoints/_in_use.html", **values), 409), "#alerts")
    return make_response(render_template("endpoints/in_use.html", **values), 409)
