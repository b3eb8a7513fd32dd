"""How the API tells failures: problem details (RFC 9457), whatever went wrong and wherever."""

import json
import logging
from http import HTTPStatus
from typing import Any

from flask import Flask, Response
from werkzeug.exceptions import HTTPException, InternalServerError

from app.domain.errors import (
    AcknowledgementRequired,
    Busy,
    Conflict,
    DatabaseAway,
    InUse,
    Invalid,
    ModelportError,
    TokenRefused,
)
from app.lib import logs

log = logging.getLogger(__name__)

MIMETYPE = "application/problem+json"
TYPE = "urn:modelport:problem:"
_WORDS = {
    400: "The request could not be understood.",
    404: "There is no such address, or it is not yours to see.",
    405: "This address does not take that method.",
    413: "The body is larger than 10 MiB.",
    500: "Something went wrong on our side. It is in the log under the number given here.",
}
# Those whose description is a sentence of ours; werkzeug's own speak to people in front of a browser.
_OWN = frozenset({400, 412, 415, 428})


def setup(app: Flask) -> None:
    """Register the renderers; no exception reaches the server's own page."""
    app.register_error_handler(ModelportError, _known)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def _known(error: ModelportError) -> Response:
    # A page shows both versions of a conflict; to a program its precondition failed.
    status = 412 if isinstance(error, Conflict) else error.status
    response = _problem(status, error.code, error.message, **_members(error))
    if isinstance(error, Busy | DatabaseAway):
        response.headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, TokenRefused):
        # RFC 6750 3.1: an error is named only where a token was shown.
        response.headers["WWW-Authenticate"] = 'Bearer realm="modelport"' + (
            ', error="invalid_token"' if error.shown else ""
        )
    return response


def _members(error: ModelportError) -> dict[str, Any]:
    """What a kind of failure has to say beside its sentence."""
    members: dict[str, Any] = {}
    if isinstance(error, Invalid):
        members["errors"] = {name: list(sentences) for name, sentences in error.fields.items()}
    if isinstance(error, AcknowledgementRequired):
        members["notice"] = error.notice
    if isinstance(error, InUse):
        members["uses"] = list(error.uses)
    if isinstance(error, Busy | DatabaseAway):
        members["retry_after"] = error.retry_after
    if isinstance(error, Conflict) and hasattr(error.theirs, "version"):
        members["current_version"] = error.theirs.version
    return members


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    own = error.description if status in _OWN and error.description != type(error).description else ""
    detail = own or _WORDS.get(status, HTTPStatus(status).phrase + ".")
    response = _problem(status, HTTPStatus(status).phrase.lower().replace(" ", "_"), detail)
    for name, value in error.get_headers():
        if name in ("Allow", "Retry-After"):
            response.headers[name] = value
    return response


def _unexpected(error: Exception) -> Response:
    log.error("unhandled %s", type(error).__name__, exc_info=error)
    return _http(InternalServerError())


def _problem(status: int, code: str, detail: str, **members: Any) -> Response:
    told = {
        "type": TYPE + code,
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": logs.request_id.get(),
        **members,
    }
    return Response(json.dumps(told), status, mimetype=MIMETYPE)
