"""The overview: what is covered, what failed, what to do next."""

from flask import Blueprint, render_template

from app.domain.roles import Role
from app.web.access import current_actor, needs
from app.web.context import ports
from app.web.overview_pages import attention, changes, first_steps, read_overview

overview = Blueprint("overview", __name__)


@overview.get("/")
@needs(Role.VIEWER)
def index() -> str:
    """The first page after sign-in; a checklist until a feature has its first model."""
    seen = read_overview(ports().clock())
    actor = current_actor()
    steps = first_steps(seen, actor.name, actor.role) if seen.is_first_run else []
    told = {"attention": attention(seen), "changes": changes(seen), "steps": steps}
    return render_template("overview/index.html", seen=seen, **told)
