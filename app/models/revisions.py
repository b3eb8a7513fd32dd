"""Tells the workers that what they route by has changed: one number, raised in the transaction of the change.

It is raised last of all, since on PostgreSQL its row is locked from then on until the transaction ends. What tests
find out (tier, capabilities) does not raise it: every test would, and it decides nothing that cannot wait a minute.
"""

from typing import Any

from sqlalchemy import event, insert, inspect, select, update
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction, sessionmaker

from app.models.assignment import Assignment, Fallback
from app.models.base import Model
from app.models.endpoint import Endpoint
from app.models.token import Token
from app.models.traffic import Revision

ROUTES = "routes"
_MARK = "modelport_routes_changed"
# What happens to an endpoint and a token all the time and decides nothing about calls.
_UNROUTED = {
    Endpoint: {
        "version", "updated_at", "name_key", "owner", "tier", "tier_reasons", "verdict", "probe_id", "probed_at",
        "judged", "fingerprint", "stated_context",
    },
    Token: {"updated_at", "last_used_at"},
    Assignment: {"updated_at", "version", "changed_by"},
    Fallback: set(),
}  # fmt: skip


def watch(sessions: "sessionmaker[Session]") -> None:
    """Raise the number for every change that these sessions make to what calls are routed by."""
    event.listen(sessions, "before_flush", _look)
    event.listen(sessions, "do_orm_execute", _look_at_statement)
    event.listen(sessions, "before_commit", _raise)


def number(session: Session) -> int:
    """The number as it stands; 0 before the first change."""
    return session.scalar(select(Revision.number).where(Revision.subject == ROUTES)) or 0


def _look(session: Session, _context: UOWTransaction, _instances: Any) -> None:
    for each in (*session.new, *session.deleted):
        if type(each) in _UNROUTED:
            session.info[_MARK] = True
            return
    if any(_differs(each) for each in session.dirty):
        session.info[_MARK] = True


def _differs(each: object) -> bool:
    unrouted = _UNROUTED.get(type(each)) if isinstance(each, Model) else None
    if unrouted is None:
        return False
    return any(attribute.key not in unrouted and attribute.history.has_changes() for attribute in inspect(each).attrs)


def _look_at_statement(state: ORMExecuteState) -> None:
    if not (state.is_update or state.is_delete or state.is_insert) or state.bind_mapper is None:
        return
    unrouted = _UNROUTED.get(state.bind_mapper.class_)
    if unrouted is None:
        return
    if state.is_update:
        values = getattr(state.statement, "_values", None) or {}
        if {getattr(column, "key", str(column)) for column in values} <= unrouted:
            return
    state.session.info[_MARK] = True


def _raise(session: Session) -> None:
    session.flush()
    if not session.info.pop(_MARK, False):
        return
    raised = update(Revision).where(Revision.subject == ROUTES).values(number=Revision.number + 1)
    connection = session.connection()
    if connection.execute(raised).rowcount == 0:
        connection.execute(insert(Revision).values(subject=ROUTES, number=1))
