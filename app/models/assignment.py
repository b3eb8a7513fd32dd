"""Assignments: what serves each feature and served it, who took note of the risk, who answers for the endpoint."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String, Text
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


class Fallback(Model):
    """One further endpoint that serves a feature when those before it cannot; an empty family is the endpoint's own."""

    __tablename__ = "fallback"

    assignment_id: Mapped[str] = mapped_column(ForeignKey("assignment.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    endpoint_id: Mapped[str] = mapped_column(ForeignKey("endpoint.id", ondelete="RESTRICT"), index=True)
    family: Mapped[str] = mapped_column(String(32), default="")


class AssignmentPeriod(Identified, Model):
    """What served a feature from one change to the next, told in words that outlive the endpoint."""

    __tablename__ = "assignment_period"

    feature: Mapped[str] = mapped_column(String(48))
    state: Mapped[str] = mapped_column(String(16))
    endpoint_id: Mapped[str] = mapped_column(String(32), default="")
    endpoint_name: Mapped[str] = mapped_column(String(255), default="")
    identifier: Mapped[str] = mapped_column(String(255), default="")
    model: Mapped[str] = mapped_column(String(120), default="")
    host: Mapped[str] = mapped_column(String(64), default="")
    family: Mapped[str] = mapped_column(String(32), default="")
    tier: Mapped[str] = mapped_column(String(16), default="")
    # Of each fallback its endpoint's id and name, and its family.
    fallbacks: Mapped[list[Any]] = mapped_column(default=list)
    changed_by: Mapped[str] = mapped_column(String(255))
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Responsibility(Versioned, Model):
    """Where an endpoint's data go and who answers for quality, cost and residency; one record per endpoint."""

    __tablename__ = "responsibility"

    endpoint_id: Mapped[str] = mapped_column(ForeignKey("endpoint.id", ondelete="CASCADE"), unique=True)
    region: Mapped[str] = mapped_column(String(80), default="")
    processor: Mapped[str] = mapped_column(String(255), default="")
    retention: Mapped[str] = mapped_column(String(255), default="")
    training_use: Mapped[str] = mapped_column(String(16), default="")
    cost_note: Mapped[str] = mapped_column(Text, default="")
    quality_note: Mapped[str] = mapped_column(Text, default="")
    attested_by: Mapped[str] = mapped_column(String(600))
    attested_name: Mapped[str] = mapped_column(String(255))
    attested_at: Mapped[datetime]
    valid_until: Mapped[date] = mapped_column(Date, index=True)


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


Index("ix_assignment_period_feature", AssignmentPeriod.feature, AssignmentPeriod.began_at)
