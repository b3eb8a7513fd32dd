"""Sessions as pages see them; the row of every request is read with the few columns it needs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select

from app.domain.roles import Actor, Role
from app.domain.sessions import UNPROVEN, SessionLimits, is_proven
from app.models.sign_in import SignInSession as Row
from app.models.store import Store

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """A session that has not ended; `actor` is None for an anonymous visitor."""

    id: str
    actor: Actor | None
    data: Mapping[str, Any]
    created_at: datetime
    last_seen_at: datetime
    auth_time: datetime | None

    def is_proven(self, now: datetime) -> bool:
        """Whether its person proved who they are within the last minutes."""
        return UNPROVEN not in self.data and is_proven(self.auth_time, self.created_at, now)


@dataclass(frozen=True, slots=True)
class SessionLine:
    """One session in a list of them."""

    id: str
    created_at: datetime
    last_seen_at: datetime
    address: str
    user_agent: str


@dataclass(frozen=True, slots=True)
class SessionDetails:
    """What the person may read about their own session."""

    claims: Mapping[str, Any]
    created_at: datetime
    last_seen_at: datetime
    auth_time: datetime | None
    address: str
    user_agent: str


_EVERY_REQUEST = (Row.id, Row.issuer, Row.subject, Row.name, Row.role, Row.groups, Row.data, Row.auth_time)
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
    return SessionRecord(row.id, actor, row.data, row.created_at, row.last_seen_at, row.auth_time)


def session_details(store: Store, session_id: str) -> SessionDetails | None:
    """The rest of one session, for the page about it."""
    columns = (Row.claims, *_TIMES, Row.auth_time, Row.address, Row.user_agent)
    with store.read() as session:
        row = session.execute(select(*columns).where(Row.id == session_id)).one_or_none()
    return None if row is None else SessionDetails(*row)


def sessions_of(
    store: Store, issuer: str, subject: str, limits: SessionLimits, now: datetime
) -> tuple[SessionLine, ...]:
    """A person's sessions that have not ended, the one used last first."""
    columns = (Row.id, *_TIMES, Row.address, Row.user_agent)
    where = (Row.issuer == issuer, Row.subject == subject, *are_live(limits, now))
    newest = (Row.last_seen_at.desc(), Row.id)
    with store.read() as session:
        rows = session.execute(select(*columns).where(*where).order_by(*newest).limit(MOST_SHOWN))
        return tuple(SessionLine(*row) for row in rows)


def are_live(limits: SessionLimits, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """The conditions under which a row is a session that has not ended."""
    return Row.last_seen_at > now - limits.idle, Row.created_at > now - limits.longest
