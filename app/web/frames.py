"""Pages inside a frame of another site: whether this one is, and who may frame us.

The browser says what a document is loaded into (Sec-Fetch-Dest), and our script says it for what htmx fetches. Nothing
is shown or hidden for safety by it: who may frame us is the content policy's business.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from flask import Flask, Response, current_app, render_template, request

from app.web.headers import is_unframed, stand_in

MARK = "Modelport-Frame"
_KEY = "modelport.frames"


@dataclass(frozen=True, slots=True)
class Frames:
    """`origins` may frame us; with `storage_access` the frame may ask the browser for the cookie of a full page."""

    origins: tuple[str, ...] = ()
    storage_access: bool = False


def setup(app: Flask, origins: Sequence[str], *, storage_access: bool = False) -> None:
    """Tell every template whether its page is in a frame, and of whom."""
    app.extensions[_KEY] = Frames(tuple(origins), storage_access)
    app.context_processor(_surroundings)
    app.before_request(_lead_out)


def frames() -> Frames:
    """What the running app was told of frames."""
    return cast(Frames, current_app.extensions[_KEY])


def embedded() -> bool:
    """Whether the answer will be seen inside a frame."""
    destination = request.headers.get("Sec-Fetch-Dest", "empty")
    return destination == "iframe" or (destination == "empty" and request.headers.get(MARK) == "1")


def framing_origin(named: str) -> str:
    """`named` where it may frame us; else the only one that may, or nothing where several could."""
    known = frames().origins
    return named if named in known else known[0] if len(known) == 1 else ""


def _lead_out() -> Response | None:
    """Where a frame comes to a page that stands in none, show a way to it instead of the browser's own complaint."""
    # Sign-in has its own ways out of a frame.
    if request.method != "GET" or request.blueprint == "auth" or request.blueprint == "embed":
        return None
    if not embedded() or not is_unframed():
        return None
    return stand_in(render_template("errors/unframed.html", address=request.full_path.rstrip("?")))


def _surroundings() -> dict[str, Any]:
    return {"embedded": embedded(), "frame_origins": frames().origins, "storage_access": frames().storage_access}
