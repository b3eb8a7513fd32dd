"""Comments on entries: written and put right by their authors, removed and looked after by admins."""

import math
from datetime import timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from app.domain import comments as rules
from app.domain.errors import Busy, Conflict, NotFound, RoleMissing
from app.domain.roles import Actor, Role
from app.lib import tokens
from app.models.catalogue import CatalogueModel, Pairing
from app.models.discussion import Comment, CommentFlag
from app.queries import comments as queries
from app.services import audit
from app.services.ports import Ports

GONE = "There is no such comment any more."
STALE = "This comment was changed while you were editing it."
MINUTE = timedelta(minutes=1)


def add(ports: Ports, actor: Actor, pairing_id: str, text: str) -> str:
    """Store a comment on an entry and give its id. Raises NotFound, Invalid, and Busy over a person's limit."""
    found = rules.check(text)
    with ports.store.write() as session:
        if session.get(Pairing, pairing_id) is None:
            raise NotFound("There is no such entry.")
        _within_limit(ports, session, actor)
        now = ports.clock()
        row = Comment(
            id=tokens.new_id(), pairing_id=pairing_id, person=actor.person, person_name=actor.name, text=found,
            created_at=now, updated_at=now,
        )  # fmt: skip
        session.add(row)
        _record(ports, session, actor, "create", row)
        return row.id


def edit(ports: Ports, actor: Actor, comment_id: str, version: int | None, text: str) -> None:
    """Put one's own comment right; `version` is the one that was seen, None for whatever is stored.

    Raises NotFound, Invalid, Conflict with the comment as it is.
    """
    found = rules.check(text)
    try:
        with ports.store.write() as session:
            row = _standing(session, comment_id)
            if row.person != actor.person:
                raise NotFound(GONE)
            _at_version(row, version)
            if row.text != found:
                row.text, row.edited_at = found, ports.clock()
                _record(ports, session, actor, "update", row)
    except StaleDataError as error:
        raise Conflict(STALE, queries.comment(ports.store, comment_id, actor.person)) from error


def remove(ports: Ports, actor: Actor, comment_id: str, version: int | None = None) -> None:
    """Take a comment's text away, by its author or an admin; its place stays. Raises NotFound, Conflict."""
    try:
        with ports.store.write() as session:
            row = _standing(session, comment_id)
            if row.person != actor.person and actor.role is not Role.ADMIN:
                raise NotFound(GONE)
            _at_version(row, version)
            row.text, row.removed_at, row.removed_by = "", ports.clock(), actor.name
            session.execute(delete(CommentFlag).where(CommentFlag.comment_id == row.id))
            _record(ports, session, actor, "delete", row)
    except StaleDataError as error:
        raise Conflict(STALE, queries.comment(ports.store, comment_id, actor.person)) from error


def flag(ports: Ports, actor: Actor, comment_id: str, wanted: bool) -> None:
    """Ask a moderator to look at a comment, once for each person, or take that back. Raises NotFound."""
    with ports.store.write() as session:
        row = _standing(session, comment_id)
        if wanted:
            insert = sqlite.insert if ports.store.is_sqlite else postgresql.insert
            values = {"comment_id": row.id, "person": actor.person, "at": ports.clock()}
            done = session.execute(
                insert(CommentFlag).values(values).on_conflict_do_nothing().returning(CommentFlag.comment_id)
            )
        else:
            own = delete(CommentFlag).where(CommentFlag.comment_id == row.id, CommentFlag.person == actor.person)
            done = session.execute(own.returning(CommentFlag.comment_id))
        if done.first() is not None:
            _record(ports, session, actor, "flag" if wanted else "unflag", row)


def dismiss(ports: Ports, actor: Actor, comment_id: str) -> None:
    """Leave a comment as it is and let it wait no longer: an admin has looked. Raises RoleMissing, NotFound."""
    if actor.role is not Role.ADMIN:
        raise RoleMissing("Only admins moderate.")
    with ports.store.write() as session:
        row = _standing(session, comment_id)
        session.execute(delete(CommentFlag).where(CommentFlag.comment_id == row.id))
        _record(ports, session, actor, "dismiss", row)


def _standing(session: Session, comment_id: str) -> Comment:
    row = session.get(Comment, comment_id, with_for_update=True)
    if row is None or row.removed_at is not None:
        raise NotFound(GONE)
    return row


def _at_version(row: Comment, version: int | None) -> None:
    if version is not None and row.version != version:
        raise StaleDataError(f"the comment {row.id} is not at version {version}")


def _within_limit(ports: Ports, session: Session, actor: Actor) -> None:
    now = ports.clock()
    mine = select(func.count(), func.min(Comment.created_at)).where(
        Comment.person == actor.person, Comment.created_at > now - MINUTE
    )
    number, oldest = session.execute(mine).one()
    if number >= rules.PER_MINUTE:
        wait = math.ceil((oldest + MINUTE - now).total_seconds())
        raise Busy(f"More than {rules.PER_MINUTE} comments a minute are not taken. Wait a moment.", max(1, wait))


def _record(ports: Ports, session: Session, actor: Actor, verb: str, row: Comment) -> None:
    """The audit says who did what to which comment; its text stays out, so that what is removed is gone."""
    asked = select(CatalogueModel.name).join(Pairing).where(Pairing.id == row.pairing_id)
    name = session.scalar(asked) or ""
    audit.record(ports, session, actor, f"comment:{verb}", ("comment", row.id, name))
