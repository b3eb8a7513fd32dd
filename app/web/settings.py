"""The settings, read-only: they come from the environment or files and hold until the next start."""

from flask import Blueprint, render_template

from app.domain.roles import Role
from app.web.access import needs
from app.web.context import context
from app.web.headers import unframed

settings = Blueprint("settings", __name__)


@settings.get("/settings")
@needs(Role.ADMIN)
@unframed
def index() -> str:
    """Every setting with its value, its source and its help."""
    return render_template("settings/index.html", rows=context().settings)
