"""Who may use which route: a bearer token in, a declared role out. A route that declares nothing is refused.

Cookies are not looked at: what a browser sends along by itself can change nothing here.
"""

from typing import cast

from flask import Flask, current_app, g, request
from werkzeug.exceptions import BadRequest

from app.api.context import ports
from app.api.operations import declared
from app.domain.errors import RoleMissing, TokenRefused
from app.domain.roles import Actor
from app.services import api_tokens, rates
from app.services.api_tokens import Bearer
from app.services.ports import Ports


def setup(app: Flask) -> None:
    """Check every request before its route runs, and before an unknown address is told from a known one."""
    app.before_request(_check)


def current_actor() -> Actor:
    """Who acts."""
    return cast(Actor, g.actor)


def _check() -> None:
    bearer = authenticated(ports())
    if bearer.actor is None:
        raise RoleMissing("This token calls features and nothing else. For the administration make one with a role.")
    g.actor = bearer.actor
    if any("\0" in text for text in (request.path, *request.args, *request.args.values())):
        # No id and no search of ours holds a NUL, and PostgreSQL takes none even to compare with.
        raise BadRequest
    if request.routing_exception is not None:
        return
    operation = declared(current_app, request.endpoint)
    if operation is None:
        raise RoleMissing("This address is not open to anybody.")
    if not bearer.actor.role.covers(operation.role):
        raise RoleMissing(f"This needs the role {operation.role.value}; the token has {bearer.actor.role.value}.")


def authenticated(ports: Ports) -> Bearer:
    """Who shows a good token; raises TokenRefused, and Busy for a network that keeps sending others."""
    try:
        return api_tokens.authenticate(ports, shown_token())
    except TokenRefused:
        rates.failed_authentication(ports, request.remote_addr)
        raise


def shown_token() -> str:
    """What the Authorization header carries, "" for none or another scheme."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
