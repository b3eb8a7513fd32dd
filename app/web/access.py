"""Who may reach which route: every view declares it, and one without a declaration is refused.

Peers lost data through new routes that missed their check (MLflow CVE-2026-3198, LiteLLM
GHSA-qqcv-vg9f-5rr3); so the check stands before routing's result is used, not inside the views.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from flask import Flask, current_app, request, session
from werkzeug.exceptions import BadRequest

from app.domain.errors import RoleMissing, SignInRequired
from app.domain.roles import Actor, Role

View = TypeVar("View", bound=Callable[..., Any])
_MARK = "modelport_access"
PUBLIC = "public"
SIGNED_IN = "signed in"


def needs(role: Role) -> Callable[[View], View]:
    """Declare that a view takes a person whose role covers `role`."""
    return _declare(role.value)


def public(view: View) -> View:
    """Declare that a view takes anybody."""
    return _declare(PUBLIC)(view)


def signed_in(view: View) -> View:
    """Declare that a view takes any signed-in person."""
    return _declare(SIGNED_IN)(view)


def _declare(level: str) -> Callable[[View], View]:
    def mark(view: View) -> View:
        setattr(view, _MARK, level)
        return view

    return mark


def declared(app: Flask, endpoint: str) -> str | None:
    """What the route's view declares: a role's value, `public`, `signed in`, or None."""
    if endpoint == "static":
        return PUBLIC
    return cast("str | None", getattr(app.view_functions.get(endpoint), _MARK, None))


def person() -> Actor | None:
    """The signed-in person, or None."""
    return cast("Actor | None", getattr(session, "actor", None))


def current_actor() -> Actor:
    """The signed-in person; raises SignInRequired where there is none."""
    actor = person()
    if actor is None:
        raise SignInRequired("Sign in to go on.")
    return actor


def may(role: Role | str) -> bool:
    """Tell a template whether the person's role covers `role`."""
    actor = person()
    return actor is not None and actor.role.covers(Role(role))


def setup(app: Flask) -> None:
    """Check every request before its view runs, and give templates `may` and `person`."""
    app.before_request(_refuse_nul)
    app.before_request(_check)
    app.jinja_env.globals.update(may=may, person=person)


def _refuse_nul() -> None:
    """No id and no search of ours holds a NUL, and PostgreSQL takes none even to compare with."""
    if any("\0" in text for text in (request.path, *request.args.values())):
        raise BadRequest


def _check() -> None:
    # An unknown address asks for sign-in first, so that nobody learns which addresses exist.
    level = declared(current_app, request.endpoint) if request.endpoint else SIGNED_IN
    if level == PUBLIC:
        return
    actor = current_actor()
    if level is None:
        raise RoleMissing("This address is not open to anybody.")
    if level != SIGNED_IN and not actor.role.covers(Role(level)):
        raise RoleMissing(f"This needs the role {level}; you are signed in as {actor.role.value}.")
