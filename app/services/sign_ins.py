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

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Transaction:
    """What the provider's answer is held against, and where the person was going."""

    nonce: str = field(repr=False)
    verifier: str = field(repr=False)
    next_path: str = "/"


def open_transaction(ports: Ports, state: str, browser: str, transaction: Transaction, address: str) -> None:
    """Note a sign-in that a browser (the secret of its sign-in cookie) begins; raises Busy past the limit."""
    _check_pace(ports, address)
    now = ports.clock()
    row = SignInTransaction(
        id=digest(state),
        browser=digest(browser),
        nonce=transaction.nonce,
        verifier=transaction.verifier,
        next_path=transaction.next_path,
        network=network_of(address),
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
            taken = session.execute(
                delete(row).where(*mine).returning(row.nonce, row.verifier, row.next_path, row.created_at)
            ).one_or_none()
        if taken is not None and ports.clock() < taken.created_at + SIGN_IN_WITHIN:
            return Transaction(taken.nonce, taken.verifier, taken.next_path)
    _count_stray_answer(ports, address)
    return None


def _check_pace(ports: Ports, address: str) -> None:
    since = ports.clock() - _MINUTE
    if sign_ins.attempts_since(ports.store, network_of(address), since) >= ATTEMPTS_A_MINUTE:
        raise Busy("Too many sign-ins from your network within a minute. Wait a minute and try again.", retry_after=60)


def _count_stray_answer(ports: Ports, address: str) -> None:
    _check_pace(ports, address)
    stray = digest(secrets.token_urlsafe(16))
    with ports.store.write() as session:
        session.add(SignInTransaction(id=stray, network=network_of(address), created_at=ports.clock()))
