"""The connected GitLab instance: read it, let it check itself, choose what it is told of and in which way."""

from collections.abc import Callable

from flask import Blueprint, Response, request, url_for

from app.domain.errors import Busy
from app.domain.roles import Actor, Role
from app.services import instance_choices, instance_reads
from app.web import htmx, instance_pages
from app.web.access import current_actor, needs
from app.web.context import context, ports
from app.web.feature_pages import known
from app.web.instance_plan import plan
from app.web.instance_runs import back, page_of, runs

instance = Blueprint("instance", __name__, url_prefix="/instance")
instance.register_blueprint(plan)
instance.register_blueprint(runs)


@instance.get("")
@needs(Role.VIEWER)
def index() -> Response:
    """How GitLab stands beside what is held here; the search of its models is in the address."""
    return instance_pages.page()


@instance.post("/read")
@needs(Role.ADMIN)
def read() -> Response:
    """Begin to read GitLab."""
    return _begin(context().instance.read)


@instance.post("/health")
@needs(Role.ADMIN)
def check_health() -> Response:
    """Begin GitLab's own health check."""
    return _begin(context().instance.check_health)


@instance.post("/scope")
@needs(Role.ADMIN)
def choose_scope() -> Response:
    """Choose which endpoints GitLab is told of, from the next plan on."""
    instance_reads.client(ports())
    scope = request.form.get("scope", "")
    instance_choices.set_scope(ports(), current_actor(), scope)
    return _changed(f"GitLab is told of: {instance_choices.SCOPES[scope].lower()}.", "scope")


@instance.post("/features/<name>/way")
@needs(Role.ADMIN)
def choose_way(name: str) -> Response:
    """Choose how GitLab reaches a feature's model, from the next plan on."""
    feature, way = known(name), request.form.get("way", "")
    instance_choices.set_way(ports(), current_actor(), name, way)
    return _changed(f"{feature.title}: {instance_pages.WAYS[way][0].lower()}, from the next plan on.", f"f-{name}")


def _begin(begin: Callable[[Actor], str]) -> Response:
    instance_reads.client(ports())  # without an instance it says so, before anything begins
    on = request.form.get("on", "")
    try:
        begin(current_actor())
    except Busy as error:
        response = page_of(on, 429, error.message)
        response.headers["Retry-After"] = str(error.retry_after)
        return response
    return page_of(on) if htmx.wants_fragment() else htmx.redirect(back(on))


def _changed(words: str, anchor: str) -> Response:
    if not htmx.wants_fragment():
        return htmx.redirect(url_for("instance.index", _anchor=anchor))
    return htmx.toast(instance_pages.page(), words)
