"""The catalogue: models, pairings of a model with a host, and what people and installations say of them."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.domain.catalogue import UNKNOWN_MEMORY, UNKNOWN_SIZE, spelling
from app.lib import tokens
from app.models.base import Identified, Model

SEED = "gitlab"
HERE = "here"


def _spelled(context: Any) -> str:
    return spelling(context.get_current_parameters()["name_key"])


class CatalogueModel(Model):
    """Facts of one model. `origin` says who states them: SEED, HERE, or the id of another installation.

    `corrected` maps those that were put right here to what is listed instead, by whom and when; the columns hold what
    was put right, so that it is searched and sorted by.
    """

    __tablename__ = "catalogue_model"

    slug: Mapped[str] = mapped_column(String(120), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    # Case and Unicode spelling make no other model.
    name_key: Mapped[str] = mapped_column(String(120), unique=True)
    # Nor do blanks, dashes, dots and underscores.
    spelling: Mapped[str] = mapped_column(String(120), default=_spelled, index=True)
    maker: Mapped[str] = mapped_column(String(120), default="")
    family: Mapped[str] = mapped_column(String(32))
    size: Mapped[float | None]
    active: Mapped[float | None]
    context: Mapped[int | None]
    licence: Mapped[str] = mapped_column(String(120), default="")
    open_weights: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str] = mapped_column(Text, default="")
    deprecated_since: Mapped[str] = mapped_column(String(32), default="")
    replacement: Mapped[str] = mapped_column(String(120), default="")
    source: Mapped[dict[str, Any]] = mapped_column(default=dict)
    origin: Mapped[str] = mapped_column(String(40), default=SEED)
    corrected: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # Gigabytes: the least that was stated to be enough, and an estimate from the size.
    stated_memory: Mapped[int | None]
    estimated_memory: Mapped[int | None]


class CatalogueHardware(Model):
    """GPUs that were stated to be enough for a model."""

    __tablename__ = "catalogue_hardware"

    id: Mapped[int] = mapped_column(primary_key=True)
    model_slug: Mapped[str] = mapped_column(ForeignKey("catalogue_model.slug", ondelete="CASCADE"), index=True)
    card: Mapped[str] = mapped_column(String(40))
    card_key: Mapped[str] = mapped_column(String(40), index=True)
    count: Mapped[int]
    memory: Mapped[int]
    need: Mapped[int | None]
    context: Mapped[int | None]
    requests: Mapped[int | None]
    note: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[dict[str, Any]] = mapped_column(default=dict)


class CataloguePlatform(Model):
    """A platform or server that people asked for and an admin took up; `details` has what they said of it."""

    __tablename__ = "catalogue_platform"

    slug: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    person_name: Mapped[str] = mapped_column(String(255))
    at: Mapped[datetime]


class Pairing(Identified, Model):
    """A model on a host, in one quantisation or version ("" for the usual one): the catalogue's entry.

    Tier, levels, rating, confidence and the numbers are worked out by rules and stored to be searched and sorted by.
    `answers` counts what live reports say per column of GitLab's table. `tier_rank`: 2 supported, 1 compatible.
    `details` is what people state of it here: how it is addressed and served, and what is known to go wrong.

    `family` to `memory_rank` repeat facts of the model, so that thousands of entries are searched in one index; it is
    `number` that SQLite's index of words knows an entry by.
    """

    __tablename__ = "pairing"
    __table_args__ = (UniqueConstraint("model_slug", "host", "variant"),)

    model_slug: Mapped[str] = mapped_column(ForeignKey("catalogue_model.slug", ondelete="CASCADE"))
    host: Mapped[str] = mapped_column(String(64))
    variant: Mapped[str] = mapped_column(String(48), default="")
    name_key: Mapped[str] = mapped_column(String(120))
    origin: Mapped[str] = mapped_column(String(40), default=SEED)
    tier: Mapped[str] = mapped_column(String(16), default="other")
    tier_rank: Mapped[int] = mapped_column(default=0)
    tier_reasons: Mapped[list[Any]] = mapped_column(default=list)
    code_completion: Mapped[str] = mapped_column(String(8), default="")
    code_generation: Mapped[str] = mapped_column(String(8), default="")
    chat: Mapped[str] = mapped_column(String(8), default="")
    agent_platform: Mapped[str] = mapped_column(String(8), default="")
    stars: Mapped[float | None]
    confidence: Mapped[float] = mapped_column(default=0.0)
    sureness: Mapped[str] = mapped_column(String(8), default="none")
    rating_words: Mapped[list[Any]] = mapped_column(default=list)
    needs_test: Mapped[bool] = mapped_column(default=False)
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    reports: Mapped[int] = mapped_column(default=0)
    installations: Mapped[int] = mapped_column(default=0)
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    votes: Mapped[int] = mapped_column(default=0)
    rules_version: Mapped[int] = mapped_column(default=0)
    number: Mapped[int] = mapped_column(BigInteger, default=tokens.new_number)
    family: Mapped[str] = mapped_column(String(32), default="")
    open_weights: Mapped[bool] = mapped_column(default=False)
    size_rank: Mapped[float] = mapped_column(default=UNKNOWN_SIZE)
    context_rank: Mapped[int] = mapped_column(default=0)
    memory_rank: Mapped[int] = mapped_column(default=UNKNOWN_MEMORY)
    stars_rank: Mapped[float] = mapped_column(default=0.0)


class Installation(Model):
    """One Modelport that speaks here, this one among them (`is_self`, with its sealed signing key)."""

    __tablename__ = "installation"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    name: Mapped[str] = mapped_column(String(120), default="")
    public_key: Mapped[str] = mapped_column(String(64))
    private_key: Mapped[str | None] = mapped_column(String(400))
    is_self: Mapped[bool] = mapped_column(default=False)
    trusted: Mapped[bool] = mapped_column(default=False)
    first_seen_at: Mapped[datetime]


class Report(Identified, Model):
    """What one installation found of a pairing. `state`: live, superseded, withdrawn or refused.

    `answers` maps features to works, notes or fails; `versions` and `evidence` hold what belongs to it, and never a
    host, a key or a text. `grade` is of domain.ratings.
    """

    __tablename__ = "report"

    pairing_id: Mapped[str] = mapped_column(ForeignKey("pairing.id", ondelete="CASCADE"))
    installation: Mapped[str] = mapped_column(String(40), index=True)
    family: Mapped[str] = mapped_column(String(32), default="")
    versions: Mapped[dict[str, Any]] = mapped_column(default=dict)
    answers: Mapped[dict[str, Any]] = mapped_column(default=dict)
    note: Mapped[str] = mapped_column(Text, default="")
    evidence: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    grade: Mapped[int]
    state: Mapped[str] = mapped_column(String(16), default="live")
    person: Mapped[str] = mapped_column(String(600), default="")
    person_name: Mapped[str] = mapped_column(String(255), default="")
    at: Mapped[datetime]


class Vote(Model):
    """That a person wants a pairing supported (`want`), or that it works for them (`works`)."""

    __tablename__ = "vote"

    pairing_id: Mapped[str] = mapped_column(ForeignKey("pairing.id", ondelete="CASCADE"), primary_key=True)
    person: Mapped[str] = mapped_column(String(600), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    at: Mapped[datetime]


class ForeignVotes(Model):
    """How many people of another installation voted."""

    __tablename__ = "foreign_votes"

    pairing_id: Mapped[str] = mapped_column(ForeignKey("pairing.id", ondelete="CASCADE"), primary_key=True)
    installation: Mapped[str] = mapped_column(String(40), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    number: Mapped[int]


class EntryChange(Model):
    """One change of the catalogue, for an entry's history and the feed of changes."""

    __tablename__ = "entry_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    pairing_id: Mapped[str] = mapped_column(ForeignKey("pairing.id", ondelete="CASCADE"))
    title: Mapped[str] = mapped_column(String(255))
    what: Mapped[str] = mapped_column(String(40))
    person_name: Mapped[str] = mapped_column(String(255), default="")
    changes: Mapped[dict[str, Any]] = mapped_column(default=dict)


class BundleTaken(Model):
    """A bundle that was taken, or begun to be: `done` counts its entries so far; it was made `at`."""

    __tablename__ = "bundle_taken"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    installation: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime]
    done: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None]
    person_name: Mapped[str] = mapped_column(String(255))


# Each order with all that entries are narrowed by, so that a search reads nothing but the index.
_NARROWED = (
    Pairing.host, Pairing.family, Pairing.code_completion, Pairing.code_generation, Pairing.chat,
    Pairing.agent_platform, Pairing.open_weights, Pairing.memory_rank, Pairing.model_slug, Pairing.number,
)  # fmt: skip
Index(
    "ix_pairing_best", Pairing.tier_rank.desc(), Pairing.confidence.desc(), Pairing.votes.desc(), Pairing.name_key,
    Pairing.id, *_NARROWED, Pairing.context_rank,
)  # fmt: skip
Index("ix_pairing_name", Pairing.name_key, Pairing.id, *_NARROWED, Pairing.context_rank, Pairing.tier_rank)
Index(
    "ix_pairing_stars", Pairing.stars_rank.desc(), Pairing.name_key, Pairing.id, *_NARROWED, Pairing.context_rank,
    Pairing.tier_rank,
)  # fmt: skip
Index(
    "ix_pairing_votes", Pairing.votes.desc(), Pairing.name_key, Pairing.id, *_NARROWED, Pairing.context_rank,
    Pairing.tier_rank,
)  # fmt: skip
Index(
    "ix_pairing_size", Pairing.size_rank, Pairing.name_key, Pairing.id, *_NARROWED, Pairing.context_rank,
    Pairing.tier_rank,
)  # fmt: skip
Index(
    "ix_pairing_context", Pairing.context_rank.desc(), Pairing.name_key, Pairing.id, *_NARROWED, Pairing.tier_rank
)  # fmt: skip
# Which hosts and families there are is asked by every page of the finder.
Index("ix_pairing_host", Pairing.host)
Index("ix_catalogue_model_family", CatalogueModel.family)
Index("ix_report_pairing_id", Report.pairing_id, Report.state, Report.at)
Index("ix_report_installation_pairing", Report.installation, Report.pairing_id)
Index("ix_entry_change_pairing_id", EntryChange.pairing_id, EntryChange.id)
Index("ix_entry_change_at", EntryChange.at)
