"""Tokens: what programs show in place of a sign-in."""

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Identified, Model


class Token(Identified, Model):
    """One token. `public_id` is its readable half, `secret_hash` the SHA-256 of the other, which is shown once.

    Either a role, or the features that it may call. The limits hold for each feature by itself; None is without.
    """

    __tablename__ = "token"

    public_id: Mapped[str] = mapped_column(String(32), unique=True)
    secret_hash: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(255))
    role: Mapped[str] = mapped_column(String(16), default="")
    features: Mapped[list[Any]] = mapped_column(default=list)
    requests_per_minute: Mapped[int | None]
    tokens_per_minute: Mapped[int | None]
    maker: Mapped[str] = mapped_column(String(600), index=True)
    maker_name: Mapped[str] = mapped_column(String(255))
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
