"""The people who signed in at least once, with what is open in their name."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, func, or_, select

from app.domain.roles import identity_key
from app.domain.sessions import SessionLimits
from app.models.sign_in import Person, SignInSession
from app.models.store import Store
from app.models.token import Token
from app.queries.sessions import are_live

PAGE = 50
_COLUMNS = (Person.id, Person.issuer, Person.subject, Person.name, Person.email, Person.role, Person.last_sign_in_at)


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """One person; `role` is that of the last sign-in, "" where it gave none. `sessions` counts those that are open."""

    id: str
    issuer: str
    subject: str
    name: str
    email: str
    role: str
    last_sign_in_at: datetime
    sessions: int
    last_seen_at: datetime | None

    @property
    def key(self) -> str:
        """The identity as rows name it."""
        return identity_key(self.issuer, self.subject)


@dataclass(frozen=True, slots=True)
class People:
    """One page of them, and how many there are in all."""

    rows: tuple[PersonRecord, ...]
    total: int


def people(store: Store, limits: SessionLimits, now: datetime, q: str, page: int) -> People:
    """Those whose name, address or subject contains `q`, who signed in last first; `page` counts from 1."""
    named = or_(*(column.icontains(q, autoescape=True) for column in (Person.name, Person.email, Person.subject)))
    rows = _with_sessions(limits, now).where(named).order_by(Person.last_sign_in_at.desc(), Person.id)
    with store.read() as session:
        total = session.execute(select(func.count()).select_from(Person).where(named)).scalar_one()
        found = session.execute(rows.limit(PAGE).offset((page - 1) * PAGE))
        return People(tuple(PersonRecord(*row) for row in found), total)


def person(store: Store, limits: SessionLimits, now: datetime, person_id: str) -> PersonRecord | None:
    """One person by id."""
    with store.read() as session:
        row = session.execute(_with_sessions(limits, now).where(Person.id == person_id)).one_or_none()
        return PersonRecord(*row) if row else None


def tokens_of(store: Store, maker: str, now: datetime) -> tuple[tuple[str, str], ...]:
    """Names and roles of the tokens a person (Actor.key) made that administer and are still good."""
    good = (Token.maker == maker, Token.role != "", Token.revoked_at.is_(None), Token.expires_at > now)
    with store.read() as session:
        found = session.execute(select(Token.name, Token.role).where(*good).order_by(Token.name))
        return tuple((row.name, row.role) for row in found)


def _with_sessions(limits: SessionLimits, now: datetime) -> Select[*tuple[Any, ...]]:
    row = SignInSession
    counted = (
        select(row.issuer, row.subject, func.count().label("open"), func.max(row.last_seen_at).label("seen"))
        .where(*are_live(limits, now))
        .group_by(row.issuer, row.subject)
        .subquery()
    )
    same = and_(counted.c.issuer == Person.issuer, counted.c.subject == Person.subject)
    return select(*_COLUMNS, func.coalesce(counted.c.open, 0), counted.c.seen).outerjoin(counted, same)
