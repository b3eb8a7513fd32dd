"""What the first page says of models that GitLab gave up."""

from flask import url_for

from app.queries import deprecations
from app.queries.deprecations import GivenUp
from app.web.context import ports
from app.web.overview_pages import MOST_SINGLE, Attention


def attention() -> list[Attention]:
    """Endpoints that run one, with what takes its place; read in one statement."""
    return [_told(each) for each in deprecations.in_use(ports().store, MOST_SINGLE)]


def _told(each: GivenUp) -> Attention:
    title = f"{each.endpoint_name} runs a model that GitLab gave up"
    href = url_for("endpoints.show", endpoint_id=each.endpoint_id)
    return Attention(
        "warned", title, f"{each.model}, since GitLab {each.since}. {each.advice}", "See the endpoint", href
    )
