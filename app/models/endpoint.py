"""Endpoints: configured model deployments, and their standing per feature."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Model, Versioned


class Endpoint(Versioned, Model):
    """One deployment; `slug` never changes, `api_key` is sealed and bound to `key_origin`."""

    __tablename__ = "endpoint"

    slug: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(255))
    # Case-folded, so that the database itself refuses a name that differs by case alone.
    name_key: Mapped[str] = mapped_column(String(255), unique=True)
    platform: Mapped[str] = mapped_column(String(32), index=True)
    server: Mapped[str] = mapped_column(String(32), default="")
    base_url: Mapped[str] = mapped_column(String(2048))
    identifier: Mapped[str] = mapped_column(String(255))
    served_name: Mapped[str] = mapped_column(String(255))
    model: Mapped[str] = mapped_column(String(120), default="")
    family: Mapped[str] = mapped_column(String(32))
    owner: Mapped[str] = mapped_column(String(255), default="", index=True)
    api_version: Mapped[str] = mapped_column(String(40), default="")
    key_header: Mapped[str] = mapped_column(String(40), default="")
    headers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    quirks: Mapped[list[Any]] = mapped_column(default=list)
    enabled: Mapped[bool] = mapped_column(default=True)
    created_by: Mapped[str] = mapped_column(String(600), default="")

    api_key: Mapped[str | None] = mapped_column(String(9000))
    key_origin: Mapped[str] = mapped_column(String(300), default="")
    key_fingerprint: Mapped[str] = mapped_column(String(8), default="")
    key_set_at: Mapped[datetime | None]

    # Stored standing: the best tier over all features, and the outcome of the last kept test.
    tier: Mapped[str] = mapped_column(String(16), default="other", index=True)
    tier_reasons: Mapped[list[Any]] = mapped_column(default=list)
    verdict: Mapped[str] = mapped_column(String(16), default="", index=True)
    probe_id: Mapped[str | None] = mapped_column(String(32))
    probed_at: Mapped[datetime | None]


class Standing(Model):
    """The tier of one endpoint for one feature, with the version of the rules that gave it."""

    __tablename__ = "standing"

    endpoint_id: Mapped[str] = mapped_column(ForeignKey("endpoint.id", ondelete="CASCADE"), primary_key=True)
    feature: Mapped[str] = mapped_column(String(48), primary_key=True)
    tier: Mapped[str] = mapped_column(String(16))
    level: Mapped[str] = mapped_column(String(16), default="")
    reasons: Mapped[list[Any]] = mapped_column(default=list)
    rules_version: Mapped[int]


Index("ix_endpoint_probed_at", Endpoint.probed_at)
Index("ix_endpoint_created_at", Endpoint.created_at)
