"""What people say of entries of the catalogue: list, one, say, put right, remove."""

from flask import Blueprint, url_for

from app.api import cursors
from app.api.access import current_actor
from app.api.bodies.comments import CommentAnswer, CommentsAsked, CommentText, NewComment
from app.api.bodies.common import ListOf
from app.api.catalogue import load
from app.api.context import ports
from app.api.operations import IfMatch, Located, operation
from app.domain.errors import NotFound
from app.domain.roles import Role
from app.queries import comments as query
from app.services import comments as service

comments = Blueprint("comments", __name__)


def _told(comment_id: str) -> CommentAnswer:
    reader = current_actor().person
    record = query.comment(ports().store, comment_id, reader)
    if record is None:
        raise NotFound(service.GONE)
    return CommentAnswer.of(record, reader)


@comments.get("/comments")
@operation(Role.VIEWER, ListOf[CommentAnswer], query=CommentsAsked, problems=(404,))
def index(asked: CommentsAsked) -> ListOf[CommentAnswer]:
    """List the comments on an entry, the oldest first."""
    entry_id, reader = load(asked.entry).id, current_actor().person
    kind = f"comments {entry_id}"
    last = str(cursors.read(kind, asked.cursor)[0]) if asked.cursor else None
    page = query.page_of(ports().store, entry_id, reader, last, asked.limit)
    following = cursors.write(kind, page.next) if page.next else None
    return ListOf[CommentAnswer](items=[CommentAnswer.of(row, reader) for row in page.rows], next=following)


@comments.post("/comments")
@operation(Role.VIEWER, CommentAnswer, 201, body=NewComment, located=True, problems=(404, 429))
def create(body: NewComment) -> Located:
    """Say something of an entry."""
    comment_id = service.add(ports(), current_actor(), body.entry_id, body.text)
    return Located(_told(comment_id), url_for("comments.show", comment_id=comment_id))


@comments.get("/comments/<comment_id>")
@operation(Role.VIEWER, CommentAnswer)
def show(comment_id: str) -> CommentAnswer:
    """Read one comment."""
    return _told(comment_id)


@comments.patch("/comments/<comment_id>")
@operation(Role.VIEWER, CommentAnswer, body=CommentText, if_match=IfMatch.REQUIRED)
def edit(comment_id: str, body: CommentText, version: int | None) -> CommentAnswer:
    """Put one's own comment right."""
    service.edit(ports(), current_actor(), comment_id, version, body.text)
    return _told(comment_id)


@comments.delete("/comments/<comment_id>")
@operation(Role.VIEWER, if_match=IfMatch.REQUIRED)
def remove(comment_id: str, version: int | None) -> None:
    """Take away the text of one's own comment; an admin, of any. Its place stays."""
    service.remove(ports(), current_actor(), comment_id, version)
