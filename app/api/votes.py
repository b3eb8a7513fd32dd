"""Votes for entries of the catalogue: one of a kind for each person, whichever of their tokens they use."""

from flask import Blueprint

from app.api.access import current_actor
from app.api.bodies.votes import VoteAsked, VoteFields, VoteNamed, VotesAnswer, VotesAsked
from app.api.catalogue import load
from app.api.context import ports
from app.api.operations import operation
from app.domain.roles import Role
from app.queries import catalogue_reports as query
from app.services import votes as service

votes = Blueprint("votes", __name__)


@votes.get("/votes")
@operation(Role.VIEWER, VotesAnswer, query=VotesAsked, problems=(404,))
def index(asked: VotesAsked) -> VotesAnswer:
    """Read the votes for the entry that is asked for."""
    return _told(load(asked.entry).id)


@votes.post("/votes")
@operation(Role.VIEWER, VotesAnswer, body=VoteFields, problems=(404,))
def cast(body: VoteFields) -> VotesAnswer:
    """Vote; doing it again changes nothing."""
    service.vote(ports(), current_actor(), body.entry_id, body.kind, True)
    return _told(body.entry_id)


@votes.delete("/votes")
@operation(Role.VIEWER, VotesAnswer, body=VoteNamed, body_optional=True, query=VoteAsked, problems=(404,))
def take_back(body: VoteNamed, asked: VoteAsked) -> VotesAnswer:
    """Take a vote back; one that was never cast is no mistake."""
    entry_id, kind = asked.or_in(body)
    service.vote(ports(), current_actor(), entry_id, kind, False)
    return _told(entry_id)


def _told(entry_id: str) -> VotesAnswer:
    found = query.votes(ports().store, entry_id, current_actor().person)
    return VotesAnswer.of(entry_id, found.counts, found.own)
