"""Sign-ins handed from the window in which they happened to the frame that asked for them.

The frame keeps a verifier and tells only its SHA-256; the window gets a code and gives it to its opener. A session
begins where both meet, so neither a link sent to somebody nor a page that only opened the window can collect one.
"""

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import TypeAdapter
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.domain.sessions import HANDOFF_WITHIN, digest, network_of
from app.lib.sealed import CannotOpen
from app.models.sign_in import SignInHandoff
from app.services.ports import Ports
from app.services.sessions import SignedIn
from app.services.sign_ins import count_failure


@dataclass(frozen=True, slots=True)
class Handoff:
    """Who signed in, and for what ("" or "step_up")."""

    who: SignedIn
    purpose: str = ""


_FORM = TypeAdapter(Handoff)


def offer(ports: Ports, challenge: str, handoff: Handoff) -> str:
    """Keep a finished sign-in for the frame of that challenge (64 hex characters); returns the code for the window."""
    code, now = secrets.token_urlsafe(32), ports.clock()
    row = SignInHandoff(id=digest(code), challenge=challenge, created_at=now)
    row.payload = ports.sealer.seal(_FORM.dump_json(handoff).decode(), _purpose(row.id))
    with ports.store.write() as session:
        session.execute(delete(SignInHandoff).where(SignInHandoff.created_at <= now - HANDOFF_WITHIN))
        session.add(row)
    return code


def redeem(ports: Ports, code: str, verifier: str, address: str) -> Handoff | None:
    """The sign-in that a code stands for, once; None when it is over, used, or another frame's.

    A wrong verifier spends the code. Raises Busy for a network that keeps trying.
    """
    row = SignInHandoff
    with ports.store.write() as session:
        taken = session.execute(
            delete(row).where(row.id == digest(code)).returning(row.id, row.challenge, row.payload, row.created_at)
        ).one_or_none()
    if taken is None or not hmac.compare_digest(taken.challenge, digest(verifier)):
        count_failure(ports, network_of(address))
        return None
    if ports.clock() >= taken.created_at + HANDOFF_WITHIN:
        return None
    try:
        return _FORM.validate_json(ports.sealer.open(taken.payload, _purpose(taken.id)))
    except CannotOpen:
        return None


def cancel(ports: Ports, session: Session, meant: Callable[[SignedIn], bool]) -> list[SignedIn]:
    """Take back the sign-ins of those who are meant, within the caller's transaction; who that was.

    They are sealed, so each that waits is opened: there are few, since none waits longer than a minute.
    """
    cancelled = []
    for row in session.execute(select(SignInHandoff.id, SignInHandoff.payload)).all():
        try:
            who = _FORM.validate_json(ports.sealer.open(row.payload, _purpose(row.id))).who
        except CannotOpen:
            continue  # it can be redeemed no more than it can be read
        if meant(who):
            session.execute(delete(SignInHandoff).where(SignInHandoff.id == row.id))
            cancelled.append(who)
    return cancelled


def _purpose(handoff_id: str) -> str:
    return f"sign_in_handoff|{handoff_id}|payload"
