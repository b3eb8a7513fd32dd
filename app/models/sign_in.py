"""Sign-in: the people who were here, their sessions, and the sign-ins under way."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Identified, Model


class Person(Identified, Model):
    """Somebody who signed in once; issuer and subject are the identity, the rest is for display."""

    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    issuer: Mapped[str] = mapped_column(String(340))
    subject: Mapped[str] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(String(255))
    # Empty unless the provider says that it verified the address.
    email: Mapped[str] = mapped_column(String(320), default="")
    role: Mapped[str] = mapped_column(String(16))
    last_sign_in_at: Mapped[datetime]


class SignInSession(Model):
    """One browser's session. `id` is the SHA-256 of what the cookie holds, so a copy of this table opens nothing."""

    __tablename__ = "sign_in_session"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    # An anonymous visitor's session has no issuer, no subject and no role.
    issuer: Mapped[str] = mapped_column(String(340), default="")
    subject: Mapped[str] = mapped_column(String(255), default="")
    # The provider's own name for its session, by which it may end ours.
    provider_session: Mapped[str] = mapped_column(String(255), default="")
    name: Mapped[str] = mapped_column(String(255), default="")
    role: Mapped[str] = mapped_column(String(16), default="")
    groups: Mapped[list[Any]] = mapped_column(default=list)
    claims: Mapped[dict[str, Any]] = mapped_column(default=dict)
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # Sealed; handed back to the provider when the session ends there too.
    id_token: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    auth_time: Mapped[datetime | None]
    address: Mapped[str] = mapped_column(String(64), default="")
    user_agent: Mapped[str] = mapped_column(String(255), default="")


class SignInTransaction(Model):
    """A sign-in under way: what the provider's answer is held against, once, within ten minutes.

    `id` is the SHA-256 of the state. A row without a browser stands for an answer that fitted none; it is only counted.
    """

    __tablename__ = "sign_in_transaction"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    browser: Mapped[str] = mapped_column(String(64), default="")
    nonce: Mapped[str] = mapped_column(String(64), default="")
    verifier: Mapped[str] = mapped_column(String(128), default="")
    next_path: Mapped[str] = mapped_column(String(2048), default="/")
    # Empty for a sign-in; "step_up" where somebody signed in proves again that it is them.
    purpose: Mapped[str] = mapped_column(String(16), default="")
    # Who has to come back (Actor.key), empty: anybody.
    person: Mapped[str] = mapped_column(String(600), default="")
    # SHA-256 of what the frame alone knows, for a sign-in in a window that a frame opened.
    challenge: Mapped[str] = mapped_column(String(64), default="")
    # The network (IPv4 address, IPv6 /64) that the limit counts.
    network: Mapped[str] = mapped_column(String(64), default="")
    created_at: Mapped[datetime]


class SignInHandoff(Model):
    """A finished sign-in that waits, for a minute at most, for the frame that asked for it.

    `id` is the SHA-256 of the code that the window hands to the frame; the session begins when the frame redeems it.
    """

    __tablename__ = "sign_in_handoff"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    challenge: Mapped[str] = mapped_column(String(64))
    # Sealed: who signed in, with the claims and the ID token.
    payload: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


class SpentLogoutToken(Model):
    """A logout token of the provider that was acted upon; `id` is the SHA-256 of issuer and token id."""

    __tablename__ = "spent_logout_token"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime]


Index("ix_sign_in_session_last_seen_at", SignInSession.last_seen_at)
Index("ix_sign_in_session_created_at", SignInSession.created_at)
Index("ix_sign_in_session_person", SignInSession.issuer, SignInSession.subject)
Index("ix_sign_in_session_provider_session", SignInSession.issuer, SignInSession.provider_session)
Index("ix_sign_in_handoff_created_at", SignInHandoff.created_at)
Index("ix_spent_logout_token_expires_at", SpentLogoutToken.expires_at)
Index("ix_sign_in_transaction_network", SignInTransaction.network, SignInTransaction.created_at)
Index("ix_sign_in_transaction_created_at", SignInTransaction.created_at)
