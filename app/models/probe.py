"""Probes: runs of the connection test, with their steps."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Identified, Model


class Probe(Identified, Model):
    """One run. A draft's run names no endpoint, holds no key and is removed after an hour."""

    __tablename__ = "probe"

    endpoint_id: Mapped[str | None] = mapped_column(ForeignKey("endpoint.id", ondelete="CASCADE"))
    endpoint_version: Mapped[int | None]
    # Everything started by one press shares a batch; the limit per person counts batches.
    batch: Mapped[str] = mapped_column(String(32))
    person: Mapped[str] = mapped_column(String(600))
    person_name: Mapped[str] = mapped_column(String(255))
    depth: Mapped[str] = mapped_column(String(8), default="quick")
    verdict: Mapped[str] = mapped_column(String(16), default="running")
    summary: Mapped[str] = mapped_column(String(400), default="")
    target: Mapped[str] = mapped_column(String(2400), default="")
    # What the server showed of itself, and the version of the dialect that measured it.
    fingerprint: Mapped[str] = mapped_column(String(16), default="")
    dialect_version: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    # A running row belongs to a process for as long as its lease is renewed.
    lease_until: Mapped[datetime]
    stop_asked: Mapped[bool] = mapped_column(default=False)
    seen_at: Mapped[datetime]


class ProbeStep(Model):
    """One step of a probe, written when it ends."""

    __tablename__ = "probe_step"

    probe_id: Mapped[str] = mapped_column(ForeignKey("probe.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(16))
    outcome: Mapped[str] = mapped_column(String(16))
    milliseconds: Mapped[float | None]
    code: Mapped[str] = mapped_column(String(40), default="")
    message: Mapped[str] = mapped_column(Text, default="")
    cause: Mapped[str] = mapped_column(Text, default="")
    remedy: Mapped[str] = mapped_column(Text, default="")
    fix: Mapped[dict[str, Any] | None]
    figures: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # Of each finding its ability, grade and value.
    findings: Mapped[list[Any]] = mapped_column(default=list)


Index("ix_probe_endpoint_started", Probe.endpoint_id, Probe.started_at)
Index("ix_probe_verdict", Probe.verdict)
Index("ix_probe_person_started", Probe.person, Probe.started_at)
