"""API tokens: list, one, make, revoke."""

from flask import Blueprint, url_for

from app.api import cursors
from app.api.access import current_actor
from app.api.bodies.common import ListOf, Paged
from app.api.bodies.tokens import CreatedToken, NewToken, TokenAnswer
from app.api.context import ports
from app.api.operations import IfMatch, Located, operation
from app.domain.errors import NotFound
from app.domain.roles import Role
from app.queries import api_tokens as query
from app.queries.api_tokens import TokenRecord
from app.services import api_tokens as service

tokens = Blueprint("tokens", __name__)
KIND = "tokens"


def _load(token_id: str) -> TokenRecord:
    record = query.token(ports().store, token_id)
    if record is None:
        raise NotFound("There is no such token.")
    return record


@tokens.get("/tokens")
@operation(Role.ADMIN, ListOf[TokenAnswer], query=Paged)
def index(asked: Paged) -> ListOf[TokenAnswer]:
    """List tokens, the newest first; those that have ended stay."""
    last = cursors.moment(cursors.read(KIND, asked.cursor)) if asked.cursor else None
    found = query.newest(ports().store, asked.limit + 1, last)
    shown, following = cursors.cut(found, asked.limit, _place)
    return ListOf[TokenAnswer](items=[TokenAnswer.of(record) for record in shown], next=following)


def _place(record: TokenRecord) -> str:
    return cursors.write(KIND, record.created_at.isoformat(), record.id)


@tokens.post("/tokens")
@operation(Role.ADMIN, CreatedToken, 201, body=NewToken, located=True)
def create(body: NewToken) -> Located:
    """Make a token; its text is in this answer and never again."""
    made = service.create(ports(), current_actor(), body.draft())
    place = url_for("tokens.show", token_id=made.id)
    return Located(CreatedToken.with_text(_load(made.id), made.text), place)


@tokens.get("/tokens/<token_id>")
@operation(Role.ADMIN, TokenAnswer)
def show(token_id: str) -> TokenAnswer:
    """Read one token."""
    return TokenAnswer.of(_load(token_id))


@tokens.delete("/tokens/<token_id>")
@operation(Role.ADMIN, if_match=IfMatch.REQUIRED)
def revoke(token_id: str, version: int | None) -> None:
    """Revoke a token, which ends it at once; its row stays."""
    service.revoke(ports(), current_actor(), token_id, version)
