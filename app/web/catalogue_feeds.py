"""The catalogue to be read elsewhere: feeds for programs, a sheet, and pages to publish; each with an ETag."""

from flask import Blueprint, Response, request, url_for

from app.domain.catalogue_docs import CATALOGUE, RULES
from app.domain.roles import Role
from app.services import catalogue_outputs as outputs
from app.services.catalogue_outputs import Output
from app.web.access import needs
from app.web.context import context, ports

catalogue_feeds = Blueprint("catalogue_feeds", __name__)


@catalogue_feeds.get("/catalogue/feed.json")
@needs(Role.VIEWER)
def feed() -> Response:
    """A page of all entries, as the schema beside it has it."""
    response = _answer(outputs.feed(ports(), context().origin, request.args.get("after", "")))
    response.headers["Link"] = f'<{url_for("catalogue_feeds.schema")}>; rel="describedby"'
    return response


@catalogue_feeds.get("/catalogue/feed.schema.json")
@needs(Role.VIEWER)
def schema() -> Response:
    """The schema of the feed."""
    return _answer(outputs.schema())


@catalogue_feeds.get("/catalogue/changes.atom")
@needs(Role.VIEWER)
def changes() -> Response:
    """The newest changes."""
    origin = context().origin
    return _answer(outputs.changes(ports(), origin, origin + url_for("catalogue_feeds.changes")))


@catalogue_feeds.get("/catalogue.csv")
@needs(Role.VIEWER)
def sheet() -> Response:
    """Every entry, for a spreadsheet."""
    response = _answer(outputs.sheet(ports()))
    response.headers["Content-Disposition"] = (
        f'attachment; filename="modelport-catalogue-{ports().clock():%Y-%m-%d}.csv"'
    )
    return response


@catalogue_feeds.get("/catalogue.md")
@needs(Role.VIEWER)
def page() -> Response:
    """The catalogue as a page to publish."""
    return _answer(outputs.page(ports(), CATALOGUE))


@catalogue_feeds.get("/rules.md")
@needs(Role.VIEWER)
def rules() -> Response:
    """How tiers and ratings are worked out, where the page links to it."""
    return _answer(outputs.page(ports(), RULES))


def _answer(output: Output) -> Response:
    """All of it, or 304 for who has it already."""
    response = Response(output.content, content_type=output.kind)
    response.headers["ETag"] = output.tag
    # It may be kept where it was fetched, and is asked for again each time.
    response.headers["Cache-Control"] = "private, no-cache"
    response.make_conditional(request)
    return response
