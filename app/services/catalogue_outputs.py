"""What the catalogue gives to readers and programs, as bytes with a type: the same whichever door serves it."""

import io
import json
from dataclasses import dataclass

from app.domain import catalogue_docs, catalogue_feed, catalogue_sheet
from app.queries import catalogue_whole as query
from app.services import bundle_export
from app.services.ports import Ports

MOST_CHANGES = 100
FEED_PAGE = 200
MARKDOWN, SHEET = "text/markdown; charset=utf-8", "text/csv; charset=utf-8"
SCHEMA_TYPE = "application/schema+json"
BUNDLE_TYPE = "application/jsonl"


@dataclass(frozen=True, slots=True)
class Output:
    """Bytes with their media type; `tag` is their entity tag, in its quotes."""

    content: bytes
    kind: str

    @property
    def tag(self) -> str:
        """The same for the same bytes."""
        return catalogue_feed.etag(self.content)


def feed(ports: Ports, origin: str, after: str = "") -> Output:
    """A page of the entries as a JSON document; `origin` is the portal's address, `after` is from the page before.

    Raises NotFound for an `after` that no page gave.
    """
    found, place = query.page(ports.store, ports.facts, FEED_PAGE, catalogue_feed.place_of(after))
    return _json(catalogue_feed.document(found, origin, place), catalogue_feed.JSON_TYPE)


def schema() -> Output:
    """The JSON Schema of the feed."""
    return _json(catalogue_feed.DOCUMENT_SCHEMA, SCHEMA_TYPE)


def changes(ports: Ports, origin: str, address: str) -> Output:
    """The newest changes as an Atom feed, which is served under `address`."""
    found = query.changes(ports.store, MOST_CHANGES)
    return Output(catalogue_feed.atom(found, origin, address), catalogue_feed.ATOM_TYPE)


def bundle(ports: Ports) -> tuple[bytes, str]:
    """This installation's bundle, and an entity tag that stays the same while it says the same.

    The bytes do not: each export has a time and a signature of its own. Raises Unavailable as bundle_export.export.
    """
    file = io.BytesIO()
    header = bundle_export.export(ports, file)
    said = json.dumps([header["installation"], header["sha256"]], sort_keys=True)
    return file.getvalue(), catalogue_feed.etag(said.encode())


def sheet(ports: Ports) -> Output:
    """All entries as CSV."""
    lines = catalogue_sheet.lines(query.whole(ports.store, ports.facts))
    return Output("".join(lines).encode(), SHEET)


def page(ports: Ports, name: str) -> Output:
    """One page of the documentation in Markdown, by the name of its file in domain.catalogue_docs."""
    return Output(catalogue_docs.documents(query.whole(ports.store, ports.facts))[name].encode(), MARKDOWN)


def _json(document: object, kind: str) -> Output:
    return Output(json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode(), kind)
