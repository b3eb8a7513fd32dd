"""The history of an entry: what changed in it, when, and who did it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, request, url_for

from app.domain.errors import NotFound
from app.domain.features import Column
from app.domain.proposals import FIELDS, Kind
from app.domain.roles import Role
from app.queries import catalogue as query
from app.queries import catalogue_history as history
from app.queries.catalogue_history import ChangeRecord
from app.web import htmx
from app.web.access import needs
from app.web.catalogue_pages import entry_address
from app.web.context import ports
from app.web.hosts import labels
from app.web.numbers import whole_number
from app.web.proposal_pages import in_words

catalogue_history = Blueprint("catalogue_history", __name__, url_prefix="/catalogue")

# Words for what happened, with the sign of it.
HAPPENED = {
    "added": ("Added to the catalogue", "plus"),
    "listed": ("Listed by GitLab", "list-bulleted"),
    "unlisted": ("GitLab lists it no longer", "dash-circle"),
    "levels": ("GitLab states other levels", "list-bulleted"),
    "report": ("Reported", "doc-text"),
    "withdrawn": ("A report was taken back", "dash-circle"),
    "refused": ("A report was refused", "cancel"),
    "tier": ("The tier changed", "shield"),
    "corrected": ("Put right", "pencil"),
}
_LABELS = {each.name: each.label for each in FIELDS[Kind.CORRECTION]} | {"tier": "Tier"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line: what happened in words with the sign of it, who did it, and each value as label, before and after."""

    at: datetime
    words: str
    icon: str
    person_name: str
    changes: tuple[tuple[str, str, str], ...]


@catalogue_history.get("/<host>/<model_slug>/history")
@needs(Role.VIEWER)
def show(host: str, model_slug: str) -> Response:
    """An entry's changes, the newest first."""
    store = ports().store
    entry = query.entry(store, host[:64], model_slug[:120], request.args.get("variant", "")[:48])
    if entry is None:
        raise NotFound("There is no such entry in the catalogue.")
    found = history.page_of(store, entry.id, whole_number(request.args.get("before"), 0) or None)
    return htmx.page_or_fragment(
        "catalogue/history.html",
        "catalogue/_history.html",
        entry=entry,
        host=labels([host]).get(host, host),
        address=entry_address(entry.host, entry.slug, entry.variant),
        lines=[_line(each) for each in found.rows],
        earlier=_address(entry.host, entry.slug, entry.variant, found.next) if found.next else "",
    )


def _address(host: str, slug: str, variant: str, before: int) -> str:
    return url_for("catalogue_history.show", host=host, model_slug=slug, before=before, variant=variant or None)


def _line(record: ChangeRecord) -> Line:
    words, icon = HAPPENED.get(record.what, (record.what.capitalize(), "history"))
    return Line(record.at, words, icon, record.person_name, tuple(_changes(record.changes)))


def _changes(changes: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    labels = _LABELS | {column.value: column.label for column in Column}
    pairs = {name: pair for name, pair in changes.items() if isinstance(pair, list) and len(pair) == 2}
    return [
        (labels.get(name, name), in_words(name, before), in_words(name, after))
        for name, (before, after) in pairs.items()
    ]
