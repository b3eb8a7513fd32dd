"""Endpoints: configured model deployments, and their standing per feature."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text
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
    # For each extra header the fingerprint of its value; the values are sealed (see services/header_values).
    headers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    header_values: Mapped[str | None] = mapped_column(Text)
    quirks: Mapped[list[Any]] = mapped_column(default=list)
    enabled: Mapped[bool] = mapped_column(default=True)
    created_by: Mapped[str] = mapped_column(String(600), default="")

    api_key: Mapped[str | None] = mapped_column(String(9000))
    key_origin: Mapped[str] = mapped_column(String(300), default="")
    key_fingerprint: Mapped[str] = mapped_column(String(8), default="")
    key_set_at: Mapped[datetime | None]

    # How requests are authorised where it takes more than a key; the session token is sealed like the key.
    auth: Mapped[str] = mapped_column(String(24), default="key")
    region: Mapped[str] = mapped_column(String(40), default="")
    project: Mapped[str] = mapped_column(String(64), default="")
    access_key_id: Mapped[str] = mapped_column(String(128), default="")
    session_token: Mapped[str | None] = mapped_column(String(9000))
    role_arn: Mapped[str] = mapped_column(String(2048), default="")
    external_id: Mapped[str] = mapped_column(String(1224), default="")

    # What TLS needs here beyond the system's roots, as PEM text; the client's key is sealed.
    ca_pem: Mapped[str] = mapped_column(Text, default="")
    client_certificate: Mapped[str] = mapped_column(Text, default="")
    client_key: Mapped[str | None] = mapped_column(Text)
    tls_server_name: Mapped[str] = mapped_column(String(255), default="")

    # Stored standing: the best tier over all features, and the outcome of the last kept test.
    tier: Mapped[str] = mapped_column(String(16), default="other", index=True)
    tier_reasons: Mapped[list[Any]] = mapped_column(default=list)
    verdict: Mapped[str] = mapped_column(String(16), default="", index=True)
    probe_id: Mapped[str | None] = mapped_column(String(32))
    probed_at: Mapped[datetime | None]
    # The last verdict that judged: a busy server changes nothing about what is known of it.
    judged: Mapped[str] = mapped_column(String(16), default="")
    # What the server showed of itself in the last test, and the context it states, in tokens.
    fingerprint: Mapped[str] = mapped_column(String(16), default="")
    stated_context: Mapped[int | None] = mapped_column(BigInteger)


class Capability(Model):
    """The newest finding about one ability of an endpoint; `aged` where the endpoint or its server changed since."""

    __tablename__ = "capability"

    endpoint_id: Mapped[str] = mapped_column(ForeignKey("endpoint.id", ondelete="CASCADE"), primary_key=True)
    ability: Mapped[str] = mapped_column(String(24), primary_key=True)
    grade: Mapped[str] = mapped_column(String(8))
    value: Mapped[int | None] = mapped_column(BigInteger)
    measured_at: Mapped[datetime]
    probe_id: Mapped[str] = mapped_column(String(32))
    dialect_version: Mapped[int]
    fingerprint: Mapped[str] = mapped_column(String(16), default="")
    aged: Mapped[str] = mapped_column(String(16), default="")


class HealthChange(Model):
    """That an endpoint's verdict became another one, by whichever test."""

    __tablename__ = "health_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    endpoint_id: Mapped[str] = mapped_column(ForeignKey("endpoint.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(index=True)
    before: Mapped[str] = mapped_column(String(16))
    after: Mapped[str] = mapped_column(String(16))
    probe_id: Mapped[str] = mapped_column(String(32))
    summary: Mapped[str] = mapped_column(String(400), default="")


class Standing(Model):
    """Tier and readiness of one endpoint for one feature, with the version of the rules that gave them.

    `measured_at` is the oldest measurement that the readiness stands on, `aged` what made one of them old.
    """

    __tablename__ = "standing"

    endpoint_id: Mapped[str] = mapped_column(ForeignKey("endpoint.id", ondelete="CASCADE"), primary_key=True)
    feature: Mapped[str] = mapped_column(String(48), primary_key=True)
    tier: Mapped[str] = mapped_column(String(16))
    level: Mapped[str] = mapped_column(String(16), default="")
    reasons: Mapped[list[Any]] = mapped_column(default=list)
    readiness: Mapped[str] = mapped_column(String(16), default="unknown")
    readiness_reasons: Mapped[list[Any]] = mapped_column(default=list)
    measured_at: Mapped[datetime | None]
    aged: Mapped[str] = mapped_column(String(16), default="")
    rules_version: Mapped[int]


Index("ix_endpoint_probed_at", Endpoint.probed_at)
Index("ix_endpoint_created_at", Endpoint.created_at)
