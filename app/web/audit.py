"""The audit log: who changed what and when, to read, to narrow and to take away."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, Response, request, url_for

from app.domain.roles import Role
from app.lib import sheets
from app.models.store import Store
from app.queries import audit as query
from app.queries import audit_chain as chain_query
from app.queries.audit import AuditRecord, Filter
from app.services import audit_verify
from app.web import htmx
from app.web.access import needs
from app.web.context import ports
from app.web.numbers import whole_number

audit = Blueprint("audit", __name__, url_prefix="/audit")
COLUMNS = tuple(AuditRecord.__dataclass_fields__)
LONGEST = 300
# A request may take so long; what is longer is checked by the keeper once a day, and by the command.
MOST_CHECKED = 100_000
TYPES = {"csv": "text/csv", "jsonl": "application/jsonl"}


@dataclass(frozen=True, slots=True)
class Changed:
    """One field's change in words; `before` is empty where there was nothing."""

    field: str
    before: str
    after: str


@audit.get("")
@needs(Role.ADMIN)
def index() -> Response:
    """One page of the log, newest first; its whole state is in the address."""
    wanted, store = _wanted(), ports().store
    older, newer = (whole_number(request.args.get(name), default=0) or None for name in ("older", "newer"))
    page = query.page_of(store, wanted, older, newer)
    words = query.words(store)
    return htmx.page_or_fragment(
        "audit/index.html",
        "audit/_list.html",
        page=page,
        wanted=wanted,
        type_choices=_choices(words.types, wanted.type),
        action_choices=_choices(words.actions, wanted.action),
        links=_links(page.rows),
        changed=changed,
        address=_address,
        narrowed=wanted != Filter(),
        **_chain(),
    )


@audit.post("/verify")
@needs(Role.ADMIN)
def verify() -> Response:
    """Check the chain from its start, and show what was found."""
    found = chain_query.standing(ports().store)
    if found and found.head.seq - found.cut.seq <= MOST_CHECKED:
        audit_verify.verify_and_note(ports())
    if htmx.wants_fragment():
        return htmx.fragment("audit/_chain.html", **_chain())
    return htmx.redirect(url_for("audit.index"))


def _chain() -> dict[str, Any]:
    return {"chain": chain_query.standing(ports().store), "most_checked": MOST_CHECKED}


@audit.get("/export.<any(csv, jsonl):form>")
@needs(Role.ADMIN)
def export(form: str) -> Response:
    """All that the filter shows, oldest first, sent while it is read."""
    write = _csv if form == "csv" else _jsonl
    response = Response(write(ports().store, _wanted()), mimetype=TYPES[form])
    name = f"modelport-audit-{ports().clock():%Y-%m-%d}.{form}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _choices(words: tuple[str, ...], chosen: str) -> list[tuple[str, str]]:
    """What a select offers; the chosen word stays among it, whatever the log has."""
    return [("", "Any"), *((word, word) for word in dict.fromkeys([*words, *filter(None, [chosen])]))]


def changed(record: AuditRecord) -> list[Changed]:
    """What changed, field by field."""
    return [Changed(field, *(_told(value) for value in pair)) for field, pair in record.changes.items()]


def _wanted() -> Filter:
    """What the address asks for; values that make no sense count as not given."""
    given = {name: request.args.get(name, "").strip()[:255] for name in ("type", "object", "person", "action")}
    return Filter(**given, since=_day("since"), until=_day("until"))


def _day(name: str) -> date | None:
    try:
        day = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    # There must be a day after it.
    return day if day < date.max else None


def _address(wanted: Filter, view: str = "audit.index", **more: Any) -> str:
    """The address of the log with this filter."""
    given: dict[str, Any] = {name: getattr(wanted, name) for name in Filter.__dataclass_fields__}
    state: dict[str, Any] = {name: str(value) for name, value in given.items() if value}
    return url_for(view, **state, **more)


def _links(rows: tuple[AuditRecord, ...]) -> dict[tuple[str, str], str]:
    """Where the objects of a page are, for those that still exist: type and id to an address."""
    features = ports().facts.features
    found = {("feature", row.object_id) for row in rows if row.object_type == "feature" and row.object_id in features}
    links = {key: url_for("features.index", _anchor=key[1]) for key in found}
    endpoints = query.stored_endpoints(ports().store, {row.object_id for row in rows if row.object_type == "endpoint"})
    return links | {("endpoint", each): url_for("endpoints.show", endpoint_id=each) for each in endpoints}


def _told(value: Any) -> str:
    """A value of the log in words, cut where it is very long."""
    if value is None or value in ("", [], {}):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        text = ", ".join(map(str, value))
    elif isinstance(value, dict):
        text = ", ".join(f"{name}: {each}" for name, each in value.items())
    else:
        text = str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _csv(store: Store, wanted: Filter) -> Iterator[str]:
    yield sheets.line(COLUMNS)
    for rows in query.chunks(store, wanted):
        yield "".join(sheets.line("" if each is None else str(each) for each in _plain(row).values()) for row in rows)


def _jsonl(store: Store, wanted: Filter) -> Iterator[str]:
    for rows in query.chunks(store, wanted):
        yield "".join(json.dumps({**_plain(row), "changes": row.changes}, ensure_ascii=False) + "\n" for row in rows)


def _plain(row: AuditRecord) -> dict[str, Any]:
    """A record as a line has it: the time in ISO 8601, the changes as JSON."""
    values = {name: getattr(row, name) for name in COLUMNS}
    return {**values, "at": row.at.isoformat(), "changes": json.dumps(row.changes, ensure_ascii=False)}
