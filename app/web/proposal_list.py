"""The list of proposals: one's own, or as a moderator sees them."""

from flask import Response, request

from app.domain.errors import Duplicate
from app.domain.proposals import State
from app.domain.roles import Role
from app.queries import proposals as query
from app.web import htmx
from app.web.access import current_actor, may
from app.web.catalogue_pages import entry_address
from app.web.context import ports
from app.web.proposal_pages import address, shown

MINE = "mine"
TABS = {
    State.OPEN.value: "To decide", State.ASKED.value: "Asked", State.ACCEPTED.value: "Accepted",
    State.DECLINED.value: "Declined", MINE: "My own",
}  # fmt: skip
SAID = {
    "proposed": "Your proposal waits for a moderator.",
    "answered": "Your answer is stored; the proposal waits again.",
    "asked": "The question waits for the author.",
    "declined": "The proposal was declined; its author reads why.",
    "accepted": "The catalogue has it now.",
}


def list_page(status: int = 200, problem: str = "", known: Duplicate | None = None, said: str = "") -> Response:
    """The proposals that the address asks for. `problem` says why the last act did nothing, `known` what is there."""
    actor, store = current_actor(), ports().store
    moderates = may(Role.ADMIN)
    show = request.values.get("show", "")
    show = show if moderates and show in TABS else State.OPEN.value if moderates else MINE
    after = request.values.get("after", "")[:64] or None
    found = query.mine(store, actor.key, after) if show == MINE else query.queue(store, State(show), after)
    rows = shown(found.rows)
    waiting = query.open_count(store) if moderates else 0
    return htmx.page_or_fragment(
        "catalogue/proposals.html",
        "catalogue/_proposals.html",
        status,
        rows=rows,
        show=show,
        own=show == MINE,
        news=show == MINE and any(each.is_news for each in rows),
        tabs=[
            (words, address(each), each == show, waiting if each == State.OPEN else None)
            for each, words in TABS.items()
        ]
        if moderates
        else [],
        next=f"{address(show)}&after={found.next}" if found.next else "",
        problem=problem,
        known=entry_address(known.host, known.slug, known.variant) if known and known.slug else "",
        said=said or SAID.get(request.args.get("said", ""), ""),
    )
