"""API tokens: made, shown once, revoked, and told apart from what merely looks like one."""

import hmac
import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from app.domain import tokens as rules
from app.domain.errors import Conflict, DatabaseAway, NotFound, TokenRefused
from app.domain.roles import Actor, Role, beyond
from app.domain.tokens import Parts, TokenDraft
from app.lib import tokens
from app.models.token import Token
from app.services import audit
from app.services.ports import Ports

log = logging.getLogger(__name__)

USE_NOTED = timedelta(minutes=1)
MISSING = "Send a token: Authorization: Bearer mp_..."
REFUSED = "This token is unknown, has expired or was revoked. Ask an admin for another one."
STALE = "The token changed meanwhile. Look at what it is now and decide again."
_BY_TOKEN = f"{rules.ISSUER} "
_NOBODY = rules.digest("")


@dataclass(frozen=True, slots=True)
class Created:
    """A new token; `text` is the whole of it and is known to nobody but the reader."""

    id: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who shows a good token. `actor` is None for one that may only call `features`."""

    token_id: str
    actor: Actor | None
    features: tuple[str, ...]


def create(ports: Ports, actor: Actor, draft: TokenDraft) -> Created:
    """Make a token; raises Invalid."""
    with ports.store.write() as session:
        return add(ports, session, actor, draft)


def add(ports: Ports, session: Session, actor: Actor, draft: TokenDraft, maker: str = "") -> Created:
    """The same inside a transaction that is open; `maker` says whose it is where not the actor's. Raises Invalid."""
    rules.check(draft, ports.facts.features)
    parts = Parts(tokens.base62(rules.ID_LENGTH), tokens.base62(rules.SECRET_LENGTH))
    features = list(dict.fromkeys(draft.features))
    row = Token(
        id=tokens.new_id(),
        public_id=parts.public_id,
        secret_hash=rules.digest(parts.secret),
        name=draft.name.strip(),
        role=draft.role,
        features=features,
        requests_per_minute=draft.requests_per_minute,
        tokens_per_minute=draft.tokens_per_minute,
        maker=maker or actor.key,
        maker_name=actor.name,
        expires_at=ports.clock() + timedelta(days=draft.days),
    )
    told = {
        "role": draft.role,
        "features": features,
        "days": draft.days,
        "requests_per_minute": draft.requests_per_minute,
        "tokens_per_minute": draft.tokens_per_minute,
    }
    session.add(row)
    changes = {name: (None, value) for name, value in told.items() if value}
    audit.record(ports, session, actor, "token:create", ("token", row.id, row.name), changes)
    return Created(row.id, parts.text)


def revoke(ports: Ports, actor: Actor, token_id: str, version: int | None = None) -> None:
    """End a token at once; one that was revoked before stays as it is.

    `version` is the one that was seen, None for whatever is stored. Raises NotFound, Conflict.
    """
    with ports.store.write() as session:
        row = session.get(Token, token_id, with_for_update=True)
        if row is None:
            raise NotFound("There is no such token.")
        if version is not None and version != version_of(row.revoked_at):
            raise Conflict(STALE, None)
        if row.revoked_at is None:
            row.revoked_at = ports.clock()
            audit.record(ports, session, actor, "token:revoke", ("token", row.id, row.name))


def revoke_beyond(ports: Ports, session: Session, actor: Actor, maker: str, role: Role | None) -> None:
    """Revoke what somebody (`maker`, Actor.key) made that may do more than `role`, within the caller's transaction.

    What was made by means of such a token goes as well, else one would outlive the other. Tokens that call features
    stay: they serve others, administer nothing, and are on the list for whoever wants them gone.
    """
    stronger, makers = {each.value for each in beyond(role)}, {maker}
    while makers:
        made = session.scalars(select(Token).where(Token.maker.in_(makers), Token.role != "")).all()
        for row in made:
            if row.revoked_at is None and row.role in stronger:
                row.revoked_at = ports.clock()
                reason = {"reason": (None, f"{row.maker_name} may do that no more")}
                audit.record(ports, session, actor, "token:revoke", ("token", row.id, row.name), reason)
        makers = {f"{rules.ISSUER} {row.id}" for row in made}


def version_of(revoked_at: datetime | None) -> int:
    """A token changes once in its life, when it is revoked."""
    return 1 if revoked_at is None else 2


def authenticate(ports: Ports, text: str) -> Bearer:
    """Who shows this token; raises TokenRefused.

    The same work is done for an unknown id as for a known one, and a refusal writes nothing here: `rates`
    counts it.
    """
    parts = rules.read(text)
    if parts is None:
        raise TokenRefused(REFUSED if text else MISSING, shown=bool(text))
    now = ports.clock()
    with ports.store.read() as session:
        row = session.scalar(select(Token).where(Token.public_id == parts.public_id))
        maker = _person(session, row.maker) if row else ""
    proven = hmac.compare_digest(rules.digest(parts.secret), row.secret_hash if row else _NOBODY)
    if row is None or not proven or rules.has_ended(row.expires_at, row.revoked_at, now):
        raise TokenRefused(REFUSED, shown=True)
    if row.last_used_at is None or now - row.last_used_at >= USE_NOTED:
        _note_use(ports, row.id, now)
    actor = Actor(rules.ISSUER, row.id, row.name, Role(row.role), maker=maker) if row.role else None
    return Bearer(row.id, actor, tuple(str(name) for name in row.features))


def _person(session: Session, maker: str) -> str:
    """Who stands behind a maker: a token may have been made by means of another one, and that one of a third."""
    while maker.startswith(_BY_TOKEN):
        asked = select(Token.maker).where(Token.id == maker.removeprefix(_BY_TOKEN))
        behind = session.scalar(asked)
        if behind is None:
            break
        maker = behind
    return maker


def _note_use(ports: Ports, token_id: str, now: datetime) -> None:
    """To the minute; of many requests at one moment one writes.

    A database that cannot be written now must not keep readers out, so a failure is logged and no more.
    """
    unnoted = or_(Token.last_used_at.is_(None), Token.last_used_at <= now - USE_NOTED)
    noted = update(Token).where(Token.id == token_id, unnoted).values(last_used_at=now, updated_at=Token.updated_at)
    try:
        with ports.store.write() as session:
            session.execute(noted.execution_options(synchronize_session=False))
    except DatabaseAway:
        log.warning("a token's last use could not be written")
