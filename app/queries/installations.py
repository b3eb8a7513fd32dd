"""Reads of who speaks in the catalogue: this installation, others, and what was taken from them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from app.models.catalogue import BundleTaken, Installation, Report
from app.models.store import Store
from app.queries.confirmations import LIVE

MOST = 500


@dataclass(frozen=True, slots=True)
class Own:
    """This installation; its private key is not read."""

    id: str
    name: str
    public_key: str


@dataclass(frozen=True, slots=True)
class Other:
    """Another installation with how many live reports here are its own; `trusted` lets them count for the tier."""

    id: str
    name: str
    public_key: str
    trusted: bool
    first_seen_at: datetime
    reports: int


@dataclass(frozen=True, slots=True)
class Taken:
    """A bundle that was taken, or begun to be where `finished_at` is None; it was made `at`, `done` counts entries."""

    digest: str
    installation: str
    installation_name: str | None
    at: datetime
    done: int
    finished_at: datetime | None
    person_name: str


def own(store: Store) -> Own | None:
    """This installation; None until it has reported or exported something."""
    with store.read() as session:
        asked = select(Installation.id, Installation.name, Installation.public_key).where(Installation.is_self)
        row = session.execute(asked).one_or_none()
        return Own(*row) if row else None


def others(store: Store, most: int = MOST) -> tuple[Other, ...]:
    """The other installations, by name, with their reports; in one statement."""
    reports = (
        select(func.count())
        .select_from(Report)
        .where(Report.installation == Installation.id, Report.state == LIVE)
        .scalar_subquery()
    )
    asked = (
        select(
            Installation.id, Installation.name, Installation.public_key, Installation.trusted,
            Installation.first_seen_at, reports,
        )
        .where(Installation.is_self.is_(False))
        .order_by(Installation.name, Installation.id)
        .limit(most)
    )  # fmt: skip
    with store.read() as session:
        return tuple(Other(*row) for row in session.execute(asked))


def taken(store: Store, most: int = 50) -> tuple[Taken, ...]:
    """The bundles that were taken, those made last first."""
    asked = (
        select(
            BundleTaken.digest, BundleTaken.installation, Installation.name, BundleTaken.at, BundleTaken.done,
            BundleTaken.finished_at, BundleTaken.person_name,
        )
        .outerjoin(Installation, Installation.id == BundleTaken.installation)
        .order_by(BundleTaken.at.desc(), BundleTaken.digest)
        .limit(most)
    )  # fmt: skip
    with store.read() as session:
        return tuple(Taken(*row) for row in session.execute(asked))
