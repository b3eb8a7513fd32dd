"""The overview: what is covered, what failed, what to do next."""

from flask import Blueprint, render_template

from app.domain.roles import Role
from app.web.access import needs

overview = Blueprint("overview", __name__)


@overview.get("/")
@needs(Role.VIEWER)
def index() -> str:
    """The first page after sign-in."""
    return render_template("overview/index.html")
