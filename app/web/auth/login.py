"""Signing in: the page with its one button, the way to the provider, and the way back."""

import secrets
from typing import Any

from flask import Blueprint, Flask, Response, current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from app.domain.access import Access, Denial, RoleRules, access
from app.domain.identities import claims_to_show, display_name, verified_email
from app.domain.roles import Role
from app.lib.local_path import local_path
from app.services.sessions import SignedIn
from app.services.sign_ins import STEP_UP, Transaction, open_transaction, take_transaction
from app.services.signing_in import refuse
from app.web.access import person, public
from app.web.auth import backchannel, handing_over, identity, logout, sessions
from app.web.auth.client import Arrival, Provider, ProviderDown, SignInFailed, Standing
from app.web.auth.desk import Desk, desk, open_desk
from app.web.auth.stepping_up import check_return
from app.web.context import context, ports
from app.web.frames import embedded
from app.web.headers import unframed
from app.web.htmx import page_or_fragment

auth = Blueprint("auth", __name__, url_prefix="/auth")

_OVER = (
    "This sign-in is over: it was used already, took longer than ten minutes, or began in another browser. "
    "It also needs cookies."
)


def setup(app: Flask, provider: Provider, rules: RoleRules, *, evaluation: bool = False) -> None:
    """Serve the sign-in pages; the sessions of `app` are set up before."""
    open_desk(app, Desk(provider, rules, evaluation))
    for pages in (auth, logout.leaving, backchannel.backchannel, identity.identity):
        app.register_blueprint(pages)


@auth.get("/login")
@public
def login() -> ResponseReturnValue:
    """The sign-in page; with ?go=1 the way to the provider, with ?switch=1 as somebody else.

    With ?step_up=1 the person who is signed in proves that it is them.
    """
    going, actor = return_path(request.args.get("next")), person()
    switch, step_up = (bool(request.args.get(name)) for name in ("switch", "step_up"))
    if embedded():
        # The provider's page does not open in a frame, and ours must not send the frame there.
        purpose: dict[str, Any] = {"for": STEP_UP} if step_up else {}
        return redirect(url_for("embed.entry", next=going, **purpose))
    if actor and step_up:
        return depart(going, "login", purpose=STEP_UP, person=actor.key)
    if actor and not switch:
        return redirect(going)
    if request.args.get("go"):
        return depart(going, "login" if switch else None)
    return sign_in_page(*_addresses(going), desk().provider.standing())


@auth.get("/callback")
@public
@unframed
def callback() -> ResponseReturnValue:
    """The provider's answer: redeemed once, then a new session or the reason why there is none."""
    answer = {name: values[0] for name, values in request.args.lists() if len(values) == 1}
    browser = sessions.interface(current_app).cookies.browser_secret(request) or ""
    transaction = take_transaction(ports(), answer.get("state", ""), browser, request.remote_addr or "")
    if transaction is None:
        raise SignInFailed(_OVER)
    handing_over.note(transaction)
    arrival = desk().provider.arrival(answer, transaction.nonce, transaction.verifier)
    check_return(transaction, arrival)
    outcome = access(desk().rules, arrival.id_claims, arrival.userinfo)
    if outcome.role is None:
        # Whoever lost their groups keeps no session from before.
        sessions.interface(current_app).end()
        return _no_access(arrival, outcome)
    who = _signed_in(arrival, outcome, outcome.role)
    if transaction.challenge:
        return handing_over.hand_over(transaction, who)
    sessions.interface(current_app).begin(who, transaction.purpose)
    return redirect(transaction.next_path)


@auth.post("/callback")
@public
def callback_by_form() -> ResponseReturnValue:
    """An answer by form (response_mode=form_post), which nobody asked for and no browser's cookie comes with."""
    raise SignInFailed(
        "The identity provider sent its answer as a form, which Modelport did not ask for. "
        "Have its administrator switch this client to answers in the address (response_mode=query)."
    )


@auth.errorhandler(SignInFailed)
@auth.errorhandler(ProviderDown)
def failed(error: SignInFailed | ProviderDown) -> ResponseReturnValue:
    """Say what happened and offer another try."""
    return render_template("auth/failed.html", message=error.message, again=handing_over.again()), error.status


@auth.after_request
def _keep_opener(response: Response) -> Response:
    return handing_over.keep_opener(response) if request.endpoint == "auth.callback" else response


def sign_in_page(poll: str, onward: str, standing: Standing, status: int = 200) -> Response:
    """The page with the button that leads to `onward`; while the provider does not answer, it asks `poll` again."""
    values = {"poll": poll, "onward": onward, "standing": standing, "evaluation": desk().evaluation}
    return page_or_fragment("auth/login.html", "auth/_provider.html", status, **values)


def depart(
    going: str, prompt: str | None, *, purpose: str = "", person: str = "", challenge: str = ""
) -> ResponseReturnValue:
    """Lead to the provider and note what its answer is held against; see Transaction for the three last."""
    standing = desk().provider.standing()
    if not standing.ready:
        response = sign_in_page(*_addresses(going), standing, 503)
        response.headers["Retry-After"] = "5"
        return response
    cookies = sessions.interface(current_app).cookies
    # Tabs may sign in side by side, so a browser keeps its secret for as long as it has one.
    browser = cookies.browser_secret(request) or secrets.token_urlsafe(32)
    departure = desk().provider.departure(prompt, max_age=0 if purpose == STEP_UP else None)
    begun = Transaction(departure.nonce, departure.verifier, going, purpose, person, challenge)
    open_transaction(ports(), departure.state, browser, begun, request.remote_addr or "")
    response = make_response(redirect(departure.url))
    cookies.bind_browser(response, browser)
    return response


def _addresses(going: str) -> tuple[str, str]:
    return url_for("auth.login", next=going), url_for("auth.login", go=1, next=going)


def return_path(text: str | None) -> str:
    """Where a sign-in leads back to: a path of ours that is no page of signing in."""
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
        auth_time=arrival.auth_time,
        issued_at=arrival.issued_at,
    )


def _no_access(arrival: Arrival, outcome: Access) -> ResponseReturnValue:
    name = display_name(arrival.id_claims, arrival.userinfo)
    refuse(ports(), arrival.issuer, arrival.subject, name, outcome.denial or Denial.MISSING, sessions.visitor())
    values = {
        "issuer": arrival.issuer,
        "subject": arrival.subject,
        "name": name,
        "claim": desk().rules.claim,
        "access": outcome,
        "origin": context().origin,
        "again": handing_over.again(switch=True),
    }
    return render_template("auth/no_access.html", **values), 403
