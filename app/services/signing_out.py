"""Ending sessions from elsewhere: one's own on another device, anybody's by an admin, what the provider ends."""

from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.errors import NotFound
from app.domain.roles import Actor, Role, beyond, identity_key
from app.domain.sessions import digest
from app.models.sign_in import Person, SignInSession, SpentLogoutToken
from app.services import api_tokens, audit, handoffs
from app.services.ports import Ports
from app.services.sessions import SignedIn

Row = SignInSession


class Spent(Exception):
    """A logout token that was acted upon before."""


def end_one(ports: Ports, actor: Actor, issuer: str, subject: str, session_id: str) -> None:
    """End one session of a person; raises NotFound where it is none of theirs or has ended."""
    mine = (Row.id == session_id, Row.issuer == issuer, Row.subject == subject)
    with ports.store.write() as session:
        name = session.execute(delete(Row).where(*mine).returning(Row.name)).scalar()
        if name is None:
            raise NotFound("This session has ended already.")
        audit.record(ports, session, actor, "session:end", ("session", session_id, name))


def end_all(ports: Ports, actor: Actor, issuer: str, subject: str, *, tokens: bool = False) -> None:
    """End every session of a person, and with `tokens` what they made for programs that administer. Raises NotFound."""
    with ports.store.write() as session:
        person = session.scalar(select(Person).where(Person.issuer == issuer, Person.subject == subject))
        if person is None:
            raise NotFound("There is no such person.")
        ended = _end(session, Row.issuer == issuer, Row.subject == subject)
        handoffs.cancel(ports, session, lambda who: (who.issuer, who.subject) == (issuer, subject))
        told = {"sessions": (len(ended), 0)}
        audit.record(ports, session, actor, "person:sign_out", ("person", person.id, person.name), told)
        if tokens:
            api_tokens.revoke_beyond(ports, session, actor, identity_key(issuer, subject), None)


def end_beyond(ports: Ports, session: Session, issuer: str, subject: str, role: Role | None) -> None:
    """End the sessions of a person in which they may do more than `role`, within the caller's transaction."""
    stronger = beyond(role)
    _end(session, Row.issuer == issuer, Row.subject == subject, Row.role.in_([each.value for each in stronger]))
    handoffs.cancel(ports, session, lambda who: (who.issuer, who.subject) == (issuer, subject) and who.role in stronger)


def end_for_provider(
    ports: Ports, issuer: str, subject: str, provider_session: str, token_id: str, until: datetime
) -> int:
    """Act upon a logout token once: end the provider's session `provider_session`, or all of `subject` without one.

    Returns how many ended here; a sign-in that waits for a frame is taken back as well. The token's id is kept `until`
    it would be refused as too old; raises Spent for one that was acted upon before.
    """
    now = ports.clock()
    try:
        with ports.store.write() as session:
            session.execute(delete(SpentLogoutToken).where(SpentLogoutToken.expires_at <= now))
            session.add(SpentLogoutToken(id=digest(f"{issuer} {token_id}"), expires_at=until))
            session.flush()
            ended = _end(session, Row.issuer == issuer, _meant(subject, provider_session))
            for session_id, person, name, role in ended:
                actor = Actor(issuer, person, name, Role(role))
                audit.record(ports, session, actor, "session:end_by_provider", ("session", session_id, name))
            for who in handoffs.cancel(ports, session, lambda who: _is_meant(who, issuer, subject, provider_session)):
                audit.record(ports, session, who.actor, "session:end_by_provider", ("session", "", who.name))
    except IntegrityError as error:
        raise Spent from error
    return len(ended)


def _meant(subject: str, provider_session: str) -> ColumnElement[bool]:
    if not provider_session:
        return Row.subject == subject
    named = Row.provider_session == provider_session
    if not subject:
        return named
    # A provider that names its session in the logout token alone: which of the person's it was cannot be told.
    return and_(Row.subject == subject, or_(named, Row.provider_session == ""))


def _is_meant(who: SignedIn, issuer: str, subject: str, provider_session: str) -> bool:
    """The same of somebody who signed in and has no session yet."""
    if who.issuer != issuer or (subject and who.subject != subject):
        return False
    return not provider_session or who.provider_session in ((provider_session, "") if subject else (provider_session,))


def _end(session: Session, *where: ColumnElement[bool]) -> list[tuple[str, str, str, str]]:
    """Delete the signed-in sessions that meet the conditions; id, subject, name and role of each."""
    chosen = (*where, Row.role != "")
    found = session.execute(select(Row.id, Row.subject, Row.name, Row.role).where(*chosen)).all()
    session.execute(delete(Row).where(*chosen).execution_options(synchronize_session=False))
    return [(row.id, row.subject, row.name, row.role) for row in found]
