"""The audit log: one row per change, written in the change's own transaction, and what makes a chain of the rows."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.audit_chain import GENESIS
from app.models.base import Model


class AuditRow(Model):
    """Who did what to which object; `changes` maps a field to [before, after] and never holds a secret.

    The database refuses to change a row, and to delete one beyond the last cut. Rows from before the chain have no
    number and no hash.
    """

    __tablename__ = "audit_row"

    id: Mapped[int] = mapped_column(primary_key=True)
    # Without gaps, in the order of the commits.
    seq: Mapped[int | None] = mapped_column(unique=True)
    at: Mapped[datetime]
    action: Mapped[str] = mapped_column(String(64))
    object_type: Mapped[str] = mapped_column(String(32))
    object_id: Mapped[str] = mapped_column(String(64))
    object_name: Mapped[str] = mapped_column(String(255))
    # Issuer and subject.
    person: Mapped[str] = mapped_column(String(600))
    person_name: Mapped[str] = mapped_column(String(255))
    role: Mapped[str] = mapped_column(String(16))
    # The beginning of the session's id, which is itself a hash.
    session: Mapped[str] = mapped_column(String(16), default="")
    address: Mapped[str] = mapped_column(String(64), default="")
    request_id: Mapped[str] = mapped_column(String(40), default="")
    changes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    previous: Mapped[str] = mapped_column(String(64), default="")
    hash: Mapped[str] = mapped_column(String(64), default="")


Index("ix_audit_row_object", AuditRow.object_type, AuditRow.object_id, AuditRow.id)
Index("ix_audit_row_person", AuditRow.person, AuditRow.id)
Index("ix_audit_row_action", AuditRow.action, AuditRow.id)
Index("ix_audit_row_at", AuditRow.at)


class AuditHead(Model):
    """Where the chain stands: one row, made with the tables. Its lock is the last that a transaction takes."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(default=0)
    hash: Mapped[str] = mapped_column(String(64), default=GENESIS)
    # What the last check found: when, up to which number, and what was wrong.
    checked_at: Mapped[datetime | None]
    checked_seq: Mapped[int] = mapped_column(default=0)
    fault: Mapped[str] = mapped_column(String(400), default="")


class AuditKey(Model):
    """A key of the chain, sealed; it is used from a number on until the next one's."""

    __tablename__ = "audit_key"

    id: Mapped[int] = mapped_column(primary_key=True)
    sealed: Mapped[str] = mapped_column(String(400))
    from_seq: Mapped[int]


class AuditCut(Model):
    """Up to where retention has removed the log: the number and the hash of the last row that went."""

    __tablename__ = "audit_cut"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    seq: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))
