"""Who calls: a bearer token, looked up in memory. Cookies are not looked at."""

from typing import cast

from flask import Flask, g, request

from app.domain.errors import TokenRefused
from app.domain.routing import TokenRoute
from app.gateway.context import context
from app.services import rates
from app.services.routing import bearer


def setup(app: Flask) -> None:
    """Check every request before its route runs, and before an unknown address is told from a known one."""
    app.before_request(_check)


def current_token() -> TokenRoute:
    """The token that was shown."""
    return cast(TokenRoute, g.token)


def _check() -> None:
    board = context().switchboard
    scheme, _, token = request.environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    shown = token.strip() if scheme.lower() == "bearer" else ""
    try:
        g.token = bearer(board.book.current(), shown, board.ports.clock())
    except TokenRefused:
        rates.failed_authentication(board.ports, request.remote_addr)
        raise
