"""The page that takes over what a GitLab instance has; nothing of it is written to GitLab."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request

from app.domain.errors import Invalid
from app.domain.platforms import OTHER_SERVER
from app.domain.roles import Role
from app.queries import taking_over as query
from app.queries.endpoint_names import endpoint_names
from app.queries.instance import reading
from app.queries.taking_over import Offer
from app.services import taking_over as service
from app.services.instance_reads import url_of
from app.services.taking_over import NOTE, TakenOver, Wish
from app.web import htmx
from app.web.access import current_actor, needs
from app.web.context import ports
from app.web.feature_words import ticked
from app.web.taking_over_pages import (
    ALL,
    NONE,
    SERVING,
    Errors,
    asks_server,
    coming,
    groups,
    has_models,
    posted,
    proposed,
    titles,
)

taking_over = Blueprint("taking_over", __name__, url_prefix="/instance/take-over")
MOST_KEYS = 25


@taking_over.get("")
@needs(Role.ADMIN)
def show() -> Response:
    """GitLab's models beside what is held here, and what is proposed for each."""
    offered, new = _offer(), request.args.get("new", ALL)
    if offered is None:
        return _nothing()
    new = new if new in (ALL, SERVING, NONE) else ALL
    return _page(offered, proposed(offered, new), new=new)


@taking_over.post("")
@needs(Role.ADMIN)
def take() -> Response:
    """Take over what was chosen, and say what came of it."""
    offered = _offer()
    if offered is None:
        return _nothing()
    wishes, faults = posted(offered, request.form)
    if faults:
        return _page(offered, wishes, faults, 422)
    noted, along = ticked("acknowledged"), ticked("with_features")
    try:
        done = service.take_over(ports(), current_actor(), [*wishes.values()], with_features=along, acknowledged=noted)
    except Invalid as error:
        return _page(offered, wishes, error.fields, 422)
    return _told(offered, done)


def _offer() -> Offer | None:
    return query.offer(ports().store, ports().facts, url_of(ports()), ports().origin)


def _page(
    offered: Offer, wishes: Mapping[str, Wish], errors: Errors | None = None, status: int = 200, *, new: str = ALL
) -> Response:
    facts, errors = ports().facts, errors or {}
    first = status == 200
    known = {each.model.id for each in offered.models}
    listed = groups(facts, offered, wishes, errors)
    values: dict[str, Any] = {
        "groups": listed,
        "servers": facts.servers.values() if asks_server(listed) else (),
        "server": request.form.get("server") or OTHER_SERVER,
        "number": len(offered.models),
        "coming": coming(facts, offered.features),
        "asks_note": has_models(offered.features),
        "staying": titles(facts, offered.touched),
        "along": first or ticked("with_features"),
        "noted": not first and ticked("acknowledged"),
        "note": NOTE,
        "note_errors": errors.get("acknowledged", ()),
        "news": [each for name, said in errors.items() if _is_apart(name, known) for each in said],
        "new": new,
        "read": reading(ports().store, url_of(ports())),
        "missing": query.keys_missing(ports().store, MOST_KEYS),
    }
    return htmx.page_or_fragment("taking_over/show.html", "taking_over/_form.html", status, **values)


def _is_apart(name: str, known: set[str]) -> bool:
    """Whether a fault is of no one model and not of the note either."""
    return name != "acknowledged" and name.rpartition(".")[0] not in known


def _nothing() -> Response:
    values = {"connected": ports().instance is not None}
    return htmx.page_or_fragment("taking_over/nothing.html", "taking_over/_nothing.html", **values)


def _told(offered: Offer, done: TakenOver) -> Response:
    facts = ports().facts
    names = {each.id: each.name for each in endpoint_names(ports().store)}
    left_out = [(facts.features[name].title if name in facts.features else name, said) for name, said in done.left_out]
    values: dict[str, Any] = {
        "made": [(each, names.get(each, "")) for each in done.made],
        "linked": [(each, names.get(each, "")) for each in done.linked],
        "given": titles(facts, done.features),
        "left_out": left_out,
        "staying": titles(facts, offered.touched),
        "missing": query.keys_missing(ports().store, MOST_KEYS),
    }
    return htmx.forget_secrets(htmx.page_or_fragment("taking_over/done.html", "taking_over/_done.html", **values))
