"""Signing in for a page that is open: one in a frame, or one whose session ended under it.

The provider's pages do not open in a frame, and a cookie that a window gets is none of the frame's. So a window goes to
the provider, and what it brings back goes through its opener, and through nothing else, to the frame that asked.
"""

import re
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Flask, Response, current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import generate_csrf

from app.services import handoffs
from app.services.sign_ins import STEP_UP
from app.web.access import person, public
from app.web.auth import sessions
from app.web.auth.client import SignInFailed
from app.web.auth.desk import desk
from app.web.auth.handing_over import done_path
from app.web.auth.login import depart, return_path, sign_in_page
from app.web.context import ports
from app.web.frames import embedded
from app.web.headers import allow_opener, unframed
from app.web.htmx import wants_fragment

embed = Blueprint("embed", __name__, url_prefix="/auth/embed")

_CHALLENGE = re.compile(r"[0-9a-f]{64}")
# The window's own pages; the others are the frame's.
_IN_THE_WINDOW = ("embed.start", "embed.done")


def setup(app: Flask) -> None:
    """Serve them; the sign-in pages are set up before."""
    app.register_blueprint(embed)
    # Nobody is signed in yet, so there is no token: the request must come from our page and hold two secrets.
    app.extensions["csrf"].exempt(handoff)


@embed.get("")
@public
def entry() -> ResponseReturnValue:
    """What a frame shows to somebody who is not signed in, or with ?for=step_up has to prove it anew: one button."""
    going = return_path(request.args.get("next"))
    again = request.args.get("for") == STEP_UP
    if person() and not again:
        return redirect(going)
    return render_template("auth/embed.html", going=going, again=again)


@embed.get("/start")
@public
@unframed
def start() -> ResponseReturnValue:
    """The window's way to the provider: ?h= the frame's challenge, ?in= who frames it, ?for=step_up to prove anew."""
    if embedded():
        return redirect(url_for("embed.entry"))
    challenge = request.args.get("h", "")
    if challenge and not _CHALLENGE.fullmatch(challenge):
        raise SignInFailed("This window was not opened by a page of ours.")
    standing = desk().provider.standing()
    if wants_fragment() or not standing.ready:
        here = request.full_path.rstrip("?")
        return sign_in_page(here, here, standing, 200 if wants_fragment() else 503)
    return _depart(request.args, challenge)


@embed.get("/done")
@public
@unframed
def done() -> ResponseReturnValue:
    """Where the window ends when its own cookie is the opener's as well."""
    actor = person()
    if actor is None:
        return redirect(url_for("auth.login"))
    return render_template("auth/done.html", name=actor.name, code="", frame="")


@embed.get("/state")
@public
def state() -> dict[str, Any]:
    """Whether this very page is signed in, asked once after a sign-in; with the token for its forms."""
    actor = person()
    if actor is None:
        return {"signed_in": False}
    return {"signed_in": True, "name": actor.name, "token": generate_csrf()}


@embed.post("/handoff")
@public
def handoff() -> ResponseReturnValue:
    """Begin the session that a window brought: its code, once, with the verifier of the frame that asked."""
    code, verifier = request.form.get("code", ""), request.form.get("verifier", "")
    found = handoffs.redeem(ports(), code, verifier, request.remote_addr or "")
    if found is None:
        return {"title": "This sign-in is over: it was used, took too long, or another page asked for it."}, 400
    before = person()
    if found.purpose == STEP_UP and before and before.key != found.who.actor.key:
        return {"title": f"Somebody else signed in. You are still {before.name} here."}, 403
    sessions.interface(current_app).begin(found.who, found.purpose, framed=True)
    return Response(status=204)


@embed.errorhandler(SignInFailed)
def failed(error: SignInFailed) -> ResponseReturnValue:
    """Say what is wrong with the window."""
    return render_template("auth/failed.html", message=error.message, again=url_for("embed.start")), error.status


@embed.after_request
def _keep_the_opener(response: Response) -> Response:
    return allow_opener(response) if request.endpoint in _IN_THE_WINDOW else response


def _depart(asked: Mapping[str, str], challenge: str) -> Response:
    again = asked.get("for") == STEP_UP
    actor = person()
    return make_response(
        depart(
            done_path(asked.get("in", "")),
            "login" if again or asked.get("switch") else None,
            purpose=STEP_UP if again else "",
            # In a frame of another site the window does not see the frame's session; handing over compares again.
            person=actor.key if again and actor else "",
            challenge=challenge,
        )
    )
