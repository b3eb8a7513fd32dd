"""Lines of an entry's history, of which the feed of changes is made too."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from app.models.catalogue import CataloguePlatform, EntryChange, Pairing
from app.services.ports import Ports


def note(
    ports: Ports,
    session: Session,
    row: Pairing,
    title: str,
    what: str,
    person_name: str,
    changes: Mapping[str, Any] | None = None,
) -> None:
    """Add a line to an entry's history; `title` is the model's name, `changes` maps a field to [before, after]."""
    label = ports.facts.hosts().get(row.host)
    if label is None:
        added = session.get(CataloguePlatform, row.host)
        label = added.name if added else row.host
    session.add(EntryChange(**change(ports, row.id, title, label, what, changes, person_name)))


def change(
    ports: Ports,
    pairing_id: str,
    model: str,
    host_label: str,
    what: str,
    changes: Mapping[str, Any] | None = None,
    person_name: str = "",
) -> dict[str, Any]:
    """The columns of a line."""
    return {
        "at": ports.clock(),
        "pairing_id": pairing_id,
        "title": f"{model} on {host_label}"[:255],
        "what": what,
        "person_name": person_name,
        "changes": dict(changes or {}),
    }
