"""Two independent checks on every changing request that a cookie could have authenticated.

1. Where it came from: a sibling subdomain is "same-site", so SameSite cookies do not keep it out; the
   browser's Sec-Fetch-Site, or else Origin, does.
2. A token bound to the session (Flask-WTF), in the form or in the X-CSRFToken header.
"""

from collections.abc import Callable

from flask import Flask, request
from flask_wtf.csrf import CSRFProtect

from app.domain.errors import ModelportError

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class ForeignRequest(ModelportError):
    """A changing request that did not come from one of our own pages."""

    status = 403
    code = "csrf"


def setup(app: Flask, origin: str) -> CSRFProtect:
    """Install both checks; `origin` is the address people open."""

    def check_source() -> None:
        if request.method not in SAFE and not is_own(request.headers.get, origin):
            raise ForeignRequest("The request did not come from a page of this portal, so nothing was changed.")

    app.before_request(check_source)
    # The token lives as long as the session: a form left open over lunch still works.
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    protect = CSRFProtect()
    protect.init_app(app)
    return protect


def is_own(header: Callable[[str], str | None], origin: str) -> bool:
    """Tell from Sec-Fetch-Site, or where it is absent from Origin, whether our own page sent the request."""
    site = header("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return header("Origin") == origin
