"""The catalogue page by page for programs, and its changes as a feed; the very bytes that the pages give."""

from typing import Any

from flask import Blueprint
from pydantic import Field, RootModel

from app.api.bodies.common import Asked, Plain
from app.api.context import context, ports
from app.api.operations import Content, operation
from app.domain.catalogue_feed import ATOM_TYPE, JSON_TYPE
from app.domain.roles import Role
from app.services import catalogue_outputs as outputs
from app.services.catalogue_outputs import Output

catalogue_feeds = Blueprint("catalogue_feeds", __name__)
PAGE = "/catalogue/changes.atom"


class Feed(RootModel[dict[str, Any]]):
    """A page of all entries; the schema is at /catalogue/feed.schema.json."""


class FeedAsked(Asked):
    """Which page is meant."""

    after: Plain = Field("", max_length=240, description="From `next` of the page before.")


@catalogue_feeds.get("/catalogue/feed")
@operation(Role.VIEWER, Feed, query=FeedAsked, problems=(404,), content=JSON_TYPE)
def feed(asked: FeedAsked) -> Content:
    """Read the whole catalogue, a page at a time."""
    return _content(outputs.feed(ports(), context().origin, asked.after))


@catalogue_feeds.get("/catalogue/changes.atom")
@operation(Role.VIEWER, content=ATOM_TYPE)
def changes() -> Content:
    """Read the newest changes of the catalogue as an Atom feed."""
    origin = context().origin
    # It goes by the address of its page, whoever reads it: a reader knows it as the same feed.
    return _content(outputs.changes(ports(), origin, origin + PAGE))


@catalogue_feeds.get("/catalogue/bundle")
@operation(Role.VIEWER, content=outputs.BUNDLE_TYPE)
def bundle() -> Content:
    """Read what this installation reports as a signed bundle; another Modelport follows this address."""
    content, tag = outputs.bundle(ports())
    return Content(content, outputs.BUNDLE_TYPE, tag)


def _content(output: Output) -> Content:
    return Content(output.content, output.kind, output.tag)
