"""The catalogue for programs: its entries as JSON documents that stay put, and its changes as an Atom feed.

Both are plain values made of plain values; whoever serves them sends `etag` along and answers 304 where it matches.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode
from xml.etree import ElementTree

from app.domain.catalogue_whole import WholeEntry, WholeModel
from app.domain.errors import NotFound
from app.domain.features import Column

SCHEMA = 1
ATOM = "http://www.w3.org/2005/Atom"
ATOM_TYPE, JSON_TYPE = "application/atom+xml; charset=utf-8", "application/json"
_LEVEL = {"enum": ["full", "partial", "limited", None]}
_TEXT, _COUNT = {"type": "string"}, {"type": "integer", "minimum": 0}
# JSON Schema (2020-12) of the document. Fields may be added, and none goes or changes its meaning.
DOCUMENT_SCHEMA: Mapping[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Modelport catalogue",
    "type": "object",
    "required": ["schema", "items"],
    "properties": {
        "schema": {"const": SCHEMA},
        "items": {"type": "array", "items": {"$ref": "#/$defs/item"}},
        "next": {
            "type": ["string", "null"],
            "format": "uri-reference",
            "description": "where it goes on, relative to the address of this page; null on the last one",
        },
    },
    "$defs": {
        "item": {
            "type": "object",
            "required": [
                "model", "host", "variant", "family", "tier", "tier_reasons", "levels", "rating", "confidence",
                "reports", "installations", "votes", "deprecated_since", "replacement", "source", "url",
            ],
            "properties": {
                "model": _TEXT,
                "host": _TEXT,
                "variant": _TEXT,
                "family": _TEXT,
                "maker": _TEXT,
                "licence": _TEXT,
                "open_weights": {"type": "boolean"},
                "size": {"type": ["number", "null"], "description": "parameters in billions"},
                "context": {"type": ["integer", "null"], "description": "tokens"},
                "tier": {"enum": ["supported", "compatible", "other"]},
                "tier_reasons": {"type": "array", "items": _TEXT},
                "levels": {
                    "type": "object",
                    "required": [column.value for column in Column],
                    "properties": {column.value: _LEVEL for column in Column},
                },
                "rating": {"type": ["number", "null"], "minimum": 1, "maximum": 5},
                "confidence": {"type": "number", "minimum": 0, "maximum": 1},
                "reports": _COUNT,
                "installations": _COUNT,
                "votes": _COUNT,
                "deprecated_since": _TEXT,
                "replacement": _TEXT,
                "source": {"type": "object", "properties": {"title": _TEXT, "version": _TEXT, "page": _TEXT}},
                "url": {"type": "string", "format": "uri"},
            },
        }
    },
}  # fmt: skip
_WORDS = {
    "added": "The entry was added.",
    "report": "An installation reported what it found.",
    "tier": "Its tier changed.",
}
# What XML 1.0 has no way to write, not even escaped.
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Place(NamedTuple):
    """Where an entry stands among all, in the order of these."""

    slug: str
    host: str
    variant: str


@dataclass(frozen=True, slots=True)
class Change:
    """One line of the catalogue's history, newest first where there are several; who did it is not told."""

    id: int
    at: datetime
    title: str
    what: str
    host: str
    slug: str
    variant: str = ""
    changes: Mapping[str, Any] = field(default_factory=dict)


def address(origin: str, host: str, slug: str, variant: str = "") -> str:
    """The page of an entry."""
    page = f"{origin}/catalogue/{quote(host, safe='')}/{quote(slug, safe='')}"
    return f"{page}?variant={quote(variant, safe='')}" if variant else page


def item(model: WholeModel, entry: WholeEntry, origin: str) -> dict[str, Any]:
    """One entry as DOCUMENT_SCHEMA has it."""
    return {
        "model": model.name,
        "host": entry.host,
        "variant": entry.variant,
        "family": model.family,
        "maker": model.maker,
        "licence": model.licence,
        "open_weights": model.open_weights,
        "size": model.size,
        "context": model.context,
        "tier": entry.tier,
        "tier_reasons": list(entry.tier_reasons),
        "levels": {column.value: entry.levels.get(column.value) or None for column in Column},
        "rating": entry.stars,
        "confidence": entry.confidence,
        "reports": entry.reports,
        "installations": entry.installations,
        "votes": entry.votes,
        "deprecated_since": model.deprecated_since,
        "replacement": model.replacement,
        "source": {name: model.source.get(name) or "" for name in ("title", "version", "page")},
        "url": address(origin, entry.host, model.slug, entry.variant),
    }


def document(entries: Iterable[tuple[WholeModel, WholeEntry]], origin: str, place: Place | None) -> dict[str, Any]:
    """A page of the catalogue as DOCUMENT_SCHEMA has it, which goes on behind `place`.

    `origin` is the portal's address without a slash at its end.
    """
    following = f"?{urlencode({'after': '/'.join(place)})}" if place else None
    return {"schema": SCHEMA, "items": [item(*each, origin) for each in entries], "next": following}


def place_of(after: str) -> Place | None:
    """The place that `next` of a page leads behind, None for the beginning; raises NotFound for no place."""
    if not after:
        return None
    parts = after.split("/", 2)
    if len(parts) != len(Place._fields) or not after.isprintable():
        raise NotFound("There is no such page of the feed. Take `next` as it was given, or begin anew.")
    return Place(*parts)


def etag(content: bytes) -> str:
    """An entity tag of these bytes, in its quotes: the same for the same content, whoever serves it."""
    return f'"{sha256(content).hexdigest()[:32]}"'


def atom(changes: Sequence[Change], origin: str, feed: str) -> bytes:
    """An Atom feed (RFC 4287) of changes, the newest first; `feed` is the address that it is served under.

    Its own moment is that of the newest change, so that the same changes make the same bytes.
    """
    root = ElementTree.Element("feed", {"xmlns": ATOM})
    _add(root, "id", feed)
    _add(root, "title", "Changes of the catalogue")
    _add(root, "updated", _moment(max((each.at for each in changes), default=datetime(1970, 1, 1, tzinfo=UTC))))
    _add(_add(root, "author"), "name", "Modelport")
    _add(root, "link", rel="self", type="application/atom+xml", href=feed)
    _add(root, "link", rel="alternate", type="text/html", href=f"{origin}/catalogue")
    for each in changes:
        _entry(root, each, origin)
    written: bytes = ElementTree.tostring(root, encoding="utf-8")
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + written


def _entry(root: ElementTree.Element, change: Change, origin: str) -> None:
    page = address(origin, change.host, change.slug, change.variant)
    entry = _add(root, "entry")
    _add(entry, "id", f"{page}#change-{change.id}")
    _add(entry, "title", change.title or change.slug)
    _add(entry, "updated", _moment(change.at))
    _add(entry, "link", rel="alternate", type="text/html", href=page)
    _add(entry, "category", term=change.what)
    _add(entry, "summary", _summary(change), type="text")


def _summary(change: Change) -> str:
    words = _WORDS.get(change.what, f"Changed: {change.what}.")
    turned = [
        f"{name}: {pair[0] or 'none'} became {pair[1] or 'none'}."
        for name, pair in sorted(change.changes.items())
        if isinstance(pair, list | tuple) and len(pair) == 2
    ]
    return " ".join([words, *turned])


def _add(parent: ElementTree.Element, name: str, text: str = "", **attributes: str) -> ElementTree.Element:
    plain = {key: _NO_XML.sub("\ufffd", value) for key, value in attributes.items()}
    element = ElementTree.SubElement(parent, name, plain)
    element.text = _NO_XML.sub("\ufffd", text) or None
    return element


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
