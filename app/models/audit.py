"""The audit log: one row per change, written in the change's own transaction."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Model


class AuditRow(Model):
    """Who did what to which object; `changes` maps a field to [before, after] and never holds a secret."""

    __tablename__ = "audit_row"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    action: Mapped[str] = mapped_column(String(64))
    object_type: Mapped[str] = mapped_column(String(32))
    object_id: Mapped[str] = mapped_column(String(64))
    object_name: Mapped[str] = mapped_column(String(255))
    person: Mapped[str] = mapped_column(String(600))
    person_name: Mapped[str] = mapped_column(String(255))
    role: Mapped[str] = mapped_column(String(16))
    request_id: Mapped[str] = mapped_column(String(40), default="")
    changes: Mapped[dict[str, Any]] = mapped_column(default=dict)


Index("ix_audit_row_object", AuditRow.object_type, AuditRow.object_id, AuditRow.id)
Index("ix_audit_row_person", AuditRow.person, AuditRow.id)
Index("ix_audit_row_action", AuditRow.action, AuditRow.id)
Index("ix_audit_row_at", AuditRow.at)
