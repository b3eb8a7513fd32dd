"""Assignments: what serves each feature, and who acknowledged the risk of it."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Identified, Model, Versioned


class Assignment(Versioned, Model):
    """One feature's state; a feature without a row is unassigned."""

    __tablename__ = "assignment"

    feature: Mapped[str] = mapped_column(String(48), unique=True)
    state: Mapped[str] = mapped_column(String(16))
    endpoint_id: Mapped[str | None] = mapped_column(ForeignKey("endpoint.id", ondelete="RESTRICT"), index=True)
    family: Mapped[str] = mapped_column(String(32), default="")
    changed_by: Mapped[str] = mapped_column(String(255))


class Acknowledgement(Identified, Model):
    """That a person took note of what a tier does not promise, for one endpoint and feature."""

    __tablename__ = "acknowledgement"

    endpoint_id: Mapped[str] = mapped_column(ForeignKey("endpoint.id", ondelete="CASCADE"), index=True)
    feature: Mapped[str] = mapped_column(String(48))
    wording_version: Mapped[int]
    tier: Mapped[str] = mapped_column(String(16))
    # What was acknowledged is this model on this host at this address: another one asks again.
    model: Mapped[str] = mapped_column(String(120))
    host: Mapped[str] = mapped_column(String(64))
    address: Mapped[str] = mapped_column(String(2048))
    person: Mapped[str] = mapped_column(String(600))
    person_name: Mapped[str] = mapped_column(String(255))
    given_at: Mapped[datetime]
