"""Signing out: here at once, and at the provider where it offers that (OpenID Connect RP-Initiated Logout 1.0)."""

from flask import Blueprint, Response, current_app, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.services.signing_out import end_all
from app.web.access import person, public
from app.web.auth import sessions
from app.web.auth.desk import desk
from app.web.context import context, ports
from app.web.frames import embedded
from app.web.htmx import is_htmx, redirect

leaving = Blueprint("leaving", __name__, url_prefix="/auth")


@leaving.post("/logout")
@public
def logout() -> ResponseReturnValue:
    """End the session, then lead to the provider's own sign-out and back to our address, which asks to sign in.

    With `everywhere` all of the person's sessions end. The provider hands back the state that it is given; nothing is
    done at the way back, so there is nothing to hold it against.
    """
    actor = person()
    id_token = sessions.interface(current_app).end()
    if actor and request.form.get("everywhere"):
        end_all(ports(), actor, actor.issuer, actor.subject)
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
    return render_template("auth/signed_out.html", address=None)


def _leave(address: str | None) -> Response:
    if embedded():
        # The provider's page does not open in a frame: it is offered as a window of its own.
        return make_response(render_template("auth/signed_out.html", address=address))
    if address is None or is_htmx():
        return redirect(address or url_for("leaving.signed_out"))
    # The page that sent the form allows it to go to this site only (form-action), and browsers hold a redirect to
    # that, too. So the way on begins from a page of its own.
    return make_response(render_template("auth/leaving.html", address=address))
