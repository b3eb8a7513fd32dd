"""Proving again who one is, before what an open browser alone must not do (OWASP ASVS 5.0, 7.5.3).

A view says so below its permission:

    @keys.post("/<endpoint_id>/key")
    @needs(Role.EDITOR)
    @recently_proven
    def replace(endpoint_id: str) -> Response: ...
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import session

from app.domain.errors import StepUpRequired
from app.domain.roles import identity_key
from app.domain.sessions import proves
from app.services.sign_ins import STEP_UP, Transaction
from app.web.auth.client import Arrival, SignInFailed
from app.web.auth.sessions import SqlSession
from app.web.context import ports

View = TypeVar("View", bound=Callable[..., Any])
_MARK = "modelport_step_up"


def recently_proven(view: View) -> View:
    """Let a view run only for a person who signed in within the last ten minutes."""

    @wraps(view)
    def checked(*arguments: Any, **named: Any) -> Any:
        require_recent()
        return view(*arguments, **named)

    setattr(checked, _MARK, True)
    return cast(View, checked)


def wants_proof(view: Callable[..., Any]) -> bool:
    """Whether a view is marked so."""
    return getattr(view, _MARK, False)


def require_recent() -> None:
    """Raise StepUpRequired where the person's last proof is too old."""
    record = cast(SqlSession, session).record
    if record is None or not record.is_proven(ports().clock()):
        raise StepUpRequired("This needs a fresh sign-in, because yours was more than ten minutes ago.")


def check_return(transaction: Transaction, arrival: Arrival) -> None:
    """Hold an answer against what was asked for; raises SignInFailed.

    Whoever was to prove that it is them must not come back as another, nor by a proof that the provider had on its
    shelf: a provider may overlook that it was told to ask again.
    """
    if transaction.person and identity_key(arrival.issuer, arrival.subject) != transaction.person:
        raise SignInFailed(
            "You came back as somebody else than who is signed in here, so nothing was changed. "
            "Sign out first to work as another person."
        )
    if transaction.purpose == STEP_UP and not proves(arrival.auth_time, arrival.issued_at, ports().clock()):
        raise SignInFailed(
            "The identity provider did not ask you again who you are, so this does not count as a fresh sign-in. "
            "Its administrator can say why it ignores max_age and prompt=login."
        )
