"""Proposals for the catalogue: list, one, propose, decide, answer."""

from flask import Blueprint, url_for

from app.api import cursors
from app.api.access import current_actor
from app.api.bodies.common import ListOf
from app.api.bodies.proposals import (
    Decision,
    NewProposal,
    ProposalAnswer,
    ProposalDetail,
    ProposalsAsked,
    ProposalWords,
)
from app.api.context import ports
from app.api.operations import IfMatch, Located, operation
from app.domain.errors import NotFound
from app.domain.proposals import State
from app.domain.roles import Role
from app.queries import proposals as query
from app.services import proposals as service

proposals = Blueprint("proposals", __name__)


def _told(proposal_id: str) -> ProposalDetail:
    """A proposal for its author and for admins; NotFound for others."""
    reader = current_actor()
    record = query.proposal(ports().store, proposal_id)
    if record is None or not (record.person == reader.person or reader.role is Role.ADMIN):
        raise NotFound(service.GONE)
    return ProposalDetail.with_changes(record, reader.person, query.changes(ports().store, record))


@proposals.get("/proposals")
@operation(Role.VIEWER, ListOf[ProposalAnswer], query=ProposalsAsked)
def index(asked: ProposalsAsked) -> ListOf[ProposalAnswer]:
    """List proposals: the queue for admins, one's own for others."""
    reader, store = current_actor(), ports().store
    mine = asked.mine or reader.role is not Role.ADMIN
    kind = "proposals mine" if mine else f"proposals {asked.state}"
    last = str(cursors.read(kind, asked.cursor)[0]) if asked.cursor else None
    if mine:
        page = query.mine(store, reader.person, last, asked.limit)
    else:
        page = query.queue(store, State(asked.state), last, asked.limit)
    following = cursors.write(kind, page.next) if page.next else None
    return ListOf[ProposalAnswer](items=[ProposalAnswer.of(row, reader.person) for row in page.rows], next=following)


@proposals.post("/proposals")
@operation(Role.VIEWER, ProposalDetail, 201, body=NewProposal, located=True, problems=(404,))
def create(body: NewProposal) -> Located:
    """Propose a model, a platform, or a correction of an entry."""
    proposal_id = service.propose(ports(), current_actor(), body.draft())
    return Located(_told(proposal_id), url_for("proposals.show", proposal_id=proposal_id))


@proposals.get("/proposals/<proposal_id>")
@operation(Role.VIEWER, ProposalDetail)
def show(proposal_id: str) -> ProposalDetail:
    """Read one proposal, as its author or an admin."""
    return _told(proposal_id)


@proposals.post("/proposals/<proposal_id>/decision")
@operation(Role.ADMIN, ProposalDetail, body=Decision, if_match=IfMatch.REQUIRED)
def decide(proposal_id: str, body: Decision, version: int | None) -> ProposalDetail:
    """Accept a proposal, decline it, or ask its author something."""
    if body.decision == "accept":
        service.accept(ports(), current_actor(), proposal_id, version)
    else:
        act = service.decline if body.decision == "decline" else service.ask
        act(ports(), current_actor(), proposal_id, version, body.words)
    return _told(proposal_id)


@proposals.post("/proposals/<proposal_id>/answer")
@operation(Role.VIEWER, ProposalDetail, body=ProposalWords, if_match=IfMatch.REQUIRED)
def answer(proposal_id: str, body: ProposalWords, version: int | None) -> ProposalDetail:
    """Answer what was asked of one's own proposal."""
    service.answer(ports(), current_actor(), proposal_id, version, body.answer)
    return _told(proposal_id)
