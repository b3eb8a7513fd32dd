"""Liveness and readiness for load balancers; neither tells a version."""

from flask import Blueprint, Response, jsonify

from app.services import readiness_check
from app.web.access import public
from app.web.context import ports

health = Blueprint("health", __name__)


@health.get("/livez")
@public
def livez() -> Response:
    """The process answers; no database is asked."""
    return jsonify(status="ok")


@health.get("/readyz")
@public
def readyz() -> tuple[Response, int]:
    """Whether the database can be written and has the tables this version expects, and the keys are loaded.

    Anybody may ask, so a failed check is told by its name and no more; the log has the rest.
    """
    failed = [each.check for each in readiness_check.failed(ports())]
    return jsonify(status="unready" if failed else "ok", problems=failed), 503 if failed else 200
