"""Pages of the catalogue: find an entry, read it, vote for it, compare several."""

from flask import Blueprint, Response, render_template, request, url_for

from app.domain.errors import NotFound
from app.domain.notices import notice
from app.domain.roles import Role
from app.domain.tiers import Tier
from app.queries import catalogue as query
from app.queries import catalogue_around as around
from app.queries import catalogue_pages as pages
from app.queries import catalogue_reports as behind
from app.queries.catalogue import Entry
from app.services import votes
from app.web import catalogue_discussion as discussion
from app.web import htmx
from app.web.access import current_actor, needs
from app.web.catalogue_compare import comparison
from app.web.catalogue_find import MOST_COMPARED, Finder, address
from app.web.catalogue_list import list_page
from app.web.catalogue_pages import (
    OUTCOMES,
    about,
    entry_address,
    fit_words,
    gpus_words,
    identifier,
    level_tiles,
    told,
    use_address,
)
from app.web.context import ports
from app.web.hosts import labels
from app.web.navigation import counted

catalogue = Blueprint("catalogue", __name__, url_prefix="/catalogue")
FIRST_REPORTS, MOST_REPORTS = 5, 200
# What an entry's page says after something was done, by the word in its address.
COUNTED = "Your report is stored and counts. An endpoint's tier follows once this model is chosen at the endpoint."
SAID = {"reported": COUNTED, "withdrawn": "Your report was taken back."}


@catalogue.get("")
@needs(Role.VIEWER)
def index() -> Response:
    """The finder; its whole state is in the address."""
    return list_page()


@catalogue.get("/<host>/<model_slug>")
@needs(Role.VIEWER)
def show(host: str, model_slug: str) -> str:
    """One entry: what is promised, how well it works, on what, and who says so."""
    facts = ports().facts
    at = (host[:64], model_slug[:120], request.args.get("variant", "")[:48])
    most = MOST_REPORTS if request.args.get("reports") == "all" else FIRST_REPORTS
    page = pages.shown(ports().store, facts, at, current_actor().key, most, discussion.PAGE)
    if page is None:
        raise NotFound("There is no such entry in the catalogue.")
    counted(page.endpoints)
    entry = page.entry
    return render_template(
        "catalogue/show.html",
        entry=entry,
        facts=facts,
        host=page.hosts.get(entry.host, entry.host),
        hosts=page.hosts,
        said=SAID.get(request.args.get("said", "")),
        tiles=level_tiles(entry, facts.models.get(entry.name)),
        notice=notice(Tier(entry.tier)),
        lines=about(entry),
        identifier=identifier(facts, entry),
        stated=page.stated,
        fit=fit_words(entry, ()),
        gpus_words=gpus_words,
        others=page.others,
        replacement=page.replacement,
        runners=page.runners,
        reports=told(facts, page.reports),
        outcomes=OUTCOMES,
        kinds=votes.KINDS,
        cast=page.votes.own,
        counts=page.votes.counts,
        use=use_address(facts, entry),
        entry_address=entry_address,
        most=most,
        talk=discussion.talk(page.comments, page.comment_count),
    )


@catalogue.post("/entries/<entry_id>/votes/<any(want, works):kind>")
@needs(Role.VIEWER)
def vote(entry_id: str, kind: str) -> Response:
    """Cast a vote, or take it back; `cast` says which."""
    wanted = request.form.get("cast") == "y"
    in_all = votes.vote(ports(), current_actor(), entry_id, kind, wanted)
    entry = query.entries(ports().store, [entry_id])[0]
    if not htmx.wants_fragment():
        return htmx.redirect(_back(entry))
    in_row = request.form.get("in_row") == "y"
    number = in_all if in_row else behind.votes(ports().store, entry_id).counts.get(kind, 0)
    return htmx.fragment(
        "catalogue/_vote.html", entry=entry, kind=kind, voted=wanted, number=number, in_row=in_row, back=""
    )


def _back(entry: Entry) -> str:
    """Where the button was: the list as it stood, or the entry's page."""
    back = request.form.get("back", "")[:2000]
    is_list = back == "/catalogue" or back.startswith("/catalogue?")
    return back if is_list else entry_address(entry.host, entry.slug, entry.variant)


@catalogue.get("/compare")
@needs(Role.VIEWER)
def compare() -> str:
    """Up to four entries side by side, with what differs marked."""
    facts, store = ports().facts, ports().store
    asked = list(dict.fromkeys(each[:64] for each in request.args.getlist("id") if each))
    entries = query.entries(store, asked[:MOST_COMPARED])
    stated = around.stated(store, {each.slug for each in entries})
    return render_template(
        "catalogue/compare.html",
        entries=entries,
        rows=comparison(facts, entries, stated),
        hosts=labels(each.host for each in entries),
        left_out=max(0, len(asked) - MOST_COMPARED),
        most=MOST_COMPARED,
        back=address(Finder(ids=tuple(each.id for each in entries))),
        without=lambda one: url_for("catalogue.compare", id=[each.id for each in entries if each.id != one.id]),
        entry_address=entry_address,
    )
