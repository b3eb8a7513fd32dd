"""Reads for moderators: how much waits, and the reports that came last, whatever they are about."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from app.domain.proposals import State
from app.models.catalogue import CatalogueModel, Installation, Pairing, Report
from app.models.discussion import CommentFlag, Proposal
from app.models.store import Store
from app.queries.confirmations import LIVE
from app.queries.cursors import after, ordered

PAGE = 25
SHORT = 8
_NEWEST_FIRST = ((Report.at, True), (Report.id, True))
_COLUMNS: tuple[Any, ...] = (
    Report.id, Report.at, Report.installation, Installation.name, Installation.is_self, Report.person_name,
    Report.answers, Report.note, Pairing.host, Pairing.model_slug, Pairing.variant, CatalogueModel.name,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LatestReport:
    """One live report with the way to its entry; `here` says that it is this installation's own."""

    id: str
    at: datetime
    installation: str
    installation_name: str
    here: bool
    person_name: str
    answers: Mapping[str, str]
    note: str
    host: str
    slug: str
    variant: str
    model: str

    @property
    def label(self) -> str:
        """Who speaks: a person here, or an installation by its name or the beginning of its id."""
        return self.person_name if self.here else self.installation_name or self.installation[:SHORT]


@dataclass(frozen=True, slots=True)
class LatestReports:
    """One page; `next` is the id to go on from, None at the end."""

    rows: tuple[LatestReport, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many proposals and flagged comments wait for a moderator, and news of a person's own proposals."""

    proposals: int
    flagged: int
    own_news: int


def waiting(store: Store, person: str) -> Waiting:
    """What waits, in one statement."""
    opened = select(func.count()).select_from(Proposal).where(Proposal.state == State.OPEN.value)
    flagged = select(func.count(CommentFlag.comment_id.distinct()))
    news = (
        select(func.count())
        .select_from(Proposal)
        .where(Proposal.person == person, Proposal.state != State.OPEN.value, Proposal.seen_at.is_(None))
    )
    with store.read() as session:
        row = session.execute(select(opened.scalar_subquery(), flagged.scalar_subquery(), news.scalar_subquery())).one()
        return Waiting(*row)


def latest_reports(store: Store, cursor: str | None = None, size: int = PAGE) -> LatestReports:
    """Live reports on whatever entry, newest first, those after the report `cursor`."""
    wanted = (
        select(*_COLUMNS)
        .join(Pairing, Pairing.id == Report.pairing_id)
        .join(CatalogueModel, CatalogueModel.slug == Pairing.model_slug)
        .outerjoin(Installation, Installation.id == Report.installation)
        .where(Report.state == LIVE)
    )
    with store.read() as session:
        if cursor is not None:
            row = session.execute(select(Report.at, Report.id).where(Report.id == cursor)).one_or_none()
            if row is None:
                return LatestReports((), None)
            wanted = wanted.where(after(_NEWEST_FIRST, tuple(row)))
        rows = session.execute(wanted.order_by(*ordered(_NEWEST_FIRST)).limit(size + 1))
        found = tuple(_record(row) for row in rows)
    return LatestReports(found[:size], found[size - 1].id if len(found) > size else None)


def _record(row: Any) -> LatestReport:
    values = dict(zip(LatestReport.__dataclass_fields__, row, strict=True))
    return LatestReport(
        **values | {"here": bool(values["here"]), "installation_name": values["installation_name"] or ""}
    )
