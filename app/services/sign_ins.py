"""Sign-ins under way: opened when somebody leaves for the provider, taken once when the answer comes back.

They live here and not in a cookie, because a cookie can be sent again and would let an answer be used twice.
"""

import secrets
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import delete

from app.domain.errors import Busy
from app.domain.sessions import ATTEMPTS_A_MINUTE, SIGN_IN_WITHIN, digest, network_of
from app.models.sign_in import SignInTransaction
from app.queries import sign_ins
from app.services.ports import Ports

STEP_UP = "step_up"
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Transaction:
    """What the provider's answer is held against, and where the person was going."""

    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    next_path: str = "/"
    # What it is for: "" a sign-in, STEP_UP somebody's proof that it is still them.
    purpose: str = ""
    # Who has to come back (Actor.key); "" is anybody.
    person: str = ""
    # SHA-256 of what the frame alone knows that opened the window for this sign-in; "" where there is no frame.
    challenge: str = ""


# In the order of Transaction's fields.
_KEPT = tuple(getattr(SignInTransaction, name) for name in Transaction.__dataclass_fields__)


def open_transaction(ports: Ports, state: str, browser: str, transaction: Transaction, address: str) -> None:
    """Note a sign-in that a browser (the secret of its sign-in cookie) begins; raises Busy past the limit."""
    network = network_of(address)
    check_pace(ports, network)
    now = ports.clock()
    row = SignInTransaction(
        id=digest(state),
        browser=digest(browser),
        nonce=transaction.nonce,
        verifier=transaction.verifier,
        next_path=transaction.next_path,
        purpose=transaction.purpose,
        person=transaction.person,
        challenge=transaction.challenge,
        network=network,
        created_at=now,
    )
    with ports.store.write() as session:
        session.execute(delete(SignInTransaction).where(SignInTransaction.created_at <= now - SIGN_IN_WITHIN))
        session.add(row)


def take_transaction(ports: Ports, state: str, browser: str, address: str) -> Transaction | None:
    """The sign-in that an answer belongs to, once; None when it is over, used, or another browser's.

    Raises Busy for a network that keeps sending answers to nothing.
    """
    row = SignInTransaction
    if sign_ins.is_known(ports.store, digest(state)):
        mine = (row.id == digest(state), row.browser == digest(browser))
        with ports.store.write() as session:
            taken = session.execute(delete(row).where(*mine).returning(row.created_at, *_KEPT)).one_or_none()
        if taken is not None and ports.clock() < taken.created_at + SIGN_IN_WITHIN:
            return Transaction(*taken[1:])
    count_failure(ports, network_of(address))
    return None


def check_pace(ports: Ports, network: str) -> None:
    """Raise Busy where the limit of a network (see `network_of`) is reached."""
    since = ports.clock() - _MINUTE
    if sign_ins.attempts_since(ports.store, network, since) >= ATTEMPTS_A_MINUTE:
        raise Busy("Too many sign-ins from your network within a minute. Wait a minute and try again.", retry_after=60)


def count_failure(ports: Ports, network: str) -> None:
    """Count one attempt of a network that led to nothing; raises Busy past the limit."""
    check_pace(ports, network)
    stray = digest(secrets.token_urlsafe(16))
    with ports.store.write() as session:
        session.add(SignInTransaction(id=stray, network=network, created_at=ports.clock()))
