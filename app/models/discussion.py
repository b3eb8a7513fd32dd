"""What people say of the catalogue's entries, and what they ask to have in it."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.models.base import Model, Versioned


class Comment(Versioned, Model):
    """What somebody says of a pairing. Of one that was removed the text is gone and the place stays."""

    __tablename__ = "comment"

    pairing_id: Mapped[str] = mapped_column(ForeignKey("pairing.id", ondelete="CASCADE"))
    person: Mapped[str] = mapped_column(String(600))
    person_name: Mapped[str] = mapped_column(String(255))
    text: Mapped[str] = mapped_column(Text)
    edited_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]
    removed_by: Mapped[str] = mapped_column(String(255), default="")


class CommentFlag(Model):
    """That a person asked a moderator to look at a comment."""

    __tablename__ = "comment_flag"

    comment_id: Mapped[str] = mapped_column(ForeignKey("comment.id", ondelete="CASCADE"), primary_key=True)
    person: Mapped[str] = mapped_column(String(600), primary_key=True)
    at: Mapped[datetime]


class Proposal(Versioned, Model):
    """A model, a platform or a correction that somebody asks for. `kind` and `state` are of domain.proposals.

    `reason` is a moderator's question or reason, `answer` what the author said to the question; `seen_at` is when the
    author saw the last decision.
    """

    __tablename__ = "proposal"

    kind: Mapped[str] = mapped_column(String(16))
    title: Mapped[str] = mapped_column(String(255))
    fields: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # What a correction was made of, so that the queue can show the difference.
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    person: Mapped[str] = mapped_column(String(600), index=True)
    person_name: Mapped[str] = mapped_column(String(255))
    state: Mapped[str] = mapped_column(String(16), default="open", index=True)
    reason: Mapped[str] = mapped_column(Text, default="")
    answer: Mapped[str] = mapped_column(Text, default="")
    decided_by: Mapped[str] = mapped_column(String(255), default="")
    decided_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    pairing_id: Mapped[str | None] = mapped_column(ForeignKey("pairing.id", ondelete="SET NULL"))


Index("ix_comment_pairing_id", Comment.pairing_id, Comment.created_at)
Index("ix_comment_person", Comment.person, Comment.created_at)
