"""How the web door shows failures: a page to a browser, a fragment to htmx, problem+json to nobody here."""

import logging
from http import HTTPStatus

from flask import Flask, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError

from app.domain.errors import Busy, DatabaseAway, ModelportError, SignInRequired, StepUpRequired
from app.lib import logs
from app.web import htmx

log = logging.getLogger(__name__)

# What a page asks for again and again, and what then stands in the place of the element that asked: an alert elsewhere
# would come back twice a second and take the focus each time.
POLLED = {
    "probes.show": "errors/_polled.html",
    "probes.row": "errors/_polled_row.html",
    "trials.show": "errors/_polled_try.html",
    "instance.runs.show": "errors/_polled_run.html",
}

WORDS = {
    400: "The request could not be understood.",
    403: "This is not open to you.",
    404: "There is no such page, or it is not yours to see.",
    405: "This address does not take that kind of request.",
    413: "What was sent is too large.",
    415: "This address takes a form, and nothing was changed.",
    500: "Something went wrong on our side. It is in the log under the number below.",
}


def setup(app: Flask) -> None:
    """Register the renderers; no exception reaches the server's own page."""
    app.register_error_handler(SignInRequired, _sign_in)
    app.register_error_handler(StepUpRequired, _step_up)
    app.register_error_handler(ModelportError, _known)
    app.register_error_handler(CSRFError, _stale_token)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def _sign_in(error: SignInRequired) -> ResponseReturnValue:
    if _is_poll():
        return _instead(401, error.message)
    if htmx.is_htmx():
        # A redirect would be followed by fetch and land inside the target: say so in a slot instead.
        return _in_place(401, "expired")
    if request.method == "GET":
        wants_json = request.accept_mimetypes.best == "application/json"
        if wants_json:
            return {"title": error.message, "status": 401}, 401
        return redirect(url_for("auth.login", next=_return_address()))
    return _render(401, error.message)


def _step_up(error: StepUpRequired) -> ResponseReturnValue:
    if htmx.is_htmx():
        return _in_place(error.status, "step_up")
    page = render_template("errors/step_up.html", message=error.message, next=_return_address())
    return make_response(page, error.status)


def _in_place(status: int, reason: str) -> Response:
    """Ask for a sign-in on the page that is open, and leave what was typed there alone."""
    response = make_response(render_template("errors/_sign_in.html", next=_return_address(), reason=reason), status)
    return htmx.retarget(response, "#session")


def _return_address() -> str:
    if request.method != "GET" or htmx.is_htmx():
        return htmx.current_path() or htmx.referring_path() or "/"
    return request.full_path.rstrip("?")


def _known(error: ModelportError) -> ResponseReturnValue:
    response = _instead(error.status, error.message) if _is_poll() else _render(error.status, error.message)
    if isinstance(error, Busy | DatabaseAway):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _is_poll() -> bool:
    return htmx.wants_fragment() and request.method == "GET" and request.endpoint in POLLED


def _instead(status: int, message: str) -> Response:
    """An answer after which the element asks no more."""
    values = {"message": message, "sign_in": status == 401, "next": _return_address()}
    page = render_template(POLLED[request.endpoint or ""], **values)
    return htmx.reswap(make_response(page, status), "outerHTML")


def _stale_token(_error: CSRFError) -> ResponseReturnValue:
    response = _render(403, "The form had expired, so nothing was changed. Press the button again.")
    return htmx.fresh_csrf(response)


def _http(error: HTTPException) -> ResponseReturnValue:
    original = getattr(error, "original_exception", None)
    if isinstance(original, ModelportError):
        # It came while the session was saved, after the view.
        return _known(original)
    if error.code is None or 300 <= error.code < 400:
        return error
    return _render(error.code, WORDS.get(error.code, HTTPStatus(error.code).phrase + "."))


def _unexpected(error: Exception) -> ResponseReturnValue:
    log.error("unhandled %s", type(error).__name__, exc_info=error)
    return _http(InternalServerError())


def _render(status: int, message: str) -> Response:
    values = {
        "status": status,
        "title": HTTPStatus(status).phrase,
        "message": message,
        "request_id": logs.request_id.get(),
    }
    if htmx.is_htmx():
        response = make_response(render_template("errors/_alert.html", **values), status)
        return htmx.retarget(response, "#alerts")
    return make_response(render_template("errors/page.html", **values), status)
