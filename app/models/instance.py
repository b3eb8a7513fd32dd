"""The connected GitLab instance: what was read of it, what is linked to it, what was done to it."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Identified, Model

ONLY = "gitlab"


class Instance(Model):
    """The one instance. `read_at` is of the last complete reading; `code` and `words` say why a later one failed.

    `url` is the address it was read at: under another one nothing that is stored here counts.
    """

    __tablename__ = "instance"

    id: Mapped[str] = mapped_column(String(16), primary_key=True, default=ONLY)
    url: Mapped[str] = mapped_column(String(2048), default="")
    scope: Mapped[str] = mapped_column(String(16), default="all")
    read_at: Mapped[datetime | None]
    tried_at: Mapped[datetime | None]
    code: Mapped[str] = mapped_column(String(32), default="")
    words: Mapped[str] = mapped_column(String(600), default="")
    shape: Mapped[dict[str, Any]] = mapped_column(default=dict)
    about: Mapped[dict[str, Any]] = mapped_column(default=dict)
    duo: Mapped[dict[str, Any]] = mapped_column(default=dict)
    health: Mapped[list[Any]] = mapped_column(default=list)
    health_at: Mapped[datetime | None]
    taken_over_at: Mapped[datetime | None]


class InstanceModelRow(Model):
    """One self-hosted model as it was last read; `id` is GitLab's global id, `changed_by` from its audit events."""

    __tablename__ = "instance_model"

    id: Mapped[str] = mapped_column(String(128), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    family: Mapped[str] = mapped_column(String(64))
    platform: Mapped[str] = mapped_column(String(32))
    endpoint: Mapped[str] = mapped_column(Text)
    identifier: Mapped[str] = mapped_column(Text)
    has_key: Mapped[bool]
    changed_by: Mapped[str] = mapped_column(String(255), default="")
    changed_at: Mapped[datetime | None]


class InstanceFeatureRow(Model):
    """One feature setting as it was last read, with who changed it there where GitLab's audit events say so."""

    __tablename__ = "instance_feature"

    name: Mapped[str] = mapped_column(String(96), primary_key=True)
    position: Mapped[int]
    title: Mapped[str] = mapped_column(String(255))
    section: Mapped[str] = mapped_column(String(255))
    provider: Mapped[str] = mapped_column(String(16))
    model_id: Mapped[str] = mapped_column(String(128), default="")
    model_name: Mapped[str] = mapped_column(Text, default="")
    managed: Mapped[str] = mapped_column(String(255), default="")
    families: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    state: Mapped[str] = mapped_column(String(16), default="")
    changed_by: Mapped[str] = mapped_column(String(255), default="")
    changed_at: Mapped[datetime | None]


class InstanceLink(Model):
    """Which of GitLab's models belongs to what here; `model_id` is "" while it was sent and not confirmed.

    `agreed` are the values that both sides last had, `key` marks the key that GitLab was given; `token_id` is the token
    in it where GitLab calls Modelport.
    """

    __tablename__ = "instance_link"

    subject: Mapped[str] = mapped_column(String(96), primary_key=True)
    endpoint_id: Mapped[str | None] = mapped_column(ForeignKey("endpoint.id", ondelete="CASCADE"), unique=True)
    model_id: Mapped[str] = mapped_column(String(128), default="")
    agreed: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    key: Mapped[str] = mapped_column(String(64), default="")
    token_id: Mapped[str | None] = mapped_column(ForeignKey("token.id", ondelete="SET NULL"))


class FeatureWay(Model):
    """How GitLab reaches a feature's model, and the setting that both sides last had."""

    __tablename__ = "feature_way"

    feature: Mapped[str] = mapped_column(String(48), primary_key=True)
    way: Mapped[str] = mapped_column(String(16), default="direct")
    agreed: Mapped[str] = mapped_column(String(160), default="")


class InstanceRun(Identified, Model):
    """One piece of work with GitLab: a reading, an application of a plan, a health check.

    It belongs to the process that renews `lease_until`; past it, the process ended in between.
    """

    __tablename__ = "instance_run"

    kind: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16), default="running")
    person: Mapped[str] = mapped_column(String(600))
    person_name: Mapped[str] = mapped_column(String(255))
    code: Mapped[str] = mapped_column(String(32), default="")
    words: Mapped[str] = mapped_column(String(600), default="")
    lease_until: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class InstanceStep(Model):
    """One step of a run: what it changes, and what became of it."""

    __tablename__ = "instance_step"

    run_id: Mapped[str] = mapped_column(ForeignKey("instance_run.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    subject: Mapped[str] = mapped_column(String(160))
    title: Mapped[str] = mapped_column(Text)
    # Of each field its label, and its value before and after.
    changes: Mapped[list[Any]] = mapped_column(default=list)
    outcome: Mapped[str] = mapped_column(String(16), default="waiting")
    code: Mapped[str] = mapped_column(String(32), default="")
    words: Mapped[str] = mapped_column(String(600), default="")


class GatewayCheck(Model):
    """GitLab's own connection check of one endpoint's model, through its gateway: the last one."""

    __tablename__ = "gateway_check"

    endpoint_id: Mapped[str] = mapped_column(ForeignKey("endpoint.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[str] = mapped_column(String(16))
    started_at: Mapped[datetime]
    lease_until: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    success: Mapped[bool | None]
    code: Mapped[str] = mapped_column(String(32), default="")
    words: Mapped[str] = mapped_column(Text, default="")
    # What was checked: a later change of the endpoint makes the result an old one.
    endpoint_version: Mapped[int]


Index("ix_instance_run_created_at", InstanceRun.created_at)
