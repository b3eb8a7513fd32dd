"""The one way in which assignments are stored: several changes inside a transaction that is open, all or none."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Select, delete, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from app.domain import assignments as rules
from app.domain.assignments import Chain, Change, Known, Link, State
from app.domain.differences import Difference, Linked, Side, difference, leaving
from app.domain.roles import Actor
from app.models.assignment import Assignment, Fallback
from app.models.endpoint import Endpoint
from app.queries.links import linked_in
from app.services import acknowledgements, audit, periods
from app.services.acknowledgements import Due
from app.services.ports import Ports


class StaleChangeError(Exception):
    """Somebody else changed these features first."""

    def __init__(self, features: Sequence[str]) -> None:
        super().__init__(", ".join(features))
        self.features = tuple(features)


@dataclass(frozen=True, slots=True)
class Prepared:
    """One change beside what is stored; `links` are the endpoints of both as they stand for the feature.

    `faults` are sentences by field; with one of them the change cannot be made, and has no chain.
    """

    wanted: Change
    row: Assignment | None
    stored: Chain
    after: Chain
    links: Mapping[str, Linked]
    faults: Mapping[str, tuple[str, ...]]

    @property
    def is_stale(self) -> bool:
        """Whether somebody else changed the feature since the version that was seen."""
        return self.wanted.version not in (None, self.row.version if self.row else 0)

    @property
    def due(self) -> list[Due]:
        """What has to be acknowledged for it."""
        return acknowledgements.due(self.wanted.feature, self.side(self.after).links)

    @property
    def difference(self) -> Difference:
        """What it would make of the feature."""
        unfit = " ".join(sentence for sentences in self.faults.values() for sentence in sentences)
        before = self.side(self.stored)
        return difference(self.wanted.feature, before, before if unfit else self.side(self.after), unfit)

    def side(self, chain: Chain) -> Side:
        """What a chain gives the feature, with the standing of its endpoints."""
        return Side(chain.state, tuple(_in_place(self.links[link.endpoint_id], link) for link in chain.links))


def _in_place(linked: Linked, link: Link) -> Linked:
    return replace(linked, family=link.family or linked.family, override=link.family)


def lock(session: Session, endpoint_ids: Collection[str]) -> dict[str, Endpoint]:
    """These endpoints, locked in one order: nobody switches them off between this look and the commit."""
    wanted = select(Endpoint).where(Endpoint.id.in_(endpoint_ids)).order_by(Endpoint.id).with_for_update()
    wanted = wanted.execution_options(populate_existing=True)
    return {row.id: row for row in session.scalars(wanted)}


def uses(endpoint_id: str) -> Select[Assignment]:
    """The assignments whose chain has an endpoint, first or further back."""
    behind = select(Fallback.assignment_id).where(Fallback.endpoint_id == endpoint_id)
    found = select(Assignment).where(or_(Assignment.endpoint_id == endpoint_id, Assignment.id.in_(behind)))
    return found.order_by(Assignment.feature)


def company(session: Session, endpoint_id: str) -> set[str]:
    """An endpoint and all that stand in a chain with it: to be locked before the assignments are, as everywhere."""
    found = chains(session, session.scalars(uses(endpoint_id)).all())
    return {endpoint_id}.union(*(chain.ids for chain in found.values()))


def prepare(ports: Ports, session: Session, changes: Sequence[Change]) -> list[Prepared]:
    """Look at what is stored, which stays as it is until the transaction ends."""
    lock(session, _named(changes))
    features = [each.feature for each in changes]
    session.scalars(_rows(features).with_for_update().execution_options(populate_existing=True)).all()
    return look(ports, session, changes)


def look(ports: Ports, session: Session, changes: Sequence[Change]) -> list[Prepared]:
    """The same without keeping others away, for a preview."""
    features = [each.feature for each in changes]
    rows = {row.feature: row for row in session.scalars(_rows(features))}
    stored = chains(session, rows.values())
    named = _named(changes).union(*(chain.ids for chain in stored.values()))
    links = linked_in(session, named, features)
    known = {endpoint_id: Known(link.name, link.enabled) for (endpoint_id, _), link in links.items()}
    prepared = []
    for each in changes:
        before = stored.get(each.feature, Chain())
        own = {endpoint_id: link for (endpoint_id, feature), link in links.items() if feature == each.feature}
        found = rules.faults(each, before, known, ports.facts.families)
        after = rules.wanted_chain(each, before)
        prepared.append(Prepared(each, rows.get(each.feature), before, after, own, found))
    return prepared


def _named(changes: Sequence[Change]) -> set[str]:
    return {link.endpoint_id for each in changes for link in (each.first, *(each.fallbacks or ()))}


def _rows(features: Sequence[str]) -> Select[Assignment]:
    return select(Assignment).where(Assignment.feature.in_(features)).order_by(Assignment.feature)


def refuse_stale(prepared: Sequence[Prepared]) -> None:
    """Raise StaleChangeError when somebody else was faster."""
    if stale := [each.wanted.feature for each in prepared if each.is_stale]:
        raise StaleChangeError(stale)


def chains(session: Session, rows: Collection[Assignment]) -> dict[str, Chain]:
    """What assignments store, by feature."""
    behind: dict[str, list[Link]] = {}
    asked = select(Fallback.assignment_id, Fallback.endpoint_id, Fallback.family)
    asked = asked.where(Fallback.assignment_id.in_([row.id for row in rows])).order_by(Fallback.position)
    for assignment_id, endpoint_id, family in session.execute(asked):
        behind.setdefault(assignment_id, []).append(Link(endpoint_id, family))
    return {
        row.feature: Chain(
            State(row.state),
            (Link(row.endpoint_id, row.family), *behind.get(row.id, ())) if row.endpoint_id else (),
        )
        for row in rows
    }


def store(ports: Ports, session: Session, actor: Actor, prepared: Prepared) -> Assignment | None:
    """Write one change that was looked at, with its period and its audit row; nothing where nothing changes."""
    feature, row = prepared.wanted.feature, prepared.row
    given = acknowledgements.give(ports, session, actor, prepared.due)
    changes = audit.differences(_told(prepared.stored, prepared.links), _told(prepared.after, prepared.links))
    chain, at = prepared.side(prepared.after).links, ports.clock()
    if prepared.after != prepared.stored:
        row = _write(session, actor, prepared, at)
        periods.begin(session, actor, feature, prepared.after.state, chain, at)
        if said := list(leaving(chain)):
            changes["region"] = (None, said)
    if given:
        changes["acknowledged"] = (None, ". ".join(given))
    if changes:
        subject = ("feature", feature, ports.facts.features[feature].title)
        audit.record(ports, session, actor, "feature:assign", subject, changes)
    return row


def _write(session: Session, actor: Actor, prepared: Prepared, at: datetime) -> Assignment:
    first, *behind = prepared.after.links or (None,)
    row = prepared.row
    if row is None:
        row = Assignment(feature=prepared.wanted.feature, created_at=at)
        session.add(row)
    row.state = prepared.after.state.value
    row.endpoint_id, row.family = (first.endpoint_id, first.family) if first else (None, "")
    row.changed_by, row.updated_at = actor.name, at
    # Whoever looked at the feature looked at its fallbacks too: their change is a new version of it.
    flag_modified(row, "changed_by")
    session.flush()
    session.execute(delete(Fallback).where(Fallback.assignment_id == row.id))
    session.add_all(
        Fallback(assignment_id=row.id, position=position, endpoint_id=link.endpoint_id, family=link.family)
        for position, link in enumerate(behind, 1)
        if link
    )
    session.flush()
    return row


def _told(chain: Chain, links: Mapping[str, Linked]) -> dict[str, object]:
    """A chain in the audit's words."""
    names = [f"{links[each.endpoint_id].name}{f' ({each.family})' if each.family else ''}" for each in chain.links[1:]]
    first = chain.links[0] if chain.links else None
    return {
        "state": chain.state.value,
        "endpoint": links[first.endpoint_id].name if first else None,
        "family": first.family if first else "",
        "fallbacks": names,
    }
