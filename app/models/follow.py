"""Addresses at which other portals give their bundles, fetched again and again."""

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Identified, Model


class Follow(Identified, Model):
    """One address. `state` is of domain.following, `problem` what to read and do where it is failed or waits.

    `installation` and `public_key` are those that an admin agreed to take from, both empty before. `etag` names what
    was taken last, `token` is sealed. It is fetched again when `due_at` has come.
    """

    __tablename__ = "catalogue_follow"

    address: Mapped[str] = mapped_column(String(2048), unique=True)
    token: Mapped[str | None] = mapped_column(Text)
    installation: Mapped[str] = mapped_column(String(40), default="")
    public_key: Mapped[str] = mapped_column(String(64), default="")
    etag: Mapped[str] = mapped_column(String(200), default="")
    state: Mapped[str] = mapped_column(String(8), default="new")
    problem: Mapped[str] = mapped_column(Text, default="")
    due_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]
    taken_at: Mapped[datetime | None]
    person_name: Mapped[str] = mapped_column(String(255))
