"""Reads of what stands behind an entry: its live reports, this installation's own, and who voted."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from app.models.catalogue import ForeignVotes, Installation, Report, Vote
from app.models.store import Store
from app.queries.confirmations import LIVE
from app.queries.cursors import after, ordered
from app.queries.several import Line, part, several

PAGE = 25
SHORT = 8
_NEWEST_FIRST = ((Report.at, True), (Report.id, True))
_COLUMNS: tuple[Any, ...] = (
    Report.id, Report.pairing_id, Report.at, Report.installation, Installation.name, Installation.is_self,
    Installation.trusted, Report.person, Report.person_name, Report.family, Report.versions, Report.answers,
    Report.note, Report.grade, Report.evidence,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReportRecord:
    """One live report; `answers` maps features to works, notes or fails, `grade` is of domain.ratings.

    `here` says that it is this installation's own; `person` is empty for others. `evidence` is the test that goes with
    it, as domain.reports.evidence makes it, None without one.
    """

    id: str
    pairing_id: str
    at: datetime
    installation: str
    installation_name: str
    here: bool
    trusted: bool
    person: str
    person_name: str
    family: str
    versions: Mapping[str, Any]
    answers: Mapping[str, str]
    note: str
    grade: int
    evidence: Mapping[str, Any] | None

    @property
    def has_evidence(self) -> bool:
        """Whether a test goes with it."""
        return self.evidence is not None

    @property
    def passed(self) -> tuple[int, int]:
        """How many steps of the attached test passed, and how many there are; both 0 without one."""
        steps = (self.evidence or {}).get("steps", ())
        return sum(step.get("outcome") == "passed" for step in steps), len(steps)

    @property
    def installation_label(self) -> str:
        """The installation's name, or the beginning of its id."""
        return self.installation_name or self.installation[:SHORT]


@dataclass(frozen=True, slots=True)
class Reports:
    """One page; `next` is the id to go on from, None at the end."""

    rows: tuple[ReportRecord, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Votes:
    """How many votes of each kind an entry has, those of other installations included, and the reader's own kinds."""

    counts: Mapping[str, int]
    own: frozenset[str]


def page_of(store: Store, pairing_id: str, cursor: str | None = None, size: int = PAGE) -> Reports:
    """An entry's live reports, newest first, those after the report `cursor`."""
    with store.read() as session:
        return page_in(session, pairing_id, cursor, size)


def page_in(session: Session, pairing_id: str, cursor: str | None = None, size: int = PAGE) -> Reports:
    """The same within a read that is under way."""
    wanted = _reports().where(Report.pairing_id == pairing_id, Report.state == LIVE)
    if cursor is not None:
        row = session.execute(select(Report.at, Report.id).where(Report.id == cursor)).one_or_none()
        if row is None:
            return Reports((), None)
        wanted = wanted.where(after(_NEWEST_FIRST, tuple(row)))
    rows = session.execute(wanted.order_by(*ordered(_NEWEST_FIRST)).limit(size + 1))
    found = tuple(_record(each) for each in rows)
    return Reports(found[:size], found[size - 1].id if len(found) > size else None)


def own(store: Store, pairing_id: str) -> ReportRecord | None:
    """This installation's live report on an entry."""
    wanted = _reports().where(Installation.is_self, Report.pairing_id == pairing_id, Report.state == LIVE)
    with store.read() as session:
        row = session.execute(wanted.order_by(*ordered(_NEWEST_FIRST)).limit(1)).first()
        return _record(row) if row else None


def report(store: Store, report_id: str) -> ReportRecord | None:
    """One live report."""
    with store.read() as session:
        row = session.execute(_reports().where(Report.id == report_id, Report.state == LIVE)).one_or_none()
        return _record(row) if row else None


def votes(store: Store, pairing_id: str, reader: str = "") -> Votes:
    """The votes for an entry; `reader` is a person's key."""
    with store.read() as session:
        return votes_of(several(session, vote_parts(pairing_id, reader)))


def vote_parts(pairing_id: str, reader: str) -> Mapping[str, Select[Any]]:
    """What `votes_of` makes the votes for an entry of."""
    here = part(name=Vote.kind, number=func.count(), own=func.max(_is(reader)))
    elsewhere = part(name=ForeignVotes.kind, number=func.sum(ForeignVotes.number))
    return {
        "here": here.where(Vote.pairing_id == pairing_id).group_by(Vote.kind),
        "elsewhere": elsewhere.where(ForeignVotes.pairing_id == pairing_id).group_by(ForeignVotes.kind),
    }


def votes_of(found: Mapping[str, list[Line]]) -> Votes:
    """What was found of `vote_parts`, those of other installations added."""
    counts: dict[str, int] = {}
    for each in (*found["here"], *found["elsewhere"]):
        counts[each.name] = counts.get(each.name, 0) + int(each.number)
    return Votes(counts, frozenset(each.name for each in found["here"] if each.own))


def own_votes_in(session: Session, person: str, pairing_ids: Collection[str]) -> Mapping[str, frozenset[str]]:
    """The kinds of votes that a person cast, by entry; in one statement."""
    wanted = select(Vote.pairing_id, Vote.kind).where(Vote.person == person, Vote.pairing_id.in_(pairing_ids))
    found: dict[str, set[str]] = {}
    for pairing_id, kind in session.execute(wanted):
        found.setdefault(pairing_id, set()).add(kind)
    return {pairing_id: frozenset(kinds) for pairing_id, kinds in found.items()}


def _is(reader: str) -> Any:
    return case((Vote.person == reader, 1), else_=0)


def _reports() -> Select[Any]:
    return select(*_COLUMNS).outerjoin(Installation, Installation.id == Report.installation)


def _record(row: Any) -> ReportRecord:
    values = dict(zip(ReportRecord.__dataclass_fields__, row, strict=True))
    # An installation that nobody took in is neither this one nor trusted.
    values |= {"here": bool(values["here"]), "trusted": bool(values["trusted"])}
    return ReportRecord(**values | {"installation_name": values["installation_name"] or ""})
