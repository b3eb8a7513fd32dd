"""Reads of API tokens; nothing of a secret is among what they return."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, or_, select

from app.models.store import Store
from app.models.token import Token


@dataclass(frozen=True, slots=True)
class TokenRecord:
    """One token: either a role or features."""

    id: str
    public_id: str
    name: str
    role: str
    features: tuple[str, ...]
    maker: str
    maker_name: str
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None
    created_at: datetime
    updated_at: datetime


def token(store: Store, token_id: str) -> TokenRecord | None:
    """One token by id."""
    with store.read() as session:
        row = session.get(Token, token_id)
        return _record(row) if row else None


def newest(store: Store, most: int, before: tuple[datetime, str] | None = None) -> tuple[TokenRecord, ...]:
    """Tokens, the newest first; `before` is the making and the id of the last one that was seen."""
    wanted = select(Token).order_by(Token.created_at.desc(), Token.id.desc()).limit(most)
    if before:
        at, token_id = before
        wanted = wanted.where(or_(Token.created_at < at, and_(Token.created_at == at, Token.id < token_id)))
    with store.read() as session:
        return tuple(_record(row) for row in session.scalars(wanted))


def _record(row: Token) -> TokenRecord:
    plain = {name: getattr(row, name) for name in TokenRecord.__dataclass_fields__ if name != "features"}
    return TokenRecord(**plain, features=tuple(str(name) for name in row.features))
