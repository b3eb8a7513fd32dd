"""Removes old entries of the audit log in a way that the rest still proves itself."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from app.domain.audit_chain import CUT, SUBJECT, Head, cut_words
from app.domain.roles import SYSTEM
from app.models.audit import AuditCut, AuditHead, AuditRow
from app.services import audit
from app.services.ports import Ports

# Changes wait while a cut is made, so no cut is long.
MOST_AT_ONCE = 5000


def clear(ports: Ports, days: int) -> None:
    """Remove the entries that are older than so many days, 0 for none; the log tells of each cut."""
    while days and _cut(ports, ports.clock() - timedelta(days=days)):
        pass


def _cut(ports: Ports, before: datetime) -> bool:
    """Make one cut; False where nothing is old enough."""
    with ports.store.write() as session:
        # First here, and not last: two that cut at once would otherwise both make the same cut.
        head = session.scalars(select(AuditHead).with_for_update()).one()
        last = session.scalar(select(func.max(AuditCut.seq))) or 0
        kept = session.scalar(select(func.min(AuditRow.seq)).where(AuditRow.at >= before))
        until = min((kept or head.seq + 1) - 1, last + MOST_AT_ONCE)
        if until <= last:
            return False
        _remove(ports, session, until)
    return True


def _remove(ports: Ports, session: Session, until: int) -> None:
    found = session.scalars(select(AuditRow.hash).where(AuditRow.seq == until)).one()
    session.add(AuditCut(at=ports.clock(), seq=until, hash=found))
    # The database lets rows go only up to a cut that is written down.
    session.flush()
    # Rows from before the chain are older than its first entry, which holds their digest.
    session.execute(delete(AuditRow).where(or_(AuditRow.seq <= until, AuditRow.seq.is_(None))))
    subject = (SUBJECT, "chain", "Audit log")
    audit.record(ports, session, SYSTEM, CUT, subject, cut_words(Head(until, found)))
