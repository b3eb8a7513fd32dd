"""Signing in: the page with its one button, the way to the provider, and the way back."""

import secrets
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Flask, Response, current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.access import Access, RoleRules, access
from app.domain.identities import claims_to_show, display_name, verified_email
from app.domain.roles import Role
from app.lib.local_path import local_path
from app.services.sessions import SignedIn
from app.services.sign_ins import Transaction, open_transaction, take_transaction
from app.web.access import person, public
from app.web.auth import identity, logout, sessions
from app.web.auth.client import Arrival, Provider, ProviderDown, SignInFailed, Standing
from app.web.auth.desk import Desk, desk, open_desk
from app.web.context import context, ports
from app.web.htmx import page_or_fragment

auth = Blueprint("auth", __name__, url_prefix="/auth")

_OVER = (
    "This sign-in is over: it was used already, took longer than ten minutes, or began in another browser. "
    "It also needs cookies."
)


def setup(app: Flask, provider: Provider, rules: RoleRules, *, evaluation: bool = False) -> None:
    """Serve the sign-in pages; the sessions of `app` are set up before."""
    open_desk(app, Desk(provider, rules, evaluation))
    for pages in (auth, logout.leaving, identity.identity):
        app.register_blueprint(pages)


@auth.get("/login")
@public
def login() -> ResponseReturnValue:
    """The sign-in page; with ?go=1 the way to the provider, with ?switch=1 as somebody else."""
    going = _return_path(request.args.get("next"))
    switch = bool(request.args.get("switch"))
    if person() and not switch:
        return redirect(going)
    if request.args.get("go"):
        return _depart(going, "login" if switch else None)
    return _sign_in_page(going, desk().provider.standing())


@auth.get("/callback")
@public
def callback() -> ResponseReturnValue:
    """The provider's answer: redeemed once, then a new session or the reason why there is none."""
    answer = {name: values[0] for name, values in request.args.lists() if len(values) == 1}
    browser = sessions.interface(current_app).cookies.browser_secret(request) or ""
    transaction = take_transaction(ports(), answer.get("state", ""), browser, request.remote_addr or "")
    if transaction is None:
        raise SignInFailed(_OVER)
    arrival = desk().provider.arrival(answer, transaction.nonce, transaction.verifier)
    outcome = access(desk().rules, arrival.id_claims, arrival.userinfo)
    if outcome.role is None:
        # Whoever lost their groups keeps no session from before.
        sessions.interface(current_app).end()
        return _no_access(arrival, outcome)
    sessions.interface(current_app).begin(_signed_in(arrival, outcome, outcome.role))
    return redirect(transaction.next_path)


@auth.errorhandler(SignInFailed)
@auth.errorhandler(ProviderDown)
def failed(error: SignInFailed | ProviderDown) -> ResponseReturnValue:
    """Say what happened and offer another try."""
    return render_template("auth/failed.html", message=error.message), error.status


def _sign_in_page(going: str, standing: Standing, status: int = 200) -> Response:
    values = {"going": going, "standing": standing, "evaluation": desk().evaluation}
    return page_or_fragment("auth/login.html", "auth/_provider.html", status, **values)


def _depart(going: str, prompt: str | None) -> ResponseReturnValue:
    standing = desk().provider.standing()
    if not standing.ready:
        response = _sign_in_page(going, standing, 503)
        response.headers["Retry-After"] = "5"
        return response
    cookies = sessions.interface(current_app).cookies
    # Tabs may sign in side by side, so a browser keeps its secret for as long as it has one.
    browser = cookies.browser_secret(request) or secrets.token_urlsafe(32)
    departure = desk().provider.departure(prompt)
    begun = Transaction(departure.nonce, departure.verifier, going)
    open_transaction(ports(), departure.state, browser, begun, request.remote_addr or "")
    response = make_response(redirect(departure.url))
    cookies.bind_browser(response, browser)
    return response


def _return_path(text: str | None) -> str:
    path = local_path(text)
    return "/" if path.startswith("/auth/") else path


def _signed_in(arrival: Arrival, outcome: Access, role: Role) -> SignedIn:
    sources = (arrival.id_claims, arrival.userinfo)
    sid = arrival.id_claims.get("sid")
    return SignedIn(
        issuer=arrival.issuer,
        subject=arrival.subject,
        name=display_name(*sources),
        role=role,
        email=verified_email(*sources),
        groups=outcome.groups,
        claims=claims_to_show(*sources),
        id_token=arrival.id_token,
        provider_session=sid[:255] if isinstance(sid, str) else "",
        auth_time=_moment(arrival.id_claims.get("auth_time")),
    )


def _moment(seconds: Any) -> datetime | None:
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _no_access(arrival: Arrival, outcome: Access) -> ResponseReturnValue:
    values = {
        "issuer": arrival.issuer,
        "subject": arrival.subject,
        "name": display_name(arrival.id_claims, arrival.userinfo),
        "claim": desk().rules.claim,
        "access": outcome,
        "origin": context().origin,
        "again": url_for("auth.login", go=1, switch=1),
    }
    return render_template("auth/no_access.html", **values), 403
