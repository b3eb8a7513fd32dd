"""Giving the catalogue away and taking what others say of it: bundles, and the installations that sign them."""

import tempfile
from collections.abc import Callable, Generator
from functools import partial
from itertools import chain
from typing import IO, Any

from flask import Blueprint, Response, request, url_for
from wtforms import Form, StringField

from app.domain.bundle_form import MOST_AT_ONCE
from app.domain.bundles import fingerprint
from app.domain.errors import Invalid
from app.domain.roles import Role
from app.queries import installations as query
from app.services import bundle_export, bundle_files, bundles, catalogue_refresh, installations
from app.services.bundles import Choice, Look
from app.web import htmx
from app.web.access import current_actor, needs
from app.web.context import ports

exchange = Blueprint("exchange", __name__, url_prefix="/catalogue/exchange")
MEBIBYTE = 1 << 20
# So that a file which is somewhat too large is told at its field.
ROOM = 2 * MOST_AT_ONCE
NOTHING_CHOSEN = Choice()
UPLOADS = frozenset({"exchange.look", "exchange.take"})
STANDINGS = {
    "new": "Not known here yet",
    "known": "Known here, not trusted",
    "trusted": "Trusted here",
    "rekeyed": "Known here with another key; trust is asked for anew",
}
STATES = {
    "new": "It was not taken before.",
    "begun": "Taking it was begun and did not end; taking it again goes on from there.",
    "taken": "It was taken already; taking it again changes nothing.",
}


class NameForm(Form):
    """What this installation is called."""

    name = StringField("Name", description="Others read it beside your reports. It may stay empty.")


@exchange.url_value_preprocessor
def _allow_uploads(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """A bundle is larger than other forms; this is said before anything reads the form."""
    if endpoint in UPLOADS:
        request.max_content_length = ROOM


@exchange.get("")
@needs(Role.ADMIN)
def index() -> Response:
    """This installation, others, and what was taken from them."""
    return _page()


@exchange.post("/name")
@needs(Role.ADMIN)
def name() -> Response:
    """Call this installation something."""
    form = NameForm(request.form)
    try:
        installations.rename(ports(), current_actor(), form.name.data or "")
    except Invalid as error:
        form.name.errors = list(error.fields["name"])
        return _page(422, form=form)
    return _done("The name is stored.")


@exchange.post("/export")
@needs(Role.ADMIN)
def export() -> Response:
    """This installation's bundle as a file."""
    pieces = _bundle()
    # Whatever hinders it shows with the first piece, before anything was answered.
    first = next(pieces)
    called = f"modelport-catalogue-{ports().clock():%Y-%m-%d}.jsonl"
    response = Response(chain((first,), pieces), mimetype="application/jsonl")
    response.call_on_close(pieces.close)
    response.headers["Content-Disposition"] = f'attachment; filename="{called}"'
    return response


def _bundle() -> Generator[bytes, None, None]:
    with tempfile.TemporaryFile() as file:
        bundle_export.export(ports(), file)
        file.seek(0)
        yield from iter(partial(file.read, MEBIBYTE), b"")


@exchange.post("/look")
@needs(Role.ADMIN)
def look() -> Response:
    """Say who signed a bundle and what taking it would change; nothing is changed."""
    return _with_file(lambda file, choice: _look(bundles.look(ports(), file, choice)))


@exchange.post("/take")
@needs(Role.ADMIN)
def take() -> Response:
    """Take the very bundle that was looked at."""
    return _with_file(_take)


@exchange.post("/installations/<installation_id>/trust")
@needs(Role.ADMIN)
def trust(installation_id: str) -> Response:
    """Let an installation's reports count for the tier, or no longer; `trusted` says which."""
    trusted = request.form.get("trusted") == "y"
    installations.trust(ports(), current_actor(), installation_id[:40], trusted)
    catalogue_refresh.refresh_installation(ports(), installation_id[:40])
    return _done("It is trusted." if trusted else "It is trusted no longer.")


def _with_file(act: Callable[[IO[bytes], Choice], Response]) -> Response:
    """Do something with the file that was sent; why it is not taken is said at its field."""
    sent = request.files.get("file")
    choice = Choice(request.form.get("trust") == "y", request.form.get("again") == "y")
    try:
        if sent is None or not sent.filename:
            raise Invalid({"file": ("Choose the file of a bundle.",)})
        if sent.stream.seek(0, 2) > MOST_AT_ONCE:
            limit = f"The file is larger than {MOST_AT_ONCE // MEBIBYTE} MB."
            raise Invalid({"file": (f"{limit} Take it with ./portal catalogue import.",)})
        return act(sent.stream, choice)
    except Invalid as error:
        return _looked(422, problem=" ".join(error.fields.get("file", (error.message,))), choice=choice)


def _look(found: Look) -> Response:
    return _looked(look=found)


def _take(file: IO[bytes], choice: Choice) -> Response:
    if bundle_files.opened(ports(), file).digest != request.form.get("digest"):
        raise Invalid({"file": ("This is another file than the one you looked at. Look at it first.",)})
    found = bundles.take(ports(), current_actor(), file, choice)
    response = _page(taken_now=found)
    return htmx.toast(response, "The bundle was taken.") if htmx.wants_fragment() else response


def _looked(status: int = 200, **values: Any) -> Response:
    """What was found of a file: beside its field, or on the page where there is no script."""
    if not htmx.wants_fragment():
        return _page(status, **values)
    response = htmx.fragment("catalogue/_look.html", status, **_look_values(**values))
    return htmx.retarget(response, "#look", "outerHTML")


def _done(words: str) -> Response:
    if not htmx.wants_fragment():
        return htmx.redirect(url_for("exchange.index"))
    return htmx.toast(_page(), words)


def _look_values(
    look: Look | None = None, problem: str = "", taken_now: Look | None = None, choice: Choice = NOTHING_CHOSEN
) -> dict[str, Any]:
    return {
        "look": look or taken_now,
        "was_taken": taken_now is not None,
        "problem": problem,
        "choice": choice,
        "standings": STANDINGS,
        "states": STATES,
    }


def _page(status: int = 200, form: NameForm | None = None, **values: Any) -> Response:
    store = ports().store
    own = query.own(store)
    return htmx.page_or_fragment(
        "catalogue/exchange.html",
        "catalogue/_exchange.html",
        status,
        own=own,
        form=form or NameForm(data={"name": own.name if own else ""}),
        fingerprint=fingerprint,
        others=query.others(store),
        bundles=query.taken(store),
        most=MOST_AT_ONCE // MEBIBYTE,
        **_look_values(**values),
    )
