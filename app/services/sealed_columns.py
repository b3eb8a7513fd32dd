"""Every column that holds something sealed: what `rotate-keys` seals anew, and what `check` tries to open.

A test holds this list against the modules that seal; whoever seals in a new place adds its column here.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute

from app.lib.sealed import CannotOpen
from app.models.audit import AuditKey
from app.models.catalogue import Installation
from app.models.dumps import contents
from app.models.endpoint import Endpoint
from app.models.follow import Follow
from app.models.sign_in import SignInSession
from app.services import audit_chain, endpoints, follows, header_values, installations, sessions
from app.services.ports import Ports
from app.services.targets import key_purpose

BATCH = 200


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """One column; `purpose` is what a row's text is bound to, from its id. `name` and `what` tell people which it is.

    `cure` is what helps where the key is lost for good.
    """

    column: InstrumentedAttribute[Any]
    id: InstrumentedAttribute[Any]
    name: InstrumentedAttribute[Any]
    purpose: Callable[[Any], str]
    what: str
    cure: str
    sealed_in: str


@dataclass(frozen=True, slots=True)
class SealedText:
    """What one row holds there."""

    id: Any
    name: str
    text: str


def _of_endpoint(name: str, what: str, sealed_in: str = endpoints.__name__) -> SealedColumn:
    def purpose(endpoint_id: str) -> str:
        return key_purpose(endpoint_id, name)

    column: InstrumentedAttribute[Any] = getattr(Endpoint, name)
    cure = "type it again at the endpoint"
    return SealedColumn(column, Endpoint.id, Endpoint.name, purpose, what, cure, sealed_in)


COLUMNS = (
    _of_endpoint("api_key", "The key of endpoint"),
    _of_endpoint("session_token", "The session token of endpoint"),
    _of_endpoint("client_key", "The client key of endpoint"),
    _of_endpoint("header_values", "The values of the extra headers of endpoint", header_values.__name__),
    SealedColumn(
        Installation.private_key, Installation.id, Installation.id, lambda _: installations.PURPOSE,
        "The signing key of installation", "begin anew with ./portal catalogue renew-key, to be trusted anew",
        installations.__name__,
    ),
    SealedColumn(
        Follow.token, Follow.id, Follow.address, follows.token_purpose,
        "The token for the catalogue at", "follow the address again with a new one", follows.__name__,
    ),
    SealedColumn(
        SignInSession.id_token, SignInSession.id, SignInSession.name, sessions.token_purpose,
        "The ID token in a session of", "let them sign out and in again", sessions.__name__,
    ),
    SealedColumn(
        AuditKey.sealed, AuditKey.id, AuditKey.id, audit_chain.key_purpose,
        "The audit log's key", "go on: the next change begins with a new one", audit_chain.__name__,
    ),
)  # fmt: skip

# The same for backups, which may hold the tables of an older revision. ID tokens end with their sessions there.
IN_BACKUPS = tuple(
    contents.SealedColumn(each.column.class_.__tablename__, each.column.key, each.purpose("{id}"))
    for each in COLUMNS
    if each.column is not SignInSession.id_token
)


def texts(ports: Ports, sealed: SealedColumn, *, but: str = "", after: Any = None) -> list[SealedText]:
    """The next BATCH rows behind the id `after` that hold something, without those of the key id `but`."""
    wanted = select(sealed.id, sealed.name, sealed.column).where(func.coalesce(sealed.column, "") != "")
    if but:
        wanted = wanted.where(_key_id(sealed) != but)
    if after is not None:
        wanted = wanted.where(sealed.id > after)
    with ports.store.read() as session:
        return [
            SealedText(row[0], str(row[1]), row[2]) for row in session.execute(wanted.order_by(sealed.id).limit(BATCH))
        ]


def by_key(ports: Ports) -> dict[str, int]:
    """How many texts each key has sealed, by its id."""
    found: dict[str, int] = {}
    with ports.store.read() as session:
        for sealed in COLUMNS:
            key_id = _key_id(sealed)
            counted = select(key_id, func.count()).where(func.coalesce(sealed.column, "") != "").group_by(key_id)
            for name, number in session.execute(counted):
                found[name] = found.get(name, 0) + number
    return found


def unreadable(ports: Ports) -> Iterator[tuple[SealedColumn, SealedText]]:
    """What does not open, column by column."""
    for sealed in COLUMNS:
        after = None
        while found := texts(ports, sealed, after=after):
            for each in found:
                try:
                    ports.sealer.open(each.text, sealed.purpose(each.id))
                except CannotOpen:
                    yield sealed, each
            after = found[-1].id


def _key_id(sealed: SealedColumn) -> Any:
    # A sealed text is v1:<8 characters>:...
    return func.substr(sealed.column, 4, 8)
