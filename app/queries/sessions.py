"""Sessions as pages see them; the row of every request is read with the few columns it needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from app.domain.roles import Actor, Role
from app.domain.sessions import SessionLimits
from app.models.sign_in import SignInSession as Row
from app.models.store import Store


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """A session that has not ended; `actor` is None for an anonymous visitor."""

    id: str
    actor: Actor | None
    data: Mapping[str, Any]
    created_at: datetime
    last_seen_at: datetime


@dataclass(frozen=True, slots=True)
class SessionDetails:
    """What the person may read about their own session."""

    claims: Mapping[str, Any]
    created_at: datetime
    last_seen_at: datetime
    auth_time: datetime | None
    address: str
    user_agent: str


_EVERY_REQUEST = (Row.id, Row.issuer, Row.subject, Row.name, Row.role, Row.groups, Row.data)
_TIMES = (Row.created_at, Row.last_seen_at)


def live_session(store: Store, session_id: str, limits: SessionLimits, now: datetime) -> SessionRecord | None:
    """The session of that id unless it has ended; one statement."""
    with store.read() as session:
        row = session.execute(select(*_EVERY_REQUEST, *_TIMES).where(Row.id == session_id)).one_or_none()
    if row is None or limits.over(row.created_at, row.last_seen_at, now):
        return None
    actor = None
    if row.role:
        actor = Actor(row.issuer, row.subject, row.name, Role(row.role), tuple(row.groups), row.id)
    return SessionRecord(row.id, actor, row.data, row.created_at, row.last_seen_at)


def session_details(store: Store, session_id: str) -> SessionDetails | None:
    """The rest of one session, for the page about it."""
    columns = (Row.claims, *_TIMES, Row.auth_time, Row.address, Row.user_agent)
    with store.read() as session:
        row = session.execute(select(*columns).where(Row.id == session_id)).one_or_none()
    return None if row is None else SessionDetails(*row)


def sessions_of(store: Store, issuer: str, subject: str) -> int:
    """How many sessions a person has in the database."""
    with store.read() as session:
        where = (Row.issuer == issuer, Row.subject == subject)
        return session.execute(select(func.count()).select_from(Row).where(*where)).scalar_one()
