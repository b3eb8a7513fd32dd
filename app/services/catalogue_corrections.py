"""What people put right in an entry: an overlay on what is shipped, the stored fact on what people added."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain import hardware as fitting
from app.domain.catalogue import with_corrections
from app.domain.proposals import DETAIL_NAMES, FACT_NAMES
from app.models.catalogue import SEED, CatalogueModel, Pairing
from app.queries.proposals import stated
from app.services import catalogue_entries
from app.services.ports import Ports

Changes = dict[str, tuple[Any, Any]]


def apply(ports: Ports, session: Session, row: Pairing, fields: Mapping[str, Any], person_name: str) -> Changes:
    """Write facts of the model and details of the entry; gives what changed.

    Levels and tiers are no such fields: what GitLab states of them stays GitLab's word.
    """
    before = stated(session, row.id) or {}
    changes = {
        name: (before.get(name), value)
        for name, value in fields.items()
        if name in (*FACT_NAMES, *DETAIL_NAMES) and (before.get(name) or None) != (value or None)
    }
    model = session.get(CatalogueModel, row.model_slug)
    assert model is not None
    facts = {name: after for name, (_, after) in changes.items() if name in FACT_NAMES}
    if model.origin == SEED:
        _overlay(ports, model, facts, person_name)
    else:
        for name, value in facts.items():
            setattr(model, name, value)
    model.estimated_memory = fitting.estimate(model.size)
    details = {**row.details, **{name: after for name, (_, after) in changes.items() if name in DETAIL_NAMES}}
    row.details = {name: value for name, value in details.items() if value}
    session.flush()
    rows = session.scalars(select(Pairing).where(Pairing.model_slug == model.slug))
    catalogue_entries.index(ports, session, model, rows)
    return changes


def _overlay(ports: Ports, model: CatalogueModel, facts: Mapping[str, Any], person_name: str) -> None:
    """Keep what is listed beside what was put right, so that the next seeding finds both."""
    today = ports.clock().date().isoformat()
    listed = {name: model.corrected.get(name, {}).get("listed", getattr(model, name)) for name in FACT_NAMES}
    corrected = {**model.corrected, **{name: _correction(value, person_name, today) for name, value in facts.items()}}
    values, model.corrected = with_corrections(listed, corrected)
    for name, value in values.items():
        setattr(model, name, value)


def _correction(value: Any, person_name: str, day: str) -> dict[str, Any]:
    return {"value": value, "by": person_name, "on": day}
