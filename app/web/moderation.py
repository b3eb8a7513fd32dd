"""What admins look after in the catalogue: proposals, comments that were flagged, reports that do not hold."""

from typing import Any

from flask import Blueprint, Response, request, url_for

from app.domain.errors import Conflict, Duplicate, Invalid, NotFound
from app.domain.roles import Role
from app.queries import comments as comments_query
from app.queries import moderation as query
from app.queries import proposals as proposals_query
from app.services import comments, proposals, reports
from app.web import htmx
from app.web.access import current_actor, needs
from app.web.catalogue_pages import entry_address
from app.web.context import ports
from app.web.hosts import hosts
from app.web.numbers import whole_number
from app.web.proposal_list import SAID, list_page
from app.web.proposal_pages import address
from app.web.saying import ASK, DECLINE, said, saying

moderation = Blueprint("moderation", __name__, url_prefix="/catalogue")


@moderation.get("/moderation")
@needs(Role.ADMIN)
def index() -> Response:
    """All that waits for a moderator."""
    return _page()


@moderation.get("/proposals/<proposal_id>/ask")
@needs(Role.ADMIN)
def ask_question(proposal_id: str) -> Response:
    """Where a moderator asks the author something."""
    return saying(ASK, _proposal(proposal_id))


@moderation.post("/proposals/<proposal_id>/ask")
@needs(Role.ADMIN)
def ask(proposal_id: str) -> Response:
    """Ask the author something before deciding."""
    return said(ASK, _proposal(proposal_id), proposals.ask)


@moderation.get("/proposals/<proposal_id>/decline")
@needs(Role.ADMIN)
def ask_reason(proposal_id: str) -> Response:
    """Where a moderator says why a proposal is turned down."""
    return saying(DECLINE, _proposal(proposal_id))


@moderation.post("/proposals/<proposal_id>/decline")
@needs(Role.ADMIN)
def decline(proposal_id: str) -> Response:
    """Turn a proposal down."""
    return said(DECLINE, _proposal(proposal_id), proposals.decline)


@moderation.post("/proposals/<proposal_id>/accept")
@needs(Role.ADMIN)
def accept(proposal_id: str) -> Response:
    """Take a proposal up as the moderator saw it; where that cannot be, the list says why."""
    seen = whole_number(request.form.get("version"), 0)
    try:
        proposals.accept(ports(), current_actor(), proposal_id[:64], seen)
    except Duplicate as error:
        return list_page(422, " ".join(_sentences(error)), error)
    except (Conflict, NotFound, Invalid) as error:
        return list_page(error.status, error.message)
    if not htmx.wants_fragment():
        return htmx.redirect(address(said="accepted"))
    return htmx.toast(list_page(), SAID["accepted"])


@moderation.post("/moderation/comments/<comment_id>/dismiss")
@needs(Role.ADMIN)
def dismiss(comment_id: str) -> Response:
    """Leave a flagged comment as it is."""
    comments.dismiss(ports(), current_actor(), comment_id[:64])
    return _done("The comment stays.")


@moderation.post("/moderation/comments/<comment_id>/remove")
@needs(Role.ADMIN)
def remove(comment_id: str) -> Response:
    """Take a flagged comment away."""
    comments.remove(ports(), current_actor(), comment_id[:64])
    return _done("The comment was removed.")


@moderation.post("/moderation/reports/<report_id>/refuse")
@needs(Role.ADMIN)
def refuse(report_id: str) -> Response:
    """Let a report count no more."""
    reports.withdraw(ports(), current_actor(), report_id[:64])
    return _done("The report counts no more.")


def _proposal(proposal_id: str) -> proposals_query.ProposalRecord:
    found = proposals_query.proposal(ports().store, proposal_id[:64])
    if found is None:
        raise NotFound(proposals.GONE)
    return found


def _sentences(error: Invalid) -> list[str]:
    return [sentence for sentences in error.fields.values() for sentence in sentences]


def _done(words: str) -> Response:
    if not htmx.wants_fragment():
        return htmx.redirect(url_for("moderation.index"))
    return htmx.toast(_page(), words)


def _page() -> Response:
    store = ports().store
    after = request.values.get("after", "")[:64] or None
    found = query.latest_reports(store, after)
    flagged = comments_query.flagged(store, current_actor().key, request.values.get("flagged", "")[:64] or None)
    values: dict[str, Any] = {
        "waiting": proposals_query.open_count(store),
        "flagged": flagged.rows,
        "next_flagged": url_for("moderation.index", flagged=flagged.next) if flagged.next else "",
        "flagged_number": comments_query.flagged_count(store),
        "reports": found.rows,
        "next": url_for("moderation.index", after=found.next) if found.next else "",
        "hosts": hosts(),
        "features": ports().facts.features,
        "entry_address": entry_address,
    }
    return htmx.page_or_fragment("catalogue/moderation.html", "catalogue/_moderation.html", **values)
