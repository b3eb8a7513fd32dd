"""Three independent checks on every changing request that a cookie could have authenticated.

1. Where it came from: a sibling subdomain is "same-site", so SameSite cookies do not keep it out; the
   browser's Sec-Fetch-Site, or else Origin, does.
2. What it carries: a form, or JSON. Other sites can have a browser send plain text as well, and no page of ours does.
3. A token bound to the session (Flask-WTF), in the form or in the X-CSRFToken header.

What the identity provider sends is no page's request, and its cookies do not count: it is proven by itself.
"""

from collections.abc import Callable

from flask import Flask, request
from flask_wtf.csrf import CSRFProtect
from werkzeug.exceptions import UnsupportedMediaType

from app.domain.errors import ModelportError

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
BODIES = frozenset({"application/x-www-form-urlencoded", "multipart/form-data", "application/json"})
# Views (module and function) that look at no cookie.
FROM_PROVIDER = frozenset({"app.web.auth.backchannel.logout", "app.web.auth.login.callback_by_form"})


class ForeignRequest(ModelportError):
    """A changing request that did not come from one of our own pages."""

    status = 403
    code = "csrf"


def setup(app: Flask, origin: str) -> CSRFProtect:
    """Install the checks; `origin` is the address people open."""

    def check_source() -> None:
        view = app.view_functions.get(request.endpoint or "")
        if request.method in SAFE or (view and f"{view.__module__}.{view.__name__}" in FROM_PROVIDER):
            return
        if not is_own(request.headers.get, origin):
            raise ForeignRequest("The request did not come from a page of this portal, so nothing was changed.")

    def check_body() -> None:
        sent = request.mimetype or ("" if not request.content_length else "unnamed")
        if request.method not in SAFE and sent and sent not in BODIES:
            raise UnsupportedMediaType

    app.before_request(check_source)
    app.before_request(check_body)
    # The token lives as long as the session: a form left open over lunch still works.
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    protect = CSRFProtect()
    protect.init_app(app)
    for view in FROM_PROVIDER:
        protect.exempt(view)
    return protect


def is_own(header: Callable[[str], str | None], origin: str) -> bool:
    """Tell from Sec-Fetch-Site, or where it is absent from Origin, whether our own page sent the request."""
    site = header("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return header("Origin") == origin
