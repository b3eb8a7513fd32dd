"""What a sign-in means beside its session: it goes on record, and a role that was lost is lost everywhere."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.domain.access import Denial
from app.domain.roles import Actor, Role, identity_key
from app.domain.sessions import network_of
from app.models.sign_in import Person
from app.services import api_tokens, audit, sessions, signing_out
from app.services.ports import Ports
from app.services.sessions import SignedIn, Visitor
from app.services.sign_ins import STEP_UP, count_failure


def sign_in(
    ports: Ports,
    who: SignedIn,
    visitor: Visitor,
    *,
    replacing: str | None = None,
    csrf_token: str = "",
    purpose: str = "",
) -> str:
    """Begin a session as sessions.begin does; `purpose` as the transaction has it.

    Other sessions and tokens of the person that may do more than the role of now end with it.
    """

    def beside(session: Session, session_id: str) -> None:
        action = "session:prove" if purpose == STEP_UP else "session:begin"
        told = {"address": (None, visitor.address)}
        audit.record(ports, session, who.actor, action, ("session", session_id, who.name), told)
        _end_what_goes_beyond(ports, session, who.actor, who.role)

    return sessions.begin(ports, who, visitor, replacing=replacing, csrf_token=csrf_token, beside=beside)


def refuse(ports: Ports, issuer: str, subject: str, name: str, reason: Denial, visitor: Visitor) -> None:
    """Note that somebody came who has no role; what they had before ends. Raises Busy past the limit of a network."""
    count_failure(ports, network_of(visitor.address))
    with ports.store.write() as session:
        known = select(Person.role).where(Person.issuer == issuer, Person.subject == subject)
        before = session.execute(known).scalar()
        # The log has no word for nobody's role; the change says that there is none.
        person = Actor(issuer, subject, name, Role(before) if before else Role.VIEWER)
        told = {"role": (before or None, None), "reason": (None, reason.value), "address": (None, visitor.address)}
        audit.record(ports, session, person, "session:refuse", ("session", "", name), told)
        session.execute(
            update(Person).where(Person.issuer == issuer, Person.subject == subject).values(role="", name=name)
        )
        _end_what_goes_beyond(ports, session, person, None)


def _end_what_goes_beyond(ports: Ports, session: Session, person: Actor, role: Role | None) -> None:
    signing_out.end_beyond(ports, session, person.issuer, person.subject, role)
    api_tokens.revoke_beyond(ports, session, person, identity_key(person.issuer, person.subject), role)
