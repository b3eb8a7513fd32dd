"""Tries of prompts: two answers side by side, and which of them people found better."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Identified, Model


class Trial(Identified, Model):
    """One try of a feature; it holds what was sent and answered, and is removed after an hour.

    `blind`: names stay hidden until a mark is given. `mark` is the position of the better side, -1 for neither.
    Sides that still run are their process's until `lease_until`; after that it is gone.
    """

    __tablename__ = "trial"

    feature: Mapped[str] = mapped_column(String(48))
    person: Mapped[str] = mapped_column(String(600), index=True)
    inputs: Mapped[dict[str, Any]] = mapped_column(default=dict)
    blind: Mapped[bool] = mapped_column(default=False)
    stop: Mapped[bool] = mapped_column(default=False)
    mark: Mapped[int | None]
    lease_until: Mapped[datetime]


class TrialSide(Model):
    """One of at most two answers; which stands first was drawn by lot."""

    __tablename__ = "trial_side"

    trial_id: Mapped[str] = mapped_column(ForeignKey("trial.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    endpoint_id: Mapped[str] = mapped_column(ForeignKey("endpoint.id", ondelete="CASCADE"), index=True)
    family: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(12))
    text: Mapped[str] = mapped_column(Text, default="")
    calls: Mapped[list[Any]] = mapped_column(default=list)
    code: Mapped[str] = mapped_column(String(48), default="")
    words: Mapped[str] = mapped_column(String(400), default="")
    breaches: Mapped[list[Any]] = mapped_column(default=list)
    figures: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Mark(Model):
    """Which of two answers a person found better without knowing whose they were; `better` is a, b or neither."""

    __tablename__ = "mark"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    feature: Mapped[str] = mapped_column(String(48))
    person: Mapped[str] = mapped_column(String(600))
    endpoint_a: Mapped[str] = mapped_column(ForeignKey("endpoint.id", ondelete="CASCADE"), index=True)
    family_a: Mapped[str] = mapped_column(String(32))
    endpoint_b: Mapped[str] = mapped_column(ForeignKey("endpoint.id", ondelete="CASCADE"), index=True)
    family_b: Mapped[str] = mapped_column(String(32))
    better: Mapped[str] = mapped_column(String(8))
