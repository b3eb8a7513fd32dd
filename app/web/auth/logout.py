"""Signing out: here at once, and at the provider where it offers that (OpenID Connect RP-Initiated Logout 1.0)."""

from flask import Blueprint, Response, current_app, make_response, render_template, url_for
from flask.typing import ResponseReturnValue

from app.web.access import public
from app.web.auth import sessions
from app.web.auth.desk import desk
from app.web.context import context
from app.web.htmx import is_htmx, redirect

leaving = Blueprint("leaving", __name__, url_prefix="/auth")


@leaving.post("/logout")
@public
def logout() -> ResponseReturnValue:
    """End the session, then lead to the provider's own sign-out and back to our address, which asks to sign in."""
    id_token = sessions.interface(current_app).end()
    address = None
    if id_token:
        address = desk().provider.logout_address(id_token, context().origin + "/")
    response = _leave(address)
    # Not "cookies": that empties the whole registrable domain, GitLab beside us included.
    response.headers["Clear-Site-Data"] = '"storage"'
    return response


@leaving.get("/signed-out")
@public
def signed_out() -> str:
    """Where signing out ends without the provider; nothing here signs in again without a click."""
    return render_template("auth/signed_out.html")


def _leave(address: str | None) -> Response:
    if address is None or is_htmx():
        return redirect(address or url_for("leaving.signed_out"))
    # The page that sent the form allows it to go to this site only (form-action), and browsers hold a redirect to
    # that, too. So the way on begins from a page of its own.
    return make_response(render_template("auth/leaving.html", address=address))
