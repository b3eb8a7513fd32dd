"""What the first page says of the catalogue: what waits for a moderator, and what became of one's own proposals."""

from collections.abc import Iterator

from flask import url_for

from app.domain.roles import Actor, Role
from app.queries.moderation import waiting
from app.web.context import ports
from app.web.overview_pages import Attention
from app.web.proposal_pages import address


def attention(actor: Actor) -> Iterator[Attention]:
    """What needs somebody, in one statement; what waits for a moderator is said to those alone."""
    seen = waiting(ports().store, actor.key)
    if actor.role.covers(Role.ADMIN):
        if number := seen.proposals:
            title = f"{number} {'proposal waits' if number == 1 else 'proposals wait'} for a decision"
            text = "Accept, ask, or decline with a reason."
            yield Attention("warned", title, text, "See the proposals", address(), Role.ADMIN)
        if number := seen.flagged:
            title = f"{number} {'comment was' if number == 1 else 'comments were'} flagged"
            text = "Somebody asks a moderator to look."
            yield Attention("warned", title, text, "Look", url_for("moderation.index"), Role.ADMIN)
    if number := seen.own_news:
        title = f"{number} of your proposals {'has' if number == 1 else 'have'} news"
        yield Attention("warned", title, "", "See your proposals", address("mine"), Role.VIEWER)
