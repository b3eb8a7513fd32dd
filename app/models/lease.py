"""Leases: which process does what only one may do at a time, and when that is due again."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Model


class Lease(Model):
    """One piece of scheduled work; it belongs to `holder` until `until`."""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(String(48), primary_key=True)
    holder: Mapped[str] = mapped_column(String(32), default="")
    until: Mapped[datetime]
    due_at: Mapped[datetime]
