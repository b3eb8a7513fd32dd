"""Proposals for the catalogue: made here, and what became of one's own; an admin sees those of everybody."""

from typing import Any

from flask import Blueprint, Response, make_response, render_template, request, url_for

from app.domain.errors import Duplicate, Invalid, NotFound
from app.domain.proposals import FIELDS, Kind
from app.domain.ratings import Answer
from app.domain.roles import Role
from app.queries import catalogue
from app.queries import proposals as query
from app.queries.catalogue import Entry
from app.services import proposals as service
from app.web import htmx
from app.web.access import current_actor, needs
from app.web.catalogue_pages import entry_address
from app.web.context import ports
from app.web.forms.proposals import SEEN, ProposalForm
from app.web.forms.reports import PREFIX
from app.web.hosts import hosts
from app.web.proposal_list import list_page
from app.web.proposal_pages import address
from app.web.saying import ANSWER, said, saying

proposals = Blueprint("proposals", __name__, url_prefix="/catalogue")
# The form's parts: heading, and its first field; the rest goes on until the next one.
PARTS = {"model": "The model", "platform": "The platform", "family": "The model", "host_version": "How it runs"}
TITLES = {
    Kind.MODEL: "Propose a model",
    Kind.PLATFORM: "Propose a platform",
    Kind.CORRECTION: "Correct this",
}


@proposals.get("/propose")
@needs(Role.EDITOR)
def form() -> Response:
    """The form of a model, a platform, or the correction of an entry with what it states by now."""
    kind, entry = _kind(request.args.get("kind", "")), _entry(request.args.get("entry", ""))
    if kind is Kind.CORRECTION and entry is None:
        raise NotFound("There is no such entry in the catalogue.")
    values: dict[str, Any] = {name: request.args.get(name, "")[:120] for name in ("model", "platform", "host")}
    values["family"] = request.args.get("family", "other")
    if entry and kind is Kind.CORRECTION:
        values = dict(query.stated_of(ports().store, entry.id) or {})
    return _form(ProposalForm(kind, ports().facts, hosts(), values), entry)


@proposals.post("/propose")
@needs(Role.EDITOR)
def propose() -> Response:
    """Store a proposal; what is there already is said with a link to it."""
    kind, entry = _kind(request.form.get("kind", "")), _entry(request.form.get("entry", ""))
    sent = ProposalForm(kind, ports().facts, hosts(), {})
    try:
        service.propose(ports(), current_actor(), sent.draft(entry.id if entry else ""))
    except Invalid as error:
        sent.take(error)
        return _form(sent, entry, 422)
    return htmx.redirect(address("mine", "proposed"))


@proposals.get("/proposals")
@needs(Role.VIEWER)
def index() -> Response:
    """One's own proposals; for admins those that wait first."""
    return list_page()


@proposals.post("/proposals/seen")
@needs(Role.VIEWER)
def seen() -> Response:
    """Note that the person has seen what became of their proposals; the page that shows it sends this."""
    service.mark_seen(ports(), current_actor())
    return Response(status=204) if htmx.wants_fragment() else htmx.redirect(address("mine"))


@proposals.get("/proposals/<proposal_id>/answer")
@needs(Role.EDITOR)
def ask_answer(proposal_id: str) -> Response:
    """Where the author answers what a moderator asked."""
    return saying(ANSWER, _own(proposal_id))


@proposals.post("/proposals/<proposal_id>/answer")
@needs(Role.EDITOR)
def answer(proposal_id: str) -> Response:
    """Answer; the proposal waits for a moderator again."""
    return said(ANSWER, _own(proposal_id), service.answer, "mine")


def _own(proposal_id: str) -> query.ProposalRecord:
    found = query.proposal(ports().store, proposal_id[:64])
    if found is None or found.person != current_actor().key:
        raise NotFound(service.GONE)
    return found


def _kind(name: str) -> Kind:
    return Kind(name) if name in set(Kind) else Kind.MODEL


def _entry(entry_id: str) -> Entry | None:
    found = catalogue.entries(ports().store, [entry_id[:64]]) if entry_id else ()
    return found[0] if found else None


def _form(sent: ProposalForm, entry: Entry | None, status: int = 200) -> Response:
    facts = ports().facts
    labels = {answer.value: answer.label for answer in Answer}
    page = render_template(
        "catalogue/propose.html",
        title=TITLES[sent.kind],
        form=sent,
        kind=sent.kind.value,
        kinds=[
            (TITLES[each], url_for("proposals.form", kind=each.value), each is sent.kind, None)
            for each in (Kind.MODEL, Kind.PLATFORM)
        ],
        asked=FIELDS[sent.kind],
        parts=PARTS,
        entry=entry,
        host=hosts().get(entry.host, entry.host) if entry else "",
        back=entry_address(entry.host, entry.slug, entry.variant) if entry else url_for("catalogue.index"),
        known=_known(sent.duplicate),
        seen_prefix=SEEN,
        prefix=PREFIX,
        choices=[("", "Not tried"), *labels.items()],
        sections=facts.by_section(),
    )
    return make_response(page, status)


def _known(duplicate: Duplicate | None) -> tuple[str, str]:
    """Words and address that lead to what there is already; empty where it is somebody's proposal or nothing."""
    if duplicate is None or not duplicate.host:
        return "", ""
    if duplicate.slug:
        return "See the entry", entry_address(duplicate.host, duplicate.slug, duplicate.variant)
    return "See its entries", url_for("catalogue.index", host=duplicate.host)
