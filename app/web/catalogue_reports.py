"""Reporting to the catalogue: begun from a test or an entry, looked at as it would be given away, then sent."""

import json
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request, url_for

from app.domain.errors import Invalid, NotFound
from app.domain.ratings import Answer
from app.domain.reports import AIR_GAPPED, VERSIONS, ReportDraft
from app.domain.roles import Role
from app.queries import catalogue as query
from app.queries import catalogue_around as around
from app.queries import probes
from app.services import reports as service
from app.web import htmx
from app.web.access import current_actor, needs
from app.web.catalogue_pages import entry_address
from app.web.context import ports
from app.web.forms.reports import CHOICES, PREFIX, ReportForm, filled_from
from app.web.hosts import hosts

catalogue_reports = Blueprint("catalogue_reports", __name__, url_prefix="/catalogue")


@catalogue_reports.get("/report")
@needs(Role.EDITOR)
def form() -> Response:
    """The form: filled in from an endpoint's last test, from an entry, or empty."""
    facts = ports().facts
    endpoint, entry_id = request.args.get("endpoint", "")[:64], request.args.get("entry", "")[:64]
    if endpoint:
        return _form(filled_from(facts, service.prefill(ports(), endpoint).draft, endpoint))
    found = query.entries(ports().store, [entry_id]) if entry_id else ()
    if entry_id and not found:
        raise NotFound("There is no such entry in the catalogue.")
    draft = ReportDraft("", "vllm", "other")
    if found:
        draft = ReportDraft(found[0].name, found[0].host, found[0].family, variant=found[0].variant)
    return _form(filled_from(facts, draft))


@catalogue_reports.post("/report/form")
@needs(Role.EDITOR)
def form_again() -> Response:
    """The form with what was typed, for who saw the preview and wants to change something."""
    return _form(ReportForm(ports().facts))


@catalogue_reports.post("/report/preview")
@needs(Role.EDITOR)
def preview() -> Response:
    """The very report that would be stored and given away; nothing is stored yet."""
    sent = ReportForm(ports().facts)
    try:
        told = service.preview(ports(), sent.draft())
    except Invalid as error:
        sent.take(error.fields)
        return _form(sent, 422)
    return _page("catalogue/preview.html", 200, form=sent, told=told, as_json=_as_json(told), **_words())


@catalogue_reports.post("/report")
@needs(Role.EDITOR)
def send() -> Response:
    """Store the report that was looked at."""
    sent = ReportForm(ports().facts)
    try:
        entry_id = service.report(ports(), current_actor(), sent.draft())
    except Invalid as error:
        sent.take(error.fields)
        return _form(sent, 422)
    entry = query.entries(ports().store, [entry_id])[0]
    return htmx.redirect(entry_address(entry.host, entry.slug, entry.variant, said="reported"))


@catalogue_reports.post("/reports/<report_id>/withdraw")
@needs(Role.EDITOR)
def withdraw(report_id: str) -> Response:
    """Take a report back that one made oneself; an admin, any of this installation."""
    pairing_id = around.entry_of_report(ports().store, report_id)
    service.withdraw(ports(), current_actor(), report_id)
    entry = query.entries(ports().store, [pairing_id])[0]
    return htmx.redirect(entry_address(entry.host, entry.slug, entry.variant, said="withdrawn"))


def _form(sent: ReportForm, status: int = 200) -> Response:
    facts, store = ports().facts, ports().store
    probe = probes.probe(store, sent.probe_id.data[:64]) if sent.probe_id.data else None
    return _page(
        "catalogue/report.html",
        status,
        form=sent,
        sections=facts.by_section(),
        models=around.model_names(store),
        choices=CHOICES,
        prefix=PREFIX,
        versions=VERSIONS,
        probe=probe,
    )


def _words() -> dict[str, Any]:
    facts = ports().facts
    return {
        "facts": facts,
        "hosts": hosts(),
        "labels": {answer.value: answer.label for answer in Answer},
        "versions": {**VERSIONS, AIR_GAPPED: "No way to the internet"},
    }


def _as_json(told: dict[str, Any]) -> str:
    return json.dumps(told, ensure_ascii=False, indent=2)


def _page(template: str, status: int, **values: Any) -> Response:
    return make_response(
        render_template(template, **values, form_again=url_for("catalogue_reports.form_again")), status
    )
