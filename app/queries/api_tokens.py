"""Reads of API tokens; nothing of a secret is among what they return."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, and_, func, or_, select

from app.domain.limits import Limits
from app.models.sign_in import Person
from app.models.store import Store
from app.models.token import Token


@dataclass(frozen=True, slots=True)
class TokenRecord:
    """One token: either a role or features.

    `maker_signed_in_at` is None for one made at the command line or by another token: nobody signed in for it.
    """

    id: str
    public_id: str
    name: str
    role: str
    features: tuple[str, ...]
    maker: str
    maker_name: str
    maker_signed_in_at: datetime | None
    requests_per_minute: int | None
    tokens_per_minute: int | None
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    created_at: datetime
    updated_at: datetime

    @property
    def limits(self) -> Limits:
        """What it may use of each feature in a minute."""
        return Limits(self.requests_per_minute, self.tokens_per_minute)


def token(store: Store, token_id: str) -> TokenRecord | None:
    """One token by id."""
    with store.read() as session:
        found = session.execute(_with_makers().where(Token.id == token_id)).one_or_none()
        return _record(*found) if found else None


def newest(store: Store, most: int, before: tuple[datetime, str] | None = None) -> tuple[TokenRecord, ...]:
    """Tokens, the newest first; `before` is the making and the id of the last one that was seen."""
    wanted = _with_makers().order_by(Token.created_at.desc(), Token.id.desc()).limit(most)
    if before:
        at, token_id = before
        wanted = wanted.where(or_(Token.created_at < at, and_(Token.created_at == at, Token.id < token_id)))
    with store.read() as session:
        return tuple(_record(row, signed_in_at) for row, signed_in_at in session.execute(wanted))


def _with_makers() -> Select[Token, datetime | None]:
    """Each token with its maker's last sign-in."""
    # As Actor.key writes it. Grouped, because SQLite then reads the people once and not once for every token.
    key = Person.issuer + " " + Person.subject
    people = select(key.label("key"), func.max(Person.last_sign_in_at).label("at")).group_by(key).subquery()
    return select(Token, people.c.at).outerjoin(people, people.c.key == Token.maker)


def _record(row: Token, signed_in_at: datetime | None) -> TokenRecord:
    own = TokenRecord.__dataclass_fields__.keys() - {"features", "maker_signed_in_at"}
    plain = {name: getattr(row, name) for name in own}
    return TokenRecord(**plain, features=tuple(str(name) for name in row.features), maker_signed_in_at=signed_in_at)
