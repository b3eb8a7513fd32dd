"""Reads of what people say of an entry: a page of it, what moderators were asked to look at, and how much there is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session

from app.models.catalogue import CatalogueModel, Pairing
from app.models.discussion import Comment, CommentFlag
from app.models.store import Store
from app.queries.cursors import after, ordered
from app.queries.several import part, several

PAGE = 25
_OLDEST_FIRST = ((Comment.created_at, False), (Comment.id, False))
_COMMENT: tuple[Any, ...] = (
    Comment.id, Comment.version, Comment.pairing_id, Comment.person, Comment.person_name, Comment.text,
    Comment.created_at, Comment.updated_at, Comment.edited_at, Comment.removed_at, Comment.removed_by,
)  # fmt: skip
_ENTRY = (Pairing.host, Pairing.model_slug, Pairing.variant, CatalogueModel.name)
_FLAGS = (
    select(func.count()).select_from(CommentFlag).where(CommentFlag.comment_id == Comment.id).correlate(Comment)
).scalar_subquery()


@dataclass(frozen=True, slots=True)
class CommentRecord:
    """One comment as somebody sees it; of a removed one `text` is empty and `removed_at` is set.

    `flags` counts the people who asked a moderator to look, `flagged` says whether the reader did. `host`, `slug`,
    `variant` and `model` lead to its entry.
    """

    id: str
    version: int
    pairing_id: str
    person: str
    person_name: str
    text: str
    created_at: datetime
    updated_at: datetime
    edited_at: datetime | None
    removed_at: datetime | None
    removed_by: str
    flags: int
    flagged: bool
    host: str
    slug: str
    variant: str
    model: str


@dataclass(frozen=True, slots=True)
class Comments:
    """One page; `next` is the id to go on from, None at the end."""

    rows: tuple[CommentRecord, ...]
    next: str | None


def page_of(store: Store, pairing_id: str, reader: str = "", cursor: str | None = None, size: int = PAGE) -> Comments:
    """An entry's comments, oldest first, those after the comment `cursor`; `reader` is a person's key."""
    with store.read() as session:
        return page_in(session, pairing_id, reader, cursor, size)


def page_in(
    session: Session, pairing_id: str, reader: str = "", cursor: str | None = None, size: int = PAGE
) -> Comments:
    """The same within a read that is under way."""
    return _page(session, _comments(reader).where(Comment.pairing_id == pairing_id), cursor, size)


def flagged(store: Store, reader: str = "", cursor: str | None = None, size: int = PAGE) -> Comments:
    """Those that somebody asked a moderator to look at, oldest first."""
    asked = exists().where(CommentFlag.comment_id == Comment.id)
    with store.read() as session:
        return _page(session, _comments(reader).where(asked), cursor, size)


def comment(store: Store, comment_id: str, reader: str = "") -> CommentRecord | None:
    """One comment."""
    with store.read() as session:
        row = session.execute(_comments(reader).where(Comment.id == comment_id)).one_or_none()
        return CommentRecord(*row) if row else None


def count(store: Store, pairing_id: str) -> int:
    """How many comments an entry has, without the removed ones."""
    with store.read() as session:
        return several(session, {"comments": count_part(pairing_id)})["comments"][0].number


def count_part(pairing_id: str) -> Select[Any]:
    """The same as a part of a bigger read."""
    return part(number=func.count()).where(Comment.pairing_id == pairing_id, Comment.removed_at.is_(None))


def flagged_count(store: Store) -> int:
    """How many comments wait for a moderator."""
    with store.read() as session:
        return session.scalar(select(func.count(CommentFlag.comment_id.distinct()))) or 0


def _comments(reader: str) -> Select[Any]:
    own = exists().where(CommentFlag.comment_id == Comment.id, CommentFlag.person == reader)
    return (
        select(*_COMMENT, _FLAGS, own, *_ENTRY)
        .join(Pairing, Pairing.id == Comment.pairing_id)
        .join(CatalogueModel, CatalogueModel.slug == Pairing.model_slug)
    )


def _page(session: Session, wanted: Select[Any], cursor: str | None, size: int) -> Comments:
    if cursor is not None:
        row = session.execute(select(Comment.created_at, Comment.id).where(Comment.id == cursor)).one_or_none()
        if row is None:
            return Comments((), None)
        wanted = wanted.where(after(_OLDEST_FIRST, tuple(row)))
    found = [CommentRecord(*each) for each in session.execute(wanted.order_by(*ordered(_OLDEST_FIRST)).limit(size + 1))]
    return Comments(tuple(found[:size]), found[size - 1].id if len(found) > size else None)
