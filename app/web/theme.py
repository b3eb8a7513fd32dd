"""Light, dark or as the system has it: one cookie, read by the server, so that no page flashes in the wrong colours."""

from flask import Blueprint, Flask, Response, request

from app.web.access import signed_in
from app.web.frames import embedded
from app.web.htmx import event, wants_fragment

blueprint = Blueprint("theme", __name__)

_COOKIE = "mp_theme"
# In a frame the host says which; our script notes it there, so that the next page begins in the right colours.
_FRAME_COOKIE = "mp_frame_theme"
# The class of <html>. GitLab's tokens know gl-dark and, for a part of a page, gl-dark-scope; the second yields to the
# light tokens that the page loads once more under a media query, and so follows the system without a script.
CLASSES = {"light": "", "dark": "gl-dark", "auto": "gl-dark-scope"}


def chosen() -> str:
    """``light``, ``dark`` or ``auto``, the latter also for whoever never chose."""
    theme = request.cookies.get(_FRAME_COOKIE if embedded() else _COOKIE, "auto")
    return theme if theme in CLASSES else "auto"


def theme_class() -> str:
    """The class that the page's root element carries."""
    return CLASSES[chosen()]


def setup(app: Flask) -> None:
    """Serve POST /theme and tell the layouts which theme was chosen."""
    app.register_blueprint(blueprint)
    app.add_template_global(chosen, "theme_chosen")
    app.add_template_global(theme_class)


@blueprint.post("/theme")
@signed_in
def choose() -> Response:
    """Remember the choice; a browser without scripts gets the page it came from once more."""
    theme = request.form.get("theme", "auto")
    if theme not in CLASSES:
        theme = "auto"
    if wants_fragment():
        answer = event(Response(status=204), "app:theme", {"theme": theme, "names": CLASSES[theme]})
    else:
        answer = Response(status=303, headers={"Location": _page_before()})
    answer.set_cookie(_COOKIE, theme, max_age=31_536_000, secure=request.is_secure, httponly=True, samesite="Lax")
    return answer


def _page_before() -> str:
    came_from = request.referrer or ""
    return came_from if came_from.startswith(request.host_url) else "/"
