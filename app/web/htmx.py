"""The one module that knows the wire format of htmx 4: its request headers, its answer headers, its attributes.

htmx-flask speaks htmx 2. Its request object is kept and its header reading corrected here: htmx 4 names the source and
the target as ``tag#id`` and says itself whether it wants a whole page or a part of one.
"""

import json
from functools import cached_property
from typing import Any, cast
from urllib.parse import unquote, urlsplit, urlunsplit

from flask import Flask, Response, make_response, render_template, request
from flask_wtf.csrf import generate_csrf
from htmx_flask import Htmx
from htmx_flask.requests import HtmxAwareRequest, HtmxHeaders
from markupsafe import Markup

from app.web.filters import in_quotes
from app.web.headers import csp_nonce

_VARY = ("HX-Request", "HX-Request-Type", "HX-History-Restore-Request")


class PartHeaders(HtmxHeaders):  # type: ignore[misc]  # htmx-flask ships no types
    """What a browser running htmx 4 says about its request; false for every other request."""

    @cached_property
    def source(self) -> str | None:
        """Id of the element that sent the request."""
        return _id_in(self._headers.get("HX-Source"))

    @cached_property
    def target(self) -> str | None:
        """Id of the element that the answer will go into."""
        return _id_in(self._headers.get("HX-Target"))

    @cached_property
    def trigger(self) -> str | None:
        """Same as *source*, under the name that htmx-flask gives it."""
        return self.source

    @cached_property
    def wants_part(self) -> bool:
        """True when a part of a page is awaited; a boosted link and a step back in history want the page."""
        return bool(self) and self._headers.get("HX-Request-Type") == "partial" and not self.history_restore_request


class PartRequest(HtmxAwareRequest):  # type: ignore[misc]  # as above
    """Flask's request with ``htmx`` read by the rules of htmx 4."""

    htmx: PartHeaders

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.htmx = PartHeaders(self.headers)


def setup(app: Flask) -> None:
    """Make requests, templates and answers of *app* speak htmx 4."""
    Htmx(app)
    app.request_class = PartRequest
    app.add_template_global(hx)
    app.after_request(_vary)


def hx(**attributes: object) -> Markup:
    """The htmx attributes of one element with the nonce that makes them work.

    ``_`` stands for ``-`` and ``__`` for ``:``, so ``status__409`` writes ``hx-status:409``. None leaves one out.
    """
    pair = Markup('hx-%s="%s"')
    written = [pair % ("nonce", csp_nonce())]
    for name, value in attributes.items():
        if value is not None:
            written.append(pair % (name.replace("__", ":").replace("_", "-"), in_quotes(value)))
    return Markup(" ").join(written)


def wants_fragment() -> bool:
    """True when the answer will be put into a page that is already open."""
    return cast(PartRequest, request).htmx.wants_part


def is_for(element_id: str) -> bool:
    """True when the answer will go into the element of that id."""
    return wants_fragment() and cast(PartRequest, request).htmx.target == element_id


def is_htmx() -> bool:
    """True for every request that htmx sent, whatever part of the page it is for."""
    return bool(cast(PartRequest, request).htmx)


def current_path() -> str | None:
    """Path and query of the page that sent the request; None when no page of ours says so."""
    return _own_path(request.headers.get("HX-Current-URL", ""))


def referring_path() -> str | None:
    """Path and query of the page whose plain form was sent; None when the browser does not say, or it is not ours."""
    return _own_path(request.referrer or "")


def _own_path(address: str) -> str | None:
    here = urlsplit(address)
    if here.netloc != request.host or not here.path.startswith("/"):
        return None
    return urlunsplit(("", "", here.path, here.query, ""))


def fragment(template: str, /, status: int = 200, **context: Any) -> Response:
    """Answer with the fragment file *template*."""
    return make_response(render_template(template, **context), status)


def page_or_fragment(page: str, part: str, /, status: int = 200, **context: Any) -> Response:
    """Answer with *part* when htmx asks for a part, else with the whole *page* that includes it."""
    return fragment(part if wants_fragment() else page, status, **context)


def event(response: Response, name: str, detail: dict[str, Any] | None = None) -> Response:
    """Fire *name* in the browser when the answer arrives, beside any other event it carries."""
    events = json.loads(response.headers.get("HX-Trigger", "{}"))
    response.headers["HX-Trigger"] = json.dumps({**events, name: detail or {}})
    return response


def toast(response: Response, text: str) -> Response:
    """Say *text* in the corner of the page for a few seconds."""
    return event(response, "app:toast", {"text": text})


def close_dialog(response: Response) -> Response:
    """Close the open dialog; the focus goes back to the button that opened it."""
    return event(response, "app:close-dialog")


def open_dialog(response: Response) -> Response:
    """Open the dialog with what the answer has put into it."""
    return event(response, "app:open-dialog")


def forget_secrets(response: Response) -> Response:
    """Empty the password fields that are kept across answers, once what they held is saved."""
    return event(response, "app:forget-secrets")


def fresh_csrf(response: Response) -> Response:
    """Hand the open page a new CSRF token, so that pressing the same button again works."""
    return event(response, "app:csrf", {"token": generate_csrf()})


def retarget(response: Response, selector: str, swap: str = "innerHTML") -> Response:
    """Put the answer into *selector* instead of the target that the element names; the address stays."""
    response.headers["HX-Retarget"] = selector
    response.headers["HX-Reswap"] = swap
    return push_url(response, None)


def reswap(response: Response, swap: str) -> Response:
    """Swap in another way; htmx-flask's own helper refuses the styles and modifiers that htmx 4 added."""
    response.headers["HX-Reswap"] = swap
    return response


def reselect(response: Response, selector: str) -> Response:
    """Swap in only *selector* out of the answer, beside what is out of band."""
    response.headers["HX-Reselect"] = selector
    return response


def push_url(response: Response, url: str | None) -> Response:
    """Add *url* to the browser's history; None keeps the address as it is whatever the element says."""
    response.headers["HX-Push-Url"] = url if url is not None else "false"
    return response


def replace_url(response: Response, url: str) -> Response:
    """Show *url* as the address in place of the present one, which the history then forgets."""
    response.headers["HX-Replace-Url"] = url
    return response


def redirect(url: str) -> Response:
    """Leave for *url* as a whole page, whoever asks."""
    if is_htmx():
        return Response(status=204, headers={"HX-Redirect": url})
    return Response(status=303, headers={"Location": url})


def _vary(response: Response) -> Response:
    if response.mimetype == "text/html":
        response.vary.update(_VARY)
    return response


def _id_in(element: str | None) -> str | None:
    return unquote((element or "").partition("#")[2]) or None
