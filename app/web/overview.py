"""The overview: what is covered, what failed, what to do next."""

from flask import Blueprint, render_template

from app.domain.roles import Role
from app.web import overview_catalogue, overview_instance, overview_models
from app.web.access import current_actor, needs
from app.web.context import ports
from app.web.overview_changes import changes
from app.web.overview_pages import attention, first_steps, read_overview

overview = Blueprint("overview", __name__)


@overview.get("/")
@needs(Role.VIEWER)
def index() -> str:
    """The first page after sign-in; a checklist until a feature has its first model."""
    seen = read_overview(ports().clock())
    actor = current_actor()
    instance = overview_instance.read_instance(seen.at)
    steps = first_steps(seen, actor.name, actor.role) if seen.is_first_run else []
    if steps and instance:
        steps[-1] = overview_instance.last_step()
    needed = [*overview_instance.attention(instance), *attention(seen)]
    needed += [*overview_models.attention(), *overview_catalogue.attention(actor)]
    needed.sort(key=lambda each: each.outcome != "failed")
    told = {"attention": needed, "changes": changes(seen), "steps": steps}
    return render_template("overview/index.html", seen=seen, **told)
