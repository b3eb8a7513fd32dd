"""What the workers share about feature calls: the routes' revision, breakers, alerts under way, limits in use."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Identified, Model


class Revision(Model):
    """A number that rises with every change of what `subject` names; workers look at it to know that theirs is old."""

    __tablename__ = "revision"

    subject: Mapped[str] = mapped_column(String(16), primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)


class Breaker(Model):
    """How an endpoint's last calls went; one that fails too often is not called until `retry_at`.

    `recent` holds the last outcomes, the newest last. `trial_until`: one worker tries whether the endpoint is back.
    """

    __tablename__ = "breaker"

    endpoint_id: Mapped[str] = mapped_column(ForeignKey("endpoint.id", ondelete="CASCADE"), primary_key=True)
    state: Mapped[str] = mapped_column(String(12), index=True)
    recent: Mapped[list[Any]] = mapped_column(default=list)
    reason: Mapped[str] = mapped_column(String(64), default="")
    changed_at: Mapped[datetime]
    retry_at: Mapped[datetime | None]
    trial_until: Mapped[datetime | None]


class BreakerChange(Model):
    """That a breaker opened or closed."""

    __tablename__ = "breaker_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    endpoint_id: Mapped[str] = mapped_column(ForeignKey("endpoint.id", ondelete="CASCADE"), index=True)
    at: Mapped[datetime] = mapped_column(index=True)
    before: Mapped[str] = mapped_column(String(12))
    after: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(String(64), default="")


class Alert(Identified, Model):
    """A message to the webhook: written with the change it tells, sent afterwards by whichever worker claims it."""

    __tablename__ = "alert"

    kind: Mapped[str] = mapped_column(String(32))
    body: Mapped[dict[str, Any]] = mapped_column(default=dict)
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    sent_at: Mapped[datetime | None]
    failure: Mapped[str] = mapped_column(String(200), default="")


class LimitUse(Model):
    """What was handed out of a token's limits for one feature in one minute (minutes since 1970)."""

    __tablename__ = "limit_use"

    token_id: Mapped[str] = mapped_column(ForeignKey("token.id", ondelete="CASCADE"), primary_key=True)
    feature: Mapped[str] = mapped_column(String(96), primary_key=True)
    minute: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    requests: Mapped[int]
    tokens: Mapped[int] = mapped_column(BigInteger)


class RateUse(Model):
    """What was handed out of a limit by the minute (minutes since 1970); `subject` is the SHA-256 of whom it counts."""

    __tablename__ = "rate_use"

    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    subject: Mapped[str] = mapped_column(String(64), primary_key=True)
    minute: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    used: Mapped[int]


Index("ix_rate_use_minute", RateUse.minute)
