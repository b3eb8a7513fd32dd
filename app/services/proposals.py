"""Proposals for the catalogue: made by people, asked about, accepted or declined by admins."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from app.domain import proposals as rules
from app.domain.errors import Conflict, Invalid, NotFound, RoleMissing
from app.domain.proposals import Choices, Kind, ProposalDraft, State
from app.domain.roles import Actor, Role
from app.lib import tokens
from app.models.catalogue import CatalogueModel, Pairing
from app.models.discussion import Proposal
from app.queries import catalogue_hosts
from app.queries import proposals as queries
from app.services import audit, proposal_taking
from app.services.ports import Ports

GONE = "There is no such proposal."
STALE = "Somebody else changed this proposal meanwhile."


def propose(ports: Ports, actor: Actor, draft: ProposalDraft) -> str:
    """Store a proposal and give its id. Raises Invalid, Duplicate where it is there already, NotFound."""
    with ports.store.write() as session:
        hosts = catalogue_hosts.labels_in(session, ports.facts)
        choices = Choices(frozenset(ports.facts.features), frozenset(hosts), frozenset(ports.facts.families))
        fields = rules.check(draft, choices)
        before: dict[str, Any] = {}
        if draft.kind is Kind.CORRECTION:
            title, before, fields = _correction(session, draft.pairing_id, fields, hosts)
        else:
            proposal_taking.refuse_known(ports, session, draft.kind, fields)
            proposal_taking.refuse_proposed(session, draft.kind, fields)
            title = fields.get("platform") or f"{fields['model']} on {hosts[fields['host']]}"
        row = Proposal(
            id=tokens.new_id(), kind=draft.kind.value, title=title[:255], fields=fields, before=before,
            person=actor.person, person_name=actor.name, created_at=ports.clock(),
            pairing_id=draft.pairing_id if draft.kind is Kind.CORRECTION else None,
        )  # fmt: skip
        session.add(row)
        audit.record(ports, session, actor, "proposal:create", ("proposal", row.id, row.title))
        return row.id


def ask(ports: Ports, actor: Actor, proposal_id: str, version: int | None, question: str) -> None:
    """Ask the author something before deciding. Raises RoleMissing, NotFound, Invalid, Conflict."""
    _decide(ports, actor, proposal_id, version, State.ASKED, rules.said(question, "question"))


def decline(ports: Ports, actor: Actor, proposal_id: str, version: int | None, reason: str) -> None:
    """Turn a proposal down and say why. Raises RoleMissing, NotFound, Invalid, Conflict."""
    _decide(ports, actor, proposal_id, version, State.DECLINED, rules.said(reason, "reason"))


def accept(ports: Ports, actor: Actor, proposal_id: str, version: int | None) -> None:
    """Take a proposal up, entry, history and search index with it.

    Raises RoleMissing, NotFound, Conflict, and Duplicate where the catalogue has it by now.
    """
    _decide(ports, actor, proposal_id, version, State.ACCEPTED, "", proposal_taking.take)


def answer(ports: Ports, actor: Actor, proposal_id: str, version: int | None, text: str) -> None:
    """Say what was asked of one's own proposal, which is open again then. Raises NotFound, Invalid, Conflict."""
    found = rules.said(text, "answer")
    with _changing(ports, proposal_id, version) as (session, row):
        if row.person != actor.person:
            raise NotFound(GONE)
        if row.state != State.ASKED:
            raise StaleDataError(f"nothing is asked of the proposal {row.id}")
        row.state, row.answer, row.seen_at = State.OPEN.value, found, None
        audit.record(ports, session, actor, "proposal:answer", ("proposal", row.id, row.title))


def mark_seen(ports: Ports, actor: Actor) -> None:
    """The person has seen what became of their proposals."""
    told = update(Proposal).where(
        Proposal.person == actor.person, Proposal.state != State.OPEN.value, Proposal.seen_at.is_(None)
    )
    with ports.store.write() as session:
        # Not through mapped rows: having looked is nobody's edit and makes no open form stale.
        session.execute(
            told.values(seen_at=ports.clock(), updated_at=Proposal.updated_at).execution_options(
                synchronize_session=False
            )
        )


def _correction(
    session: Session, pairing_id: str, fields: dict[str, Any], hosts: dict[str, str]
) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Title, what the entry states, and the fields that would change it; raises NotFound, Invalid."""
    row = session.get(Pairing, pairing_id)
    stated = queries.stated(session, pairing_id)
    if row is None or stated is None:
        raise NotFound("There is no such entry.")
    changed = {name: value for name, value in fields.items() if (stated.get(name) or None) != (value or None)}
    if not changed:
        raise Invalid({"": ("Change at least one value: the entry states all this already.",)})
    model = session.get(CatalogueModel, row.model_slug)
    assert model is not None
    title = f"{model.name} on {hosts.get(row.host, row.host)}"
    return title, {name: stated.get(name) for name in changed}, changed


def _decide(
    ports: Ports,
    actor: Actor,
    proposal_id: str,
    version: int | None,
    state: State,
    reason: str,
    take: Callable[[Ports, Session, Proposal], proposal_taking.Changes] | None = None,
) -> None:
    if actor.role is not Role.ADMIN:
        raise RoleMissing("Only admins moderate.")
    with _changing(ports, proposal_id, version) as (session, row):
        if row.state not in (State.OPEN, State.ASKED):
            raise StaleDataError(f"the proposal {row.id} is decided")
        changes = {"state": (row.state, state.value)} | (take(ports, session, row) if take else {})
        row.state, row.reason, row.seen_at = state.value, reason, None
        row.decided_by, row.decided_at = actor.name, ports.clock()
        verb = {State.ASKED: "ask", State.DECLINED: "decline"}.get(state, "accept")
        audit.record(ports, session, actor, f"proposal:{verb}", ("proposal", row.id, row.title), changes)


@contextmanager
def _changing(ports: Ports, proposal_id: str, version: int | None) -> Iterator[tuple[Session, Proposal]]:
    """A proposal to change; raises NotFound, and Conflict with it as it is now."""
    try:
        with ports.store.write() as session:
            row = session.get(Proposal, proposal_id, with_for_update=True)
            if row is None:
                raise NotFound(GONE)
            if version is not None and row.version != version:
                raise StaleDataError(f"the proposal {proposal_id} is not at version {version}")
            yield session, row
    except (StaleDataError, IntegrityError) as error:
        raise Conflict(STALE, queries.proposal(ports.store, proposal_id)) from error
