"""Who speaks in the catalogue: this installation with its own signing key, and others that an admin trusts or not."""

import base64

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.bundles import fingerprint
from app.domain.errors import Invalid, NotFound, Unavailable
from app.domain.plain_texts import cleaned, faults
from app.domain.reports import reveals
from app.domain.roles import Actor
from app.lib import tokens
from app.lib.sealed import CannotOpen
from app.models import locks
from app.models.catalogue import Installation
from app.services import audit, catalogue_refresh
from app.services.ports import Ports

PURPOSE = "installation signing key"
NAME_MAX = 120
UNSIGNED = (
    "The signing key of this installation cannot be opened. Put the key that sealed it back into "
    "MODELPORT_SECRET_KEYS, or begin anew with ./portal catalogue renew-key."
)


def own(ports: Ports, session: Session) -> Installation:
    """This installation's row, made with a new random id and key the first time."""
    itself = select(Installation).where(Installation.is_self)
    row = session.scalar(itself)
    if row is None:
        if not ports.store.is_sqlite:
            # Of two that begin to speak at the same moment the later one waits until the other has written its row.
            session.execute(select(func.pg_advisory_xact_lock(locks.INSTALLING)))
        row = session.scalar(itself)
    if row is None:
        row = Installation(id=tokens.new_id(), is_self=True, trusted=True, first_seen_at=ports.clock())
        _give_key(ports, row)
        session.add(row)
        session.flush()
    return row


def _give_key(ports: Ports, row: Installation) -> None:
    key = Ed25519PrivateKey.generate()
    row.public_key = base64.b64encode(key.public_key().public_bytes_raw()).decode()
    row.private_key = ports.sealer.seal(base64.b64encode(key.private_bytes_raw()).decode(), PURPOSE)


def renew_key(ports: Ports, actor: Actor) -> str:
    """Sign with a new key from now on, for where the former one is lost or was seen by others; its fingerprint.

    The id stays, so elsewhere the reports of before remain this installation's. But its name was vouched for by the
    former key: whoever trusted that is asked about the new one, and trusts it anew or not.
    """
    with ports.store.write() as session:
        row = own(ports, session)
        before = fingerprint(row.public_key)
        _give_key(ports, row)
        after = fingerprint(row.public_key)
        subject = ("installation", row.id, row.name or row.id)
        audit.record(ports, session, actor, "installation:renew", subject, {"key": (before, after)})
    return after


def rename(ports: Ports, actor: Actor, name: str) -> None:
    """Call this installation something, which its bundles say from then on. Raises Invalid at the field `name`."""
    found = cleaned(name)
    problems = list(faults(found, NAME_MAX, one_line=True))
    if reveals(found):
        problems.append("Leave out addresses and keys: the name goes to others.")
    if problems:
        raise Invalid({"name": problems})
    with ports.store.write() as session:
        row = own(ports, session)
        if row.name != found:
            audit.record(
                ports,
                session,
                actor,
                "installation:rename",
                ("installation", row.id, found or row.id),
                {"name": (row.name, found)},
            )
            row.name = found


def sign(ports: Ports, row: Installation, content: bytes) -> str:
    """A signature of this installation, in base 64; raises Unavailable where its key no longer opens."""
    assert row.private_key is not None
    try:
        raw = base64.b64decode(ports.sealer.open(row.private_key, PURPOSE))
    except CannotOpen as error:
        raise Unavailable(UNSIGNED) from error
    return base64.b64encode(Ed25519PrivateKey.from_private_bytes(raw).sign(content)).decode()


def verifies(public_key: str, signature: str, content: bytes) -> bool:
    """Whether a signature is of this key and content; False for anything that is none."""
    try:
        key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key, validate=True))
        key.verify(base64.b64decode(signature, validate=True), content)
    except (ValueError, InvalidSignature):
        return False
    return True


def change_key(ports: Ports, session: Session, actor: Actor, row: Installation, public_key: str) -> None:
    """Know another installation by another key from now on, inside an open transaction; trust was in the former one.

    The caller has asked a person first, and lets what the installation spoke of follow.
    """
    changes = {"key": (fingerprint(row.public_key), fingerprint(public_key)), "trusted": (row.trusted, False)}
    subject = ("installation", row.id, row.name or row.id)
    audit.record(ports, session, actor, "installation:key", subject, changes)
    row.public_key, row.trusted = public_key, False


def trust(ports: Ports, actor: Actor, installation_id: str, trusted: bool) -> None:
    """Let reports of an installation count for the tier, or no longer; what it spoke of follows. Raises NotFound."""
    with ports.store.write() as session:
        row = session.get(Installation, installation_id)
        if row is None or row.is_self:
            raise NotFound("There is no such other installation.")
        if row.trusted != trusted:
            changes = {"trusted": (row.trusted, trusted)}
            subject = ("installation", row.id, row.name or row.id)
            audit.record(ports, session, actor, "installation:trust", subject, changes)
            row.trusted = trusted
    # Whether it was changed or not: somebody may have been stopped here the last time.
    catalogue_refresh.refresh_installation(ports, installation_id)
