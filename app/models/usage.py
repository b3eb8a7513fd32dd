"""Usage: what feature calls came to, in sums. No prompt and no answer is in here."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Float, String
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Model


class UsageHour(Model):
    """One hour of one feature (or endpoint:<slug>) on one endpoint by one token; ids outlive what they name.

    Buckets are counts per bound of app/domain/usage.py, times in milliseconds. `estimated` counts the calls whose
    tokens the server did not state.
    """

    __tablename__ = "usage_hour"

    hour: Mapped[datetime] = mapped_column(primary_key=True)
    feature: Mapped[str] = mapped_column(String(96), primary_key=True)
    endpoint_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    token_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    requests: Mapped[int] = mapped_column(BigInteger)
    errors: Mapped[int] = mapped_column(BigInteger)
    fallbacks: Mapped[int] = mapped_column(BigInteger)
    estimated: Mapped[int] = mapped_column(BigInteger)
    prompt_tokens: Mapped[int] = mapped_column(BigInteger)
    completion_tokens: Mapped[int] = mapped_column(BigInteger)
    first_token_ms: Mapped[float] = mapped_column(Float)
    duration_ms: Mapped[float] = mapped_column(Float)
    first_token_buckets: Mapped[list[Any]]
    duration_buckets: Mapped[list[Any]]


class UsageTotal(Model):
    """The same since the beginning, for counters that never fall; `error` is a code, empty for calls that went well."""

    __tablename__ = "usage_total"

    operation: Mapped[str] = mapped_column(String(24), primary_key=True)
    feature: Mapped[str] = mapped_column(String(96), primary_key=True)
    endpoint: Mapped[str] = mapped_column(String(80), primary_key=True)
    error: Mapped[str] = mapped_column(String(48), primary_key=True)
    platform: Mapped[str] = mapped_column(String(32))
    served_name: Mapped[str] = mapped_column(String(255))
    requests: Mapped[int] = mapped_column(BigInteger)
    prompt_tokens: Mapped[int] = mapped_column(BigInteger)
    completion_tokens: Mapped[int] = mapped_column(BigInteger)
    first_token_ms: Mapped[float] = mapped_column(Float)
    duration_ms: Mapped[float] = mapped_column(Float)
    first_token_buckets: Mapped[list[Any]]
    duration_buckets: Mapped[list[Any]]
    prompt_buckets: Mapped[list[Any]]
    completion_buckets: Mapped[list[Any]]
