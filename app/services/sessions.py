"""Sessions: begin (always under a new id), keep alive, end, and remove those that ended by themselves."""

import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from app.domain.errors import DatabaseAway
from app.domain.roles import Actor, Role
from app.domain.sessions import SEEN_EVERY, SIGN_IN_WITHIN, UNPROVEN, SessionLimits, digest, proves
from app.lib.sealed import CannotOpen
from app.models.sign_in import Person, SignInSession, SignInTransaction
from app.services import audit
from app.services.ports import Ports

log = logging.getLogger(__name__)

# What pages show of them; roles are decided on all before a session begins.
_MOST_GROUPS = 1000


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What the provider vouched for, and the role that follows."""

    issuer: str
    subject: str
    name: str
    role: Role
    email: str = ""
    groups: tuple[str, ...] = ()
    claims: Mapping[str, Any] = field(default_factory=dict)
    id_token: str = field(default="", repr=False)
    provider_session: str = ""
    auth_time: datetime | None = None
    # When the ID token was made; None where nobody asks.
    issued_at: datetime | None = None

    @property
    def actor(self) -> Actor:
        """The person as one who acts."""
        return Actor(self.issuer, self.subject, self.name, self.role, self.groups)


Beside = Callable[[Session, str], None]


@dataclass(frozen=True, slots=True)
class Visitor:
    """Where a session is used from."""

    address: str = ""
    user_agent: str = ""


def begin(
    ports: Ports,
    who: SignedIn,
    visitor: Visitor,
    *,
    replacing: str | None = None,
    csrf_token: str = "",
    beside: Beside | None = None,
) -> str:
    """Begin a session and return the secret for its cookie; the session `replacing` (an id) ends.

    The id is always new: one that was known before the sign-in must not become a signed-in one. `csrf_token` is that
    of the person's forms that are open. `beside` is done in the same transaction, with the id of the session.
    """
    try:
        return _begin(ports, who, visitor, replacing, csrf_token, beside)
    except IntegrityError:
        # The person's first two sign-ins at one moment; the other one has written the person by now.
        return _begin(ports, who, visitor, replacing, csrf_token, beside)


def _begin(
    ports: Ports, who: SignedIn, visitor: Visitor, replacing: str | None, csrf_token: str, beside: Beside | None
) -> str:
    secret, now = secrets.token_urlsafe(32), ports.clock()
    data = {"csrf_token": csrf_token or secrets.token_hex(20)}
    if who.issued_at and not who.auth_time and not proves(None, who.issued_at, now):
        # The provider took a token from its shelf, and says nothing of when the person proved who they are.
        data[UNPROVEN] = "yes"
    row = _row(digest(secret), visitor, now, data)
    row.issuer, row.subject, row.name, row.role = who.issuer, who.subject, who.name, who.role.value
    row.groups, row.claims = list(who.groups[:_MOST_GROUPS]), dict(who.claims)
    row.provider_session, row.auth_time = who.provider_session, who.auth_time
    row.id_token = ports.sealer.seal(who.id_token, token_purpose(row.id)) if who.id_token else ""
    with ports.store.write() as session:
        if replacing:
            session.execute(delete(SignInSession).where(SignInSession.id == replacing))
        _remember_person(session, who, now)
        session.add(row)
        if beside:
            beside(session, row.id)
    return secret


def begin_anonymous(ports: Ports, data: Mapping[str, Any], visitor: Visitor) -> str:
    """Keep `data` for a visitor who has not signed in; returns the secret for the cookie."""
    secret = secrets.token_urlsafe(32)
    with ports.store.write() as session:
        session.add(_row(digest(secret), visitor, ports.clock(), dict(data)))
    return secret


def remember(ports: Ports, session_id: str, data: Mapping[str, Any]) -> None:
    """Replace what a session keeps; a session that has ended meanwhile stays ended."""
    with ports.store.write() as session:
        session.execute(update(SignInSession).where(SignInSession.id == session_id).values(data=dict(data)))


def seen(ports: Ports, session_id: str) -> None:
    """Note that a session is in use; written at most once a minute, whoever asks at the same time.

    A database that cannot be written now must not keep readers out, so a failure is logged and no more.
    """
    now = ports.clock()
    stale = SignInSession.last_seen_at <= now - SEEN_EVERY
    mine = update(SignInSession).where(SignInSession.id == session_id, stale)
    try:
        with ports.store.write() as session:
            session.execute(mine.values(last_seen_at=now))
    except (OperationalError, DatabaseAway):
        log.warning("a session's last use could not be written", exc_info=True)


def end(ports: Ports, session_id: str, actor: Actor | None = None) -> str:
    """End a session; returns the provider's ID token of it, or nothing where there is none to be read.

    `actor` is who signs out by that, and is put on record.
    """
    with ports.store.write() as session:
        sealed = session.execute(select(SignInSession.id_token).where(SignInSession.id == session_id)).scalar()
        gone = session.execute(delete(SignInSession).where(SignInSession.id == session_id).returning(SignInSession.id))
        if gone.one_or_none() and actor:
            audit.record(ports, session, actor, "session:end", ("session", session_id, actor.name))
    try:
        return ports.sealer.open(sealed, token_purpose(session_id)) if sealed else ""
    except CannotOpen:
        return ""


def sweep(ports: Ports, limits: SessionLimits) -> None:
    """Remove sessions and sign-ins that have ended by themselves."""
    now = ports.clock()
    over = or_(SignInSession.last_seen_at <= now - limits.idle, SignInSession.created_at <= now - limits.longest)
    with ports.store.write() as session:
        session.execute(delete(SignInSession).where(over))
        session.execute(delete(SignInTransaction).where(SignInTransaction.created_at <= now - SIGN_IN_WITHIN))


def _row(session_id: str, visitor: Visitor, now: datetime, data: dict[str, Any]) -> SignInSession:
    return SignInSession(
        id=session_id,
        data=data,
        created_at=now,
        last_seen_at=now,
        address=visitor.address[:64],
        user_agent=visitor.user_agent[:255],
    )


def _remember_person(session: Session, who: SignedIn, now: datetime) -> None:
    known = select(Person).where(Person.issuer == who.issuer, Person.subject == who.subject)
    person = session.execute(known).scalar_one_or_none()
    if person is None:
        person = Person(issuer=who.issuer, subject=who.subject)
        session.add(person)
    person.name, person.email, person.role, person.last_sign_in_at = who.name, who.email, who.role.value, now


def token_purpose(session_id: str) -> str:
    """What a session's ID token is bound to."""
    return f"sign_in_session|{session_id}|id_token"
