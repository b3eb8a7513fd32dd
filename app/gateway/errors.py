"""Failures in OpenAI's envelope, whatever went wrong and wherever, so that every client's own handling works."""

import json
import logging
from http import HTTPStatus

from flask import Flask, Response
from werkzeug.exceptions import HTTPException

from app.domain.errors import Busy, CallRefused, DatabaseAway, Invalid, ModelportError, TokenRefused
from app.lib import logs

log = logging.getLogger(__name__)

_TYPES = {
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
}
# Where the standard's phrase differs between Python's versions.
_CODES = {413: "request_too_large"}
_WORDS = {
    404: "There is no such address. Below /v1 there are models, chat/completions, completions and embeddings.",
    405: "This address does not take that method.",
    413: "The body is larger than 10 MiB.",
}
# A caller's own name of an input may be as long as a body.
_NAME_MOST = 64
_UNEXPECTED = "Something went wrong on our side. It is in the log under the request's number."


def setup(app: Flask) -> None:
    """Register the renderers; no exception reaches the server's own page."""
    app.register_error_handler(ModelportError, _known)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def _known(error: ModelportError) -> Response:
    if isinstance(error, Invalid):
        # OpenAI's clients expect 400 for what is wrong with a request.
        name, sentences = next(iter(error.fields.items()))
        return _envelope(400, error.code, " ".join(sentences), f"inputs.{name[:_NAME_MOST]}" if name else "inputs")
    field = error.field if isinstance(error, CallRefused) else None
    response = _envelope(error.status, error.code, error.message, field)
    retry_after = error.retry_after if isinstance(error, Busy | CallRefused | DatabaseAway) else None
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    if isinstance(error, TokenRefused):
        # RFC 6750 3.1: an error is named only where a token was shown.
        named = ', error="invalid_token"' if error.shown else ""
        response.headers["WWW-Authenticate"] = f'Bearer realm="modelport"{named}'
    return response


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    code = _CODES.get(status, HTTPStatus(status).phrase.lower().replace(" ", "_"))
    response = _envelope(status, code, _WORDS.get(status, HTTPStatus(status).phrase + "."), None)
    for name, value in error.get_headers():
        if name == "Allow":
            response.headers[name] = value
    return response


def _unexpected(error: Exception) -> Response:
    log.error("unhandled %s", type(error).__name__, exc_info=error)
    return _envelope(500, "internal_error", _UNEXPECTED, None)


def _envelope(status: int, code: str, message: str, field: str | None) -> Response:
    kind = _TYPES.get(status, "invalid_request_error" if status < 500 else "api_error")
    told = {"error": {"message": message, "type": kind, "param": field, "code": code}}
    response = Response(json.dumps(told), status, mimetype="application/json")
    response.headers["X-Request-Id"] = logs.request_id.get()
    return response
