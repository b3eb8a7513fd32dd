"""What a proposal brings into the catalogue, and whether it is there already."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.domain.catalogue import spelling
from app.domain.endpoints import slug_of
from app.domain.errors import Duplicate, NotFound
from app.domain.proposals import DETAIL_NAMES, FACT_NAMES, Kind, State
from app.models.catalogue import CatalogueModel, CataloguePlatform, Pairing
from app.models.discussion import Proposal
from app.queries import catalogue_hosts
from app.services import catalogue_corrections, catalogue_entries
from app.services.ports import Ports

Changes = dict[str, tuple[Any, Any]]


def refuse_known(ports: Ports, session: Session, kind: Kind, fields: Mapping[str, Any]) -> None:
    """Raise Duplicate where the catalogue has the model on the host, or the platform, in whatever spelling."""
    if kind is Kind.PLATFORM:
        _refuse_platform(ports, session, fields["platform"])
    else:
        _refuse_model(ports, session, fields)


def refuse_proposed(session: Session, kind: Kind, fields: Mapping[str, Any]) -> None:
    """Raise Duplicate where somebody proposed the same and it is not decided yet."""
    waiting = select(Proposal).where(
        Proposal.kind == kind.value, Proposal.state.in_([State.OPEN.value, State.ASKED.value])
    )
    for row in session.scalars(waiting):
        if _key(kind, row.fields) == _key(kind, fields):
            sentence = f"{row.person_name} proposed it already, as {row.title}."
            raise Duplicate(_field(kind), sentence, proposal_id=row.id)


def take(ports: Ports, session: Session, row: Proposal) -> Changes:
    """Write what was proposed into the catalogue; gives what changed there. Raises Duplicate, NotFound."""
    kind = Kind(row.kind)
    if kind is Kind.CORRECTION:
        return _take_correction(ports, session, row)
    refuse_known(ports, session, kind, row.fields)
    return (_take_platform if kind is Kind.PLATFORM else _take_model)(ports, session, row)


def _refuse_model(ports: Ports, session: Session, fields: Mapping[str, Any]) -> None:
    model = catalogue_entries.model_named(session, fields["model"])
    found = catalogue_entries.pairing_of(session, model, fields["host"], fields.get("variant", "")) if model else None
    if model and found:
        label = catalogue_hosts.labels_in(session, ports.facts).get(found.host, found.host)
        place = f"{found.host}/{model.slug}" + (f"/{found.variant}" if found.variant else "")
        sentence = f"The catalogue has it as {model.name} on {label} ({place}). Report what you found there."
        raise Duplicate("model", sentence, found.host, model.slug, found.variant)


def _refuse_platform(ports: Ports, session: Session, name: str) -> None:
    for slug, label in catalogue_hosts.labels_in(session, ports.facts).items():
        if spelling(name) in (spelling(label), spelling(slug)):
            sentence = f"The catalogue has it as {label}. Propose the models that you run on it."
            raise Duplicate("platform", sentence, slug)


def _take_model(ports: Ports, session: Session, row: Proposal) -> Changes:
    fields = row.fields
    known = catalogue_entries.model_named(session, fields["model"])
    entry = catalogue_entries.obtain(
        ports, session, fields["model"], fields["host"], fields.get("variant", ""), fields["family"],
        person_name=row.person_name,
    )  # fmt: skip
    # Facts of a model that is there already are put right by a correction, where the difference is seen.
    names = DETAIL_NAMES if known else (*FACT_NAMES, *DETAIL_NAMES)
    taken = {name: value for name, value in fields.items() if name in names}
    catalogue_corrections.apply(ports, session, entry, taken, row.person_name)
    catalogue_entries.refresh(ports, session, entry)
    row.pairing_id = entry.id
    return {"entry": (None, entry.id)}


def _take_platform(_ports: Ports, session: Session, row: Proposal) -> Changes:
    details = {name: value for name, value in row.fields.items() if name != "platform"}
    slug = slug_of(row.fields["platform"])
    session.add(
        CataloguePlatform(
            slug=slug, name=row.fields["platform"], details=details, person_name=row.person_name, at=row.created_at
        )
    )
    session.flush()
    return {"platform": (None, slug)}


def _take_correction(ports: Ports, session: Session, row: Proposal) -> Changes:
    entry = session.get(Pairing, row.pairing_id, with_for_update=True) if row.pairing_id else None
    if entry is None:
        raise NotFound("The entry that this corrects is gone. Decline it.")
    changes = catalogue_corrections.apply(ports, session, entry, row.fields, row.person_name)
    model = session.get(CatalogueModel, entry.model_slug)
    assert model is not None
    told = {name: list(pair) for name, pair in changes.items()}
    catalogue_entries.note(ports, session, entry, model.name, "corrected", row.person_name, told)
    return changes


def _field(kind: Kind) -> str:
    return "platform" if kind is Kind.PLATFORM else "model"


def _key(kind: Kind, fields: Mapping[str, Any]) -> tuple[str, ...]:
    named = spelling(fields[_field(kind)])
    return (named,) if kind is Kind.PLATFORM else (named, fields["host"], spelling(fields.get("variant", "")))
