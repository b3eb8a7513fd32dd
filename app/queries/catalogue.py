"""Finding entries of the catalogue: by words, by what somebody runs, wants and has, each page in one statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, exists, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from app.domain.features import Column
from app.domain.hardware import Gpus
from app.models import search
from app.models.catalogue import CatalogueModel, Pairing
from app.models.store import Store
from app.queries.catalogue_order import LEVELS, groups, in_groups, stated_for
from app.queries.catalogue_order import SORTS as SORTS

PAGE = 25
# Nobody pages further: who finds more looks for less.
MOST = 1000
# From a page on, so many are counted and no more: what fits thousands is found as soon as what is rare.
AHEAD = 250
RANKS = {"supported": 2, "compatible": 1, "other": 0}
_PAIRING = (
    Pairing.id, Pairing.host, Pairing.variant, Pairing.origin, Pairing.tier, Pairing.tier_reasons,
    Pairing.code_completion, Pairing.code_generation, Pairing.chat, Pairing.agent_platform, Pairing.stars,
    Pairing.confidence, Pairing.sureness, Pairing.rating_words, Pairing.needs_test, Pairing.details, Pairing.reports,
    Pairing.installations, Pairing.answers, Pairing.votes, Pairing.created_at, Pairing.updated_at,
)  # fmt: skip
_MODEL = (
    CatalogueModel.slug, CatalogueModel.name, CatalogueModel.maker, CatalogueModel.family, CatalogueModel.size,
    CatalogueModel.active, CatalogueModel.context, CatalogueModel.licence, CatalogueModel.open_weights,
    CatalogueModel.note, CatalogueModel.deprecated_since, CatalogueModel.replacement, CatalogueModel.source,
    CatalogueModel.corrected, CatalogueModel.stated_memory, CatalogueModel.estimated_memory,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for. Empty values do not narrow; `level` is the least one in `column`, which has to be
    stated by GitLab, and `open_weights` True asks for models whose weights can be had. Where any level will do, so will
    the models on hosts in `listed`, pairs of slugs, of which none is stated.
    """

    q: str = ""
    host: str = ""
    family: str = ""
    tier: str = ""
    column: str = ""
    level: str = ""
    context: int = 0
    open_weights: bool = False
    gpus: Gpus | None = None
    sort: str = ""
    page: int = 1
    listed: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One pairing with its model's facts; `levels` by column, "" where GitLab states none.

    `details` is what people state of it here, by the names of domain.proposals. `corrected` maps facts that were put
    right here to `listed`, `value`, `by` and `on` (a day).
    """

    id: str
    host: str
    variant: str
    origin: str
    tier: str
    tier_reasons: tuple[str, ...]
    levels: Mapping[str, str]
    stars: float | None
    confidence: float
    sureness: str
    rating_words: tuple[str, ...]
    needs_test: bool
    details: Mapping[str, Any]
    reports: int
    installations: int
    answers: Mapping[str, Mapping[str, int]]
    votes: int
    created_at: datetime
    updated_at: datetime
    slug: str
    name: str
    maker: str
    family: str
    size: float | None
    active: float | None
    context: int | None
    licence: str
    open_weights: bool
    note: str
    deprecated_since: str
    replacement: str
    source: Mapping[str, str]
    corrected: Mapping[str, Mapping[str, Any]]
    stated_memory: int | None
    estimated_memory: int | None


@dataclass(frozen=True, slots=True)
class Found:
    """One page of entries; `total` counts those that were found, up to AHEAD from this page on and to MOST in all, and
    `more` says that there are more.
    """

    entries: tuple[Entry, ...]
    total: int
    page: int
    more: bool = False

    @property
    def pages(self) -> int:
        """The number of pages, at least one."""
        return max(1, -(-self.total // PAGE))


def find(store: Store, wanted: Wanted) -> Found:
    """One page of what was looked for; a page past the end is the last."""
    with store.read() as session:
        return find_in(session, wanted)


def find_in(session: Session, wanted: Wanted) -> Found:
    """The same within a read that is under way: in one statement, two more for a page past the end."""
    page = min(max(1, wanted.page), MOST // PAGE)
    most = min(MOST, (page - 1) * PAGE + AHEAD)
    number = _number(session, wanted, most + 1)
    rows = session.execute(_rows(session, wanted, page, number)).all()
    if not rows and page > 1:
        page = max(1, -(-(session.scalar(select(number)) or 0) // PAGE))
        rows = session.execute(_rows(session, wanted, page, number)).all()
    counted = rows[0].counted if rows else 0
    return Found(tuple(map(entry_of, rows)), min(counted, most), page, more=counted > most)


def _rows(session: Session, wanted: Wanted, page: int, number: ScalarSelect[int]) -> Select[Any]:
    """What `entry_of` reads of one page, each row with the number of all that was found as `counted`.

    The page is found in one index, read no further than it goes, and only what is on it is looked up.
    """
    before = (page - 1) * PAGE
    order = SORTS.get(wanted.sort, SORTS[""])
    found = select(Pairing.id, literal(0).label("rank")).where(matching(session, wanted)).order_by(*order)
    counted: ColumnElement[int] = number
    if not wanted.sort and (wanted.column or wanted.gpus):
        # What suits better comes first.
        found = in_groups(found, groups(wanted.column, wanted.level, wanted.gpus), before + PAGE)
    elif wanted.q and not _by_words_alone(wanted):
        # Words beside a filter leave few entries, for which all are looked at: those are counted on the way.
        counted = func.count().over()
    cut = found.add_columns(counted.label("counted")).limit(PAGE).offset(before).subquery()
    rows = entry_rows().add_columns(cut.c.counted).join(cut, cut.c.id == Pairing.id)
    return rows.order_by(cut.c.rank, *order)


def _number(session: Session, wanted: Wanted, most: int) -> ScalarSelect[int]:
    """How many there are, counted no further than `most`."""
    words = search.rows(session, wanted.q)
    if words is not None and _by_words_alone(wanted):
        # The index of words alone knows it, without a look at a single entry.
        found = select(*words.subquery().c)
    else:
        found = select(Pairing.id).where(matching(session, wanted))
    return select(func.count()).select_from(found.limit(most).subquery()).scalar_subquery()


def _by_words_alone(wanted: Wanted) -> bool:
    return wanted == Wanted(q=wanted.q, sort=wanted.sort, page=wanted.page)


def entry(store: Store, host: str, slug: str, variant: str = "") -> Entry | None:
    """One entry by its address."""
    at = entry_rows().where(Pairing.host == host, Pairing.model_slug == slug, Pairing.variant == variant)
    with store.read() as session:
        row = session.execute(at).one_or_none()
        return entry_of(row) if row else None


def entries(store: Store, ids: Sequence[str]) -> tuple[Entry, ...]:
    """Entries by their ids, in the order asked for."""
    with store.read() as session:
        return _by_id(session, ids)


def of_model(store: Store, slug: str) -> tuple[Entry, ...]:
    """All entries of one model, by host and variant."""
    with store.read() as session:
        rows = session.execute(entry_rows().where(Pairing.model_slug == slug).order_by(Pairing.host, Pairing.variant))
        return tuple(entry_of(row) for row in rows)


def has_model(store: Store, name: str) -> bool:
    """Whether the catalogue has a model of exactly this name."""
    with store.read() as session:
        return session.scalar(select(exists().where(CatalogueModel.name == name))) or False


def entry_rows() -> Select[Any]:
    """What `entry_of` reads, of every entry."""
    return select(*_PAIRING, *_MODEL).join(CatalogueModel, CatalogueModel.slug == Pairing.model_slug)


def _by_id(session: Session, ids: Sequence[str]) -> tuple[Entry, ...]:
    found = {row.id: entry_of(row) for row in session.execute(entry_rows().where(Pairing.id.in_(ids)))} if ids else {}
    return tuple(found[each] for each in ids if each in found)


def matching(session: Session, wanted: Wanted) -> ColumnElement[bool]:
    """What is looked for as a condition; order and page count for nothing here."""
    clauses: list[ColumnElement[bool]] = []
    for column, value in ((Pairing.host, wanted.host), (Pairing.family, wanted.family)):
        if value:
            clauses.append(column == value)
    if wanted.tier:
        clauses.append(Pairing.tier_rank == RANKS.get(wanted.tier, -1))
    if wanted.column in {each.value for each in Column}:
        stated = getattr(Pairing, wanted.column).in_(LEVELS.get(wanted.level, LEVELS["limited"]))
        unstated = tuple_(Pairing.model_slug, Pairing.host).in_(wanted.listed)
        clauses.append(or_(stated, unstated) if wanted.listed and not wanted.level else stated)
    if wanted.context:
        clauses.append(Pairing.context_rank >= wanted.context)
    if wanted.open_weights:
        clauses.append(Pairing.open_weights.is_(True))
    if wanted.gpus:
        # The rule of domain.hardware as a condition; a size that nobody knows fits nothing.
        clauses.append(or_(Pairing.memory_rank <= wanted.gpus.total, stated_for(wanted.gpus)))
    # The last, since SQLite tests one after the other and this one costs most.
    if (found := search.matching(session, wanted.q)) is not None:
        clauses.append(found)
    return and_(True, *clauses)


def entry_of(row: Any) -> Entry:
    """A row of `entry_rows` as it is read."""
    values: dict[str, Any] = {
        name: getattr(row, name) for name in Entry.__dataclass_fields__ if name not in ("levels", "tier_reasons")
    }
    return Entry(
        **values | {"rating_words": tuple(row.rating_words)},
        tier_reasons=tuple(row.tier_reasons),
        levels={column.value: getattr(row, column.value) for column in Column},
    )
