"""Votes for entries: one of a kind for each person, taken back at will. They order the queue and nothing else."""

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite

from app.domain.errors import Invalid, NotFound
from app.domain.roles import Actor
from app.models.catalogue import Pairing, Vote
from app.services import catalogue_entries
from app.services.ports import Ports

KINDS = {"want": "We want this supported", "works": "It works for us"}


def vote(ports: Ports, actor: Actor, pairing_id: str, kind: str, wanted: bool) -> int:
    """Cast a vote or take it back, whatever it was before; the number of votes then. Raises Invalid, NotFound."""
    if kind not in KINDS:
        raise Invalid({"kind": (f"Choose one of {', '.join(KINDS)}.",)})
    with ports.store.write() as session:
        row = session.get(Pairing, pairing_id, with_for_update=True)
        if row is None:
            raise NotFound("There is no such entry.")
        if wanted:
            insert = sqlite.insert if ports.store.is_sqlite else postgresql.insert
            values = {"pairing_id": pairing_id, "person": actor.person, "kind": kind, "at": ports.clock()}
            session.execute(insert(Vote).values(values).on_conflict_do_nothing())
        else:
            session.execute(
                delete(Vote).where(Vote.pairing_id == pairing_id, Vote.person == actor.person, Vote.kind == kind)
            )
        row.votes = catalogue_entries.votes_of(session, pairing_id)
        return row.votes
