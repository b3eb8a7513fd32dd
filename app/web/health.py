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
    """Whether the database can be written and has the tables this version expects."""
    problems = readiness_check.problems(ports())
    return jsonify(status="unready" if problems else "ok", problems=problems), 503 if problems else 200
