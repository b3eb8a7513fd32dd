"""Security headers of every answer.

The content policy starts from nothing and allows one script, named by a nonce that is new for each answer: markup that
somebody smuggles into a page can then neither run code nor load anything. htmx gives an answer's elements their power
by the nonce in that answer's own policy header, so fragments need the header as much as pages do. What is no page,
a file, a download, an answer to a program, may do nothing at all where a browser shows it.
"""

import hashlib
import secrets
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from flask import Flask, Response, current_app, g, make_response, request, url_for

View = TypeVar("View", bound=Callable[..., Any])

_POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors {ancestors}; "
    "require-trusted-types-for 'script'; trusted-types htmx"
)
_UNUSED_POWERS = (
    "accelerometer", "autoplay", "camera", "clipboard-read", "display-capture", "encrypted-media", "fullscreen",
    "geolocation", "gyroscope", "magnetometer", "microphone", "midi", "payment", "picture-in-picture",
    "screen-wake-lock", "usb",
)  # fmt: skip
_NOTHING = "default-src 'none'; frame-ancestors 'none'"
_NOBODY = "'none'"
_COMPANIONS = {
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: Flask-WTF asks for the Referer of every POST over https.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(f"{power}=()" for power in _UNUSED_POWERS),
}
_UNFRAMED = "modelport_unframed"
_STAND_IN = "modelport_stand_in"
_NONCE = "modelport.nonce"
_FILES = "modelport.files"
_YEAR = 31_536_000


def csp_nonce() -> str:
    """The nonce of the answer being made: 22 characters, the same for one request and never for two."""
    nonce: str = request.environ.setdefault(_NONCE, secrets.token_urlsafe(16))
    return nonce


def static_url(name: str) -> str:
    """Address of a file below static/, with its fingerprint, so that browsers may keep it for a year."""
    # A list names the same drawing a hundred times; looking at the file once is enough for one answer.
    known: dict[str, str] = request.environ.setdefault(_FILES, {})
    if name not in known:
        path = Path(current_app.static_folder or "") / name
        known[name] = url_for("static", filename=name, v=_fingerprint(path, _changed(path)))
    return known[name]


def allow_opener(response: Response) -> Response:
    """Let the page that opened this one be told when it is done, as the sign-in window of a frame must."""
    response.headers["Cross-Origin-Opener-Policy"] = "unsafe-none"
    return response


def unframed(view: View) -> View:
    """Declare that no answer of a view stands in a frame, whoever may frame the others."""
    setattr(view, _UNFRAMED, True)
    return view


def stand_in(page: str) -> Response:
    """A page that a frame may show in the place of an unframed one."""
    setattr(g, _STAND_IN, True)
    return make_response(page)


def setup(app: Flask, embed_origins: Sequence[str] = (), *, https: bool = False) -> None:
    """Put the headers on every answer.

    Only *embed_origins* (scheme, host and port each) may show our pages in a frame, and of them none that is declared
    `unframed`. *https*: people open us that way, and their browsers shall never try without.
    """
    allowed = " ".join(embed_origins) or _NOBODY

    def protect(response: Response) -> Response:
        if response.mimetype == "text/html":
            ancestors = _NOBODY if is_unframed() and not g.get(_STAND_IN) else allowed
            _isolate(response, _POLICY.format(nonce=csp_nonce(), ancestors=ancestors), https=https)
        else:
            _isolate(response, _NOTHING, https=https)
        _limit_storing(response)
        return response

    app.after_request(protect)
    app.add_template_global(csp_nonce)
    app.add_template_global(static_url)


def setup_door(door: Flask, *, https: bool = False) -> None:
    """Put the headers on every answer of an app that speaks to programs and has no pages."""

    def protect(response: Response) -> Response:
        _isolate(response, _NOTHING, https=https)
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    door.after_request(protect)


def _isolate(response: Response, policy: str, *, https: bool) -> None:
    headers = response.headers
    headers["Content-Security-Policy"] = policy
    for name, value in _COMPANIONS.items():
        headers[name] = value
    headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    if f"frame-ancestors {_NOBODY}" in policy:
        headers["X-Frame-Options"] = "DENY"
    if https:
        headers["Strict-Transport-Security"] = f"max-age={_YEAR}; includeSubDomains"


def is_unframed() -> bool:
    """Whether the view that answers is declared so."""
    view = current_app.view_functions.get(request.endpoint or "")
    return getattr(view, _UNFRAMED, False)


def _limit_storing(response: Response) -> None:
    if request.endpoint == "static" and response.status_code in (200, 206, 304):
        response.headers["Cache-Control"] = (
            f"public, max-age={_YEAR}, immutable" if request.args.get("v") else "public, max-age=3600"
        )
    else:
        response.headers.setdefault("Cache-Control", "no-store")


def _changed(path: Path) -> int:
    return path.stat().st_mtime_ns if path.is_file() else 0


@lru_cache(maxsize=256)
def _fingerprint(path: Path, changed: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:10] if changed else "missing"
