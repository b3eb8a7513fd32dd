"""Reads of what changed in an entry, or in the catalogue."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.models.catalogue import EntryChange
from app.models.store import Store

PAGE = 25
_COLUMNS: tuple[Any, ...] = (
    EntryChange.id, EntryChange.at, EntryChange.title, EntryChange.what, EntryChange.person_name, EntryChange.changes,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ChangeRecord:
    """One change: `what` is added, listed, report, tier, levels, corrected or unlisted; `changes` as [before, after].

    `person_name` is empty where no person did it.
    """

    id: int
    at: datetime
    title: str
    what: str
    person_name: str
    changes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class History:
    """One page; `next` is the id to go on from, None at the end."""

    rows: tuple[ChangeRecord, ...]
    next: int | None


def page_of(store: Store, pairing_id: str = "", cursor: int | None = None, size: int = PAGE) -> History:
    """The changes of an entry, or of all, newest first, those before the change `cursor`."""
    wanted = select(*_COLUMNS)
    if pairing_id:
        wanted = wanted.where(EntryChange.pairing_id == pairing_id)
    if cursor is not None:
        wanted = wanted.where(EntryChange.id < cursor)
    with store.read() as session:
        rows = session.execute(wanted.order_by(EntryChange.id.desc()).limit(size + 1))
        found = tuple(ChangeRecord(*row) for row in rows)
    return History(found[:size], found[size - 1].id if len(found) > size else None)
