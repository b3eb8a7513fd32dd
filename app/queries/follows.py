"""Reads of the addresses at which other portals' catalogues are followed; no token is read."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from app.domain.bundles import fingerprint
from app.models.catalogue import Installation
from app.models.follow import Follow
from app.models.store import Store


@dataclass(frozen=True, slots=True)
class Followed:
    """One address. `state` is of domain.following; `name` and `fingerprint` are of the installation that was agreed to.

    Both are empty before that, and `due_at` is None. `has_token` says whether one is sent there.
    """

    id: str
    address: str
    state: str
    problem: str
    has_token: bool
    fingerprint: str
    name: str
    checked_at: datetime | None
    taken_at: datetime | None
    due_at: datetime | None


_COLUMNS = (
    Follow.id, Follow.address, Follow.state, Follow.problem, Follow.token.is_not(None).label("has_token"),
    Follow.public_key, Installation.name, Follow.checked_at, Follow.taken_at, Follow.due_at,
)  # fmt: skip
_PLAIN = ("id", "address", "state", "problem", "has_token", "checked_at", "taken_at")


def followed(store: Store) -> tuple[Followed, ...]:
    """All of them, by address; in one statement."""
    asked = select(*_COLUMNS).outerjoin(Installation, Installation.id == Follow.installation).order_by(Follow.address)
    with store.read() as session:
        return tuple(_followed(row) for row in session.execute(asked))


def one(store: Store, follow_id: str) -> Followed | None:
    """The one of that id; they are few."""
    return next((each for each in followed(store) if each.id == follow_id), None)


def at_address(store: Store, address: str) -> Followed | None:
    """The one of that address, as domain.following writes it."""
    return next((each for each in followed(store) if each.address == address), None)


def _followed(row: Any) -> Followed:
    agreed = bool(row.public_key)
    return Followed(
        fingerprint=fingerprint(row.public_key) if agreed else "",
        name=row.name or "",
        due_at=row.due_at if agreed else None,
        **{name: getattr(row, name) for name in _PLAIN},
    )
