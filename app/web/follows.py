"""Following other portals' catalogues: an address is kept, looked at, agreed to, and from then on fetched by itself."""

from typing import Any

from flask import Blueprint, Response, request, url_for
from wtforms import Form, PasswordField, StringField
from wtforms.validators import InputRequired

from app.domain.bundle_form import MOST_AT_ONCE
from app.domain.errors import Invalid, Unavailable
from app.domain.following import State
from app.domain.roles import Role
from app.queries import follows as query
from app.services import follows as service
from app.services.bundle_fetch import WHILE_WAITING
from app.services.bundles import Choice, Look
from app.web import htmx
from app.web.access import current_actor, needs
from app.web.context import ports
from app.web.exchange import MEBIBYTE, STANDINGS, STATES

follows = Blueprint("follows", __name__, url_prefix="/catalogue/follows")
VARIANTS = {
    State.NEW: "neutral",
    State.GOOD: "success",
    State.WAITS: "warning",
    State.FAILED: "danger",
}


class FollowForm(Form):
    """Whose catalogue, and what lets us read it."""

    address = StringField(
        "Address",
        [InputRequired()],
        description="The other portal's address, or that of a bundle; https:// only.",
    )
    token = PasswordField("Token", description="A viewer's token of the other Modelport. Stored sealed.")


@follows.get("")
@needs(Role.ADMIN)
def index() -> Response:
    """What is followed."""
    return _page()


@follows.post("")
@needs(Role.ADMIN)
def create() -> Response:
    """Keep an address and look at what is there."""
    form = FollowForm(request.form)
    try:
        follow_id = service.follow(ports(), current_actor(), form.address.data or "", form.token.data or "")
    except Invalid as error:
        form.address.errors = list(error.fields.get("address", ()))
        form.token.errors = list(error.fields.get("token", ()))
        return _page(422, form=form)
    return _look(follow_id)


@follows.post("/<follow_id>/look")
@needs(Role.ADMIN)
def look(follow_id: str) -> Response:
    """Fetch what is there and say what taking it would change."""
    return _look(follow_id[:40])


def _look(follow_id: str) -> Response:
    try:
        found = service.look(ports(), follow_id, limits=WHILE_WAITING)
    except (Invalid, Unavailable) as error:
        return _page(422, problem=error.message)
    return _page(look=found, chosen=follow_id)


@follows.post("/<follow_id>/take")
@needs(Role.ADMIN)
def take(follow_id: str) -> Response:
    """Take what was looked at and agree to whose it is."""
    choice = Choice(request.form.get("trust") == "y", request.form.get("again") == "y")
    content, signer = request.form.get("content", ""), request.form.get("signer", "")
    try:
        found = service.take(ports(), current_actor(), follow_id[:40], content, signer, choice, WHILE_WAITING)
    except (Invalid, Unavailable) as error:
        return _page(422, problem=error.message)
    return _done("The catalogue was taken.", look=found, was_taken=True)


@follows.post("/<follow_id>/end")
@needs(Role.ADMIN)
def end(follow_id: str) -> Response:
    """Follow an address no longer."""
    service.unfollow(ports(), current_actor(), follow_id[:40])
    return _done("It is followed no longer.")


def _done(words: str, **values: Any) -> Response:
    if htmx.wants_fragment():
        return htmx.toast(_page(**values), words)
    return _page(**values) if values else htmx.redirect(url_for("follows.index"))


def _page(
    status: int = 200,
    form: FollowForm | None = None,
    look: Look | None = None,
    chosen: str = "",
    problem: str = "",
    was_taken: bool = False,
) -> Response:
    found = query.followed(ports().store)
    return htmx.page_or_fragment(
        "catalogue/follows.html",
        "catalogue/_follows.html",
        status,
        form=form or FollowForm(),
        followed=found,
        chosen=next((each for each in found if each.id == chosen), None),
        look=look,
        was_taken=was_taken,
        problem=problem,
        most=MOST_AT_ONCE // MEBIBYTE,
        choice=Choice(),
        words={state: (state.label, variant) for state, variant in VARIANTS.items()},
        standings=STANDINGS,
        states=STATES,
    )
