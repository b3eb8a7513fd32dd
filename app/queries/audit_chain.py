"""Reads of the audit log's chain: where it stands, its entries in order, and what was there before it began."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.domain.audit_chain import COVERED, GENESIS, Head, canonical
from app.models.audit import AuditCut, AuditHead, AuditKey, AuditRow
from app.models.store import Store

CHUNK = 1000
_ENTRY = tuple(getattr(AuditRow, name) for name in (*COVERED, "previous", "hash"))
_EARLIER = tuple(getattr(AuditRow, name) for name in COVERED)


@dataclass(frozen=True, slots=True)
class SealedKey:
    """A key of the chain as it is stored, and the number from which it is used."""

    id: int
    sealed: str
    from_seq: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the chain stands; `newest` is the greatest number that a row has, `cut` the last row that retention took.

    `checked_at`, `checked_seq` and `fault` are what the last check left.
    """

    head: Head
    newest: int
    cut: Head
    keys: tuple[SealedKey, ...]
    checked_at: datetime | None
    checked_seq: int
    fault: str


@dataclass(frozen=True, slots=True)
class Earlier:
    """The rows without a number: how many, and a SHA-256 of all of them in order."""

    rows: int
    digest: str

    @property
    def words(self) -> str:
        """As the first entry of the chain says it."""
        return f"{self.rows} entries, SHA-256 {self.digest}"


def standing(store: Store) -> Standing | None:
    """Where the chain stands, as one moment has it; None where the row that says so is gone."""
    with store.read() as session:
        head = session.execute(
            select(
                *(AuditHead.seq, AuditHead.hash, AuditHead.checked_at, AuditHead.checked_seq, AuditHead.fault),
                select(func.coalesce(func.max(AuditRow.seq), 0)).scalar_subquery().label("newest"),
            )
        ).one_or_none()
        if head is None:
            return None
        cut = session.execute(select(AuditCut.seq, AuditCut.hash).order_by(AuditCut.seq.desc()).limit(1)).first()
        keys = session.execute(select(AuditKey.id, AuditKey.sealed, AuditKey.from_seq).order_by(AuditKey.id)).all()
    return Standing(
        Head(head.seq, head.hash),
        head.newest,
        Head(*cut) if cut else Head(0, GENESIS),
        tuple(SealedKey(*key) for key in keys),
        head.checked_at,
        head.checked_seq,
        head.fault,
    )


def entries(store: Store, after: int, until: int, size: int = CHUNK) -> Iterator[list[Mapping[str, Any]]]:
    """The entries between two numbers, the later one included, in order; each chunk is a short read."""
    last = after
    while last < until:
        rows = select(*_ENTRY).where(AuditRow.seq > last, AuditRow.seq <= until).order_by(AuditRow.seq).limit(size)
        with store.read() as session:
            found: list[Mapping[str, Any]] = [dict(row) for row in session.execute(rows).mappings()]
        if not found:
            return
        yield found
        last = found[-1]["seq"]


def earlier(store: Store) -> Earlier:
    """What was there before the chain."""
    with store.read(piecemeal=True) as session:
        return earlier_in(session)


def earlier_in(session: Session) -> Earlier:
    """The same inside a transaction that is open."""
    digest, count = hashlib.sha256(), 0
    rows = select(*_EARLIER).where(AuditRow.seq.is_(None)).order_by(AuditRow.id)
    for row in session.execute(rows.execution_options(yield_per=CHUNK)).mappings():
        digest.update(canonical(row) + b"\n")  # type: ignore[arg-type]
        count += 1
    return Earlier(count, digest.hexdigest())
