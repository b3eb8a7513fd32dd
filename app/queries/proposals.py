"""Reads of proposals: the moderators' queue, a person's own, and what a correction changes."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.domain.proposals import DETAIL_NAMES, FACT_NAMES, Difference, Kind, State, differences
from app.models.catalogue import CatalogueModel, Pairing
from app.models.discussion import Proposal
from app.models.store import Store
from app.queries.cursors import Order, after, ordered

PAGE = 25
_VOTES = func.coalesce(Pairing.votes, 0)
_WANTED_MOST = ((_VOTES, True), (Proposal.created_at, False), (Proposal.id, False))
_NEWEST_FIRST = ((Proposal.created_at, True), (Proposal.id, True))
_COLUMNS: tuple[Any, ...] = (
    Proposal.id, Proposal.version, Proposal.kind, Proposal.title, Proposal.fields, Proposal.before, Proposal.person,
    Proposal.person_name, Proposal.state, Proposal.reason, Proposal.answer, Proposal.decided_by, Proposal.decided_at,
    Proposal.seen_at, Proposal.created_at, Proposal.updated_at, Proposal.pairing_id, _VOTES, Pairing.host,
    Pairing.model_slug, Pairing.variant,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ProposalRecord:
    """One proposal; `fields` and `before` have the names of domain.proposals.FIELDS.

    `reason` is a moderator's question or reason. `host`, `slug` and `variant` lead to the entry that it concerns or
    became, None where there is none; `votes` are for that entry.
    """

    id: str
    version: int
    kind: str
    title: str
    fields: Mapping[str, Any]
    before: Mapping[str, Any]
    person: str
    person_name: str
    state: str
    reason: str
    answer: str
    decided_by: str
    decided_at: datetime | None
    seen_at: datetime | None
    created_at: datetime
    updated_at: datetime
    pairing_id: str | None
    votes: int
    host: str | None
    slug: str | None
    variant: str | None


@dataclass(frozen=True, slots=True)
class Proposals:
    """One page; `next` is the id to go on from, None at the end."""

    rows: tuple[ProposalRecord, ...]
    next: str | None


def queue(store: Store, state: State = State.OPEN, cursor: str | None = None, size: int = PAGE) -> Proposals:
    """Proposals in one state: those for entries with most votes first, then the oldest."""
    return _page(store, _proposals().where(Proposal.state == state.value), _WANTED_MOST, cursor, size)


def mine(store: Store, person: str, cursor: str | None = None, size: int = PAGE) -> Proposals:
    """What somebody proposed, newest first."""
    return _page(store, _proposals().where(Proposal.person == person), _NEWEST_FIRST, cursor, size)


def proposal(store: Store, proposal_id: str) -> ProposalRecord | None:
    """One proposal."""
    with store.read() as session:
        row = session.execute(_proposals().where(Proposal.id == proposal_id)).one_or_none()
        return ProposalRecord(*row) if row else None


def open_count(store: Store) -> int:
    """How many wait for a moderator."""
    with store.read() as session:
        return session.scalar(select(func.count()).where(Proposal.state == State.OPEN.value)) or 0


def unseen(store: Store, person: str) -> int:
    """How many of a person's proposals were decided or asked about since they last looked."""
    told = select(func.count()).where(
        Proposal.person == person, Proposal.state != State.OPEN.value, Proposal.seen_at.is_(None)
    )
    with store.read() as session:
        return session.scalar(told) or 0


def changes(store: Store, record: ProposalRecord) -> tuple[Difference, ...]:
    """What a correction changes; nothing for other kinds, or once the entry is gone."""
    if record.kind != Kind.CORRECTION or record.pairing_id is None:
        return ()
    with store.read() as session:
        now = stated(session, record.pairing_id)
    return differences(record.fields, record.before, now or {})


def changes_of(store: Store, records: Iterable[ProposalRecord]) -> Mapping[str, tuple[Difference, ...]]:
    """What the corrections among some proposals change, by the proposal's id, in one statement or none."""
    wanted = [each for each in records if each.kind == Kind.CORRECTION and each.pairing_id]
    if not wanted:
        return {}
    with store.read() as session:
        now = _stated(session, {each.pairing_id or "" for each in wanted})
    return {each.id: differences(each.fields, each.before, now.get(each.pairing_id or "", {})) for each in wanted}


def stated(session: Session, pairing_id: str) -> dict[str, Any] | None:
    """What an entry states by now of all that can be put right; None where there is no such entry."""
    return _stated(session, [pairing_id]).get(pairing_id)


def stated_of(store: Store, pairing_id: str) -> Mapping[str, Any] | None:
    """The same for who has no session, such as the form of a correction."""
    with store.read() as session:
        return stated(session, pairing_id)


def _stated(session: Session, pairing_ids: Collection[str]) -> dict[str, dict[str, Any]]:
    columns = [getattr(CatalogueModel, name) for name in FACT_NAMES]
    asked = select(*columns, Pairing.id, Pairing.details).join(Pairing, Pairing.model_slug == CatalogueModel.slug)
    found = {}
    for row in session.execute(asked.where(Pairing.id.in_(pairing_ids))):
        facts = dict(zip(FACT_NAMES, row, strict=False))
        found[row.id] = {**facts, **{name: row.details[name] for name in DETAIL_NAMES if name in row.details}}
    return found


def _proposals() -> Select[Any]:
    return select(*_COLUMNS).outerjoin(Pairing, Pairing.id == Proposal.pairing_id)


def _page(store: Store, wanted: Select[Any], order: Order, cursor: str | None, size: int) -> Proposals:
    with store.read() as session:
        if cursor is not None:
            place = select(*(column for column, _ in order)).select_from(Proposal)
            place = place.outerjoin(Pairing, Pairing.id == Proposal.pairing_id).where(Proposal.id == cursor)
            row = session.execute(place).one_or_none()
            if row is None:
                return Proposals((), None)
            wanted = wanted.where(after(order, tuple(row)))
        found = tuple(ProposalRecord(*row) for row in session.execute(wanted.order_by(*ordered(order)).limit(size + 1)))
    return Proposals(found[:size], found[size - 1].id if len(found) > size else None)
