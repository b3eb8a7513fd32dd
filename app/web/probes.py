"""Connection tests from the pages: start, watch, stop; on an unsaved form and on stored endpoints."""

from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from app.clients.target import Target
from app.domain.errors import Invalid, NotFound
from app.domain.roles import Role
from app.queries import endpoints as endpoint_query
from app.queries import probes as query
from app.queries.endpoints import EndpointRecord
from app.queries.probes import ProbeRecord
from app.services import discovery, drafts
from app.services import probes as service
from app.services.probes import Started
from app.web import htmx
from app.web.access import current_actor, needs
from app.web.context import context, ports
from app.web.endpoint_list import list_address, list_page, wanted_filter
from app.web.endpoint_pages import form_page, load, suggestion_of
from app.web.forms.endpoints import FIX_MAX, EndpointForm
from app.web.probe_pages import lines, wanted_depth, what_is_sent

probes = Blueprint("probes", __name__)
MOST_AT_ONCE = 1000
probes.add_app_template_global(what_is_sent)


def _run(started: list[Started]) -> None:
    context().runner.start(started)


def _stored_id() -> str | None:
    """The endpoint whose form this is, and whose stored key a blank one stands for."""
    # PostgreSQL takes no NUL even to compare with.
    return request.form.get("endpoint_id", "").replace("\0", "") or None


def _stored() -> EndpointRecord | None:
    stored = _stored_id()
    return load(stored) if stored else None


def _refused(form: EndpointForm, error: Invalid) -> Response:
    form.take(error.fields)
    return form_page(form, _stored(), status=422)


def mine(probe_id: str) -> ProbeRecord:
    """A test that this person may see: any stored endpoint's, of unsaved values only their own; else NotFound."""
    probe = query.probe(ports().store, probe_id)
    if probe is None or (probe.endpoint_id is None and probe.person != current_actor().key):
        raise NotFound("There is no such test any more.")
    return probe


@probes.post("/endpoints/draft/form")
@needs(Role.EDITOR)
def refresh_form() -> Response:
    """The form again, for another platform or server or with a cure put in; nothing is checked and nothing stored."""
    form = EndpointForm(ports().facts)
    cure = form.apply_fix(request.form.get("fix_field", ""), request.form.get("fix_value", "")[:FIX_MAX])
    if not cure:
        form.fill_pattern()
    response = form_page(form, _stored(), cure=cure)
    return htmx.event(response, "app:test") if cure and cure.filled else response


@probes.post("/endpoints/draft/choice")
@needs(Role.EDITOR)
def refresh_choice() -> Response:
    """Family and catalogue model again, for another served name, with the words of the button that saves."""
    form = EndpointForm(ports().facts)
    suggested = suggestion_of(form, _stored_id() or "")
    if suggested["suggested_family"]:
        form.follow(suggested["suggested_family"], suggested["suggested_model"])
    if not htmx.wants_fragment():
        return form_page(form, _stored())
    values = {"form": form, "endpoint": _stored(), "facts": ports().facts, **suggested}
    parts = ("endpoints/_choice.html", "endpoints/_save.html")
    return make_response("".join(render_template(part, **values, oob=True) for part in parts))


def _list_target(form: EndpointForm) -> Target:
    return drafts.target_for_list(ports(), current_actor(), form.draft(keep_key=True), _stored_id())


@probes.post("/endpoints/draft/models")
@needs(Role.EDITOR)
def find_models() -> Response:
    """Ask the server what it serves."""
    form = EndpointForm(ports().facts)
    try:
        target = _list_target(form)
        service.count_search(ports(), current_actor())
        with context().runner.place(target.address.host):
            found = discovery.find(ports(), target, added=discovery.local(ports()))
    except Invalid as error:
        return _refused(form, error)
    if not htmx.wants_fragment():
        return form_page(form, _stored(), found=found)
    response = htmx.fragment("endpoints/_models.html", form=form, found=found, keep_models=False)
    # By name: the form around the list may have been renewed since somebody pressed the button.
    return htmx.retarget(response, "#models", "outerHTML")


@probes.post("/endpoints/draft/test")
@needs(Role.EDITOR)
def test_draft() -> Response:
    """Test what is in the form; nothing of it is stored."""
    form = EndpointForm(ports().facts)
    draft = form.draft(keep_key=True)
    try:
        target = drafts.target_of(ports(), current_actor(), draft, _stored_id())
    except Invalid as error:
        return _refused(form, error)
    started = service.start_draft(ports(), current_actor(), target, wanted_depth(), draft.family)
    _run([started])
    return _watch(started.probe_id)


@probes.post("/endpoints/<endpoint_id>/test")
@needs(Role.EDITOR)
def test(endpoint_id: str) -> Response:
    """Test a stored endpoint; the result is kept. One that runs already is shown instead of a second one."""
    _run(service.start_saved(ports(), current_actor(), [endpoint_id], wanted_depth()))
    newest = query.latest(ports().store, endpoint_id)
    if htmx.wants_fragment() and request.form.get("row"):
        return row(endpoint_id)
    return _watch(newest.id if newest else "")


@probes.post("/endpoints/test-all")
@needs(Role.EDITOR)
def test_all() -> Response:
    """Test every enabled endpoint that the list's filter shows."""
    wanted, depth = wanted_filter(), wanted_depth()
    ids = endpoint_query.ids_of(ports().store, wanted, MOST_AT_ONCE)
    if ids:
        _run(service.start_saved(ports(), current_actor(), ids, depth))
    return list_page(wanted) if htmx.wants_fragment() else htmx.redirect(list_address(wanted))


@probes.get("/endpoints/<endpoint_id>/row")
@needs(Role.VIEWER)
def row(endpoint_id: str) -> Response:
    """One line of the list, which asks for itself again while its test runs."""
    found = endpoint_query.row_of(ports().store, endpoint_id)
    if found is None:
        raise NotFound("There is no such endpoint any more.")
    if found.running:
        context().runner.wake()
    return htmx.fragment("endpoints/_row.html", row=found, facts=ports().facts)


@probes.get("/probes/<probe_id>")
@needs(Role.VIEWER)
def show(probe_id: str) -> Response:
    """How far a test is; the panel asks for this every half second until it is done."""
    probe = mine(probe_id)
    if probe.running:
        context().runner.wake()
        if probe.endpoint_id is None:
            service.seen(ports(), probe.id, probe.seen_at)
    values: dict[str, Any] = {"probe": probe, "lines": lines(probe), "alone": _is_alone()}
    return _announced(htmx.page_or_fragment("probes/show.html", "probes/_panel.html", **values), probe)


@probes.post("/probes/<probe_id>/stop")
@needs(Role.EDITOR)
def stop(probe_id: str) -> Response:
    """Stop a running test, in whichever process it runs."""
    service.ask_stop(ports(), current_actor(), probe_id)
    context().runner.stop(probe_id)
    probe = mine(probe_id)
    if htmx.wants_fragment() and request.form.get("row") and probe.endpoint_id:
        return row(probe.endpoint_id)
    return _watch(probe_id)


def _watch(probe_id: str) -> Response:
    """The panel to htmx, else the test's own page, which asks again by itself."""
    if not htmx.wants_fragment():
        return make_response(redirect(url_for("probes.show", probe_id=probe_id), 303))
    probe = mine(probe_id)
    return _announced(htmx.fragment("probes/_panel.html", probe=probe, lines=lines(probe), alone=_is_alone()), probe)


def _is_alone() -> bool:
    """Whether the test stands on a page of its own, away from the form whose values it tests."""
    return not htmx.wants_fragment() or (htmx.current_path() or "").startswith("/probes/")


def _announced(response: Response, probe: ProbeRecord) -> Response:
    """Tell the endpoint's page when its test is over: other parts of it show the verdict, too."""
    if probe.running or probe.endpoint_id is None or not htmx.wants_fragment():
        return response
    return htmx.event(response, "app:tested")
