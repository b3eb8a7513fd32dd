"""Reads of endpoints, as frozen records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from app.domain.breaker import BreakerState
from app.domain.endpoints import name_key
from app.models.assignment import Assignment, Fallback
from app.models.endpoint import Endpoint, Standing
from app.models.probe import Probe
from app.models.store import Store
from app.models.traffic import Breaker

PAGE = 25
SEARCH_MAX = 200
WORDS_MAX = 8


@dataclass(frozen=True, slots=True)
class EndpointRecord:
    """One endpoint as pages and doors see it; of the key only that it is set, since when, and its fingerprint."""

    id: str
    version: int
    slug: str
    name: str
    platform: str
    server: str
    base_url: str
    identifier: str
    served_name: str
    model: str
    family: str
    owner: str
    api_version: str
    key_header: str
    headers: tuple[str, ...]
    quirks: tuple[str, ...]
    enabled: bool
    created_by: str
    auth: str
    region: str
    project: str
    access_key_id: str
    role_arn: str
    external_id: str
    ca_pem: str
    client_certificate: str
    tls_server_name: str
    fingerprint: str
    stated_context: int | None
    has_session_token: bool
    has_client_key: bool
    has_key: bool
    key_fingerprint: str
    key_set_at: datetime | None
    tier: str
    tier_reasons: tuple[str, ...]
    verdict: str
    probe_id: str | None
    probed_at: datetime | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class EndpointRow:
    """One line of the list."""

    id: str
    version: int
    name: str
    platform: str
    server: str
    identifier: str
    family: str
    owner: str
    enabled: bool
    tier: str
    tier_reasons: tuple[str, ...]
    verdict: str
    probe_id: str | None
    probed_at: datetime | None
    uses: int
    # The id of the test that runs now, or None.
    running: str | None
    # Whether calls leave it alone after too many failures.
    rests: bool


@dataclass(frozen=True, slots=True)
class Filter:
    """What the list shows. An empty value does not narrow; `sort` is a key of SORTS, `-` before it turns it around."""

    q: str = ""
    platform: str = ""
    tier: str = ""
    verdict: str = ""
    owner: str = ""
    sort: str = "name"
    page: int = 1


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the list, with counts over the whole filter; `stored` counts all endpoints there are."""

    rows: tuple[EndpointRow, ...]
    total: int
    failed: int
    untested: int
    page: int
    stored: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // PAGE))


@dataclass(frozen=True, slots=True)
class StandingRecord:
    """The stored tier and readiness of an endpoint for one feature; `measured_at` and `aged` as the model has them."""

    feature: str
    tier: str
    level: str
    reasons: tuple[str, ...]
    readiness: str
    readiness_reasons: tuple[str, ...]
    measured_at: datetime | None
    aged: str


_TIER_ORDER = case({"supported": 0, "compatible": 1}, value=Endpoint.tier, else_=2)
_VERDICT_ORDER = case({"failed": 0, "warned": 1, "unknown": 2, "": 3}, value=Endpoint.verdict, else_=4)
SORTS: Mapping[str, ColumnElement[Any] | Any] = {
    "name": Endpoint.name_key,
    "platform": Endpoint.platform,
    "family": Endpoint.family,
    "tier": _TIER_ORDER,
    "verdict": _VERDICT_ORDER,
    "tested": Endpoint.probed_at,
}
UNTESTED = "untested"


def endpoint(store: Store, endpoint_id: str) -> EndpointRecord | None:
    """One endpoint by id."""
    with store.read() as session:
        row = session.get(Endpoint, endpoint_id)
        return record_of(row) if row else None


def page_of(store: Store, wanted: Filter) -> Page:
    """One page of the list in two statements: the counts, then the rows with their uses."""
    where = matching(store, wanted)
    with store.read() as session:
        total, failed, untested, stored = session.execute(
            select(
                func.count(),
                func.count().filter(Endpoint.verdict == "failed"),
                func.count().filter(Endpoint.verdict == ""),
                select(func.count()).select_from(aliased(Endpoint)).scalar_subquery(),
            )
            .select_from(Endpoint)
            .where(where)
        ).one()
        page = min(max(1, wanted.page), max(1, -(-total // PAGE)))
        found = _rows(where, wanted.sort).limit(PAGE).offset((page - 1) * PAGE)
        rows = session.execute(found).all() if total else []
    return Page(tuple(_row(row) for row in rows), total, failed, untested, page, stored)


def row_of(store: Store, endpoint_id: str) -> EndpointRow | None:
    """One line of the list, for a row that changes by itself."""
    with store.read() as session:
        found = session.execute(_rows(Endpoint.id == endpoint_id, "name")).first()
    return _row(found) if found else None


def ids_of(store: Store, wanted: Filter, most: int) -> list[str]:
    """The ids of what the filter shows over all pages, enabled ones only, at most `most`."""
    ids = select(Endpoint.id).where(matching(store, wanted), Endpoint.enabled).order_by(Endpoint.name_key).limit(most)
    with store.read() as session:
        return list(session.scalars(ids))


def owners(store: Store, chosen: str = "", most: int = 200) -> list[str]:
    """The owners that endpoints name, for the list's filter; the chosen one is always among them."""
    named = select(Endpoint.owner).where(Endpoint.owner != "").distinct().order_by(Endpoint.owner).limit(most)
    with store.read() as session:
        found = list(session.scalars(named))
    return sorted({*found, chosen}) if chosen and chosen not in found else found


def standings(store: Store, endpoint_id: str) -> dict[str, StandingRecord]:
    """The stored tiers of one endpoint by feature."""
    with store.read() as session:
        rows = session.scalars(select(Standing).where(Standing.endpoint_id == endpoint_id)).all()
        return {row.feature: _standing(row) for row in rows}


def _standing(row: Standing) -> StandingRecord:
    values = {name: getattr(row, name) for name in StandingRecord.__dataclass_fields__}
    return StandingRecord(**values | {"reasons": tuple(row.reasons), "readiness_reasons": tuple(row.readiness_reasons)})


def uses(store: Store, endpoint_id: str) -> list[str]:
    """The features for which an endpoint answers first."""
    with store.read() as session:
        return list(session.scalars(select(Assignment.feature).where(Assignment.endpoint_id == endpoint_id)))


def sharing_key(store: Store, endpoint_id: str) -> tuple[EndpointRow, ...]:
    """The endpoints that hold the same key for the same origin, this one first; alone where it holds none."""
    own = select(Endpoint.key_origin, Endpoint.key_fingerprint).where(Endpoint.id == endpoint_id).subquery()
    same = and_(
        own.c.key_fingerprint != "",
        Endpoint.key_origin == own.c.key_origin,
        Endpoint.key_fingerprint == own.c.key_fingerprint,
    )
    wanted = _rows(or_(Endpoint.id == endpoint_id, select(own.c.key_origin).where(same).exists()), "name")
    with store.read() as session:
        found = [_row(row) for row in session.execute(wanted)]
    return tuple(sorted(found, key=lambda row: row.id != endpoint_id))


def fallback_uses(store: Store, endpoint_id: str) -> list[str]:
    """The features behind whose model an endpoint stands as a fallback."""
    behind = select(Assignment.feature).join(Fallback, Fallback.assignment_id == Assignment.id)
    with store.read() as session:
        return list(session.scalars(behind.where(Fallback.endpoint_id == endpoint_id)))


def record_of(row: Endpoint) -> EndpointRecord:
    """A row as a record, its key left behind."""
    return EndpointRecord(
        **{name: getattr(row, name) for name in _PLAIN},
        headers=tuple(map(str, row.headers)),
        quirks=tuple(str(each) for each in row.quirks),
        tier_reasons=tuple(row.tier_reasons),
        has_key=bool(row.api_key),
        has_session_token=bool(row.session_token),
        has_client_key=bool(row.client_key),
    )


_MADE = ("headers", "quirks", "tier_reasons", "has_key", "has_session_token", "has_client_key")
_PLAIN = tuple(name for name in EndpointRecord.__dataclass_fields__ if name not in _MADE)


def matching(store: Store, wanted: Filter) -> ColumnElement[bool]:
    """The filter as a condition on endpoints."""
    clauses: list[ColumnElement[bool]] = []
    # The last word keeps what is left, so that no search costs more than so many comparisons a row.
    for word in wanted.q[:SEARCH_MAX].split(maxsplit=WORDS_MAX - 1):
        columns = (Endpoint.identifier, Endpoint.base_url, Endpoint.model)
        named = Endpoint.name_key.contains(name_key(word), autoescape=True)
        clauses.append(or_(named, *(_holds(store, column, word.strip()) for column in columns)))
    for column, value in (
        (Endpoint.platform, wanted.platform),
        (Endpoint.tier, wanted.tier),
        (Endpoint.owner, wanted.owner),
    ):
        if value:
            clauses.append(column == value)
    if wanted.verdict:
        clauses.append(Endpoint.verdict == ("" if wanted.verdict == UNTESTED else wanted.verdict))
    return and_(True, *clauses)


def _holds(store: Store, column: InstrumentedAttribute[str], word: str) -> ColumnElement[bool]:
    """Whether a column holds a word in any case; SQLite's LIKE does so by itself, three times as fast."""
    return column.contains(word, autoescape=True) if store.is_sqlite else column.icontains(word, autoescape=True)


def _rows(where: ColumnElement[bool], sort: str) -> Select[Any]:
    column = SORTS.get(sort.removeprefix("-"), Endpoint.name_key)
    first = column.desc() if sort.startswith("-") else column.asc()
    if column is Endpoint.probed_at:
        # The databases disagree on where nothing stands. What was never tested counts as tested longest ago.
        first = first.nulls_last() if sort.startswith("-") else first.nulls_first()
    order: Sequence[Any] = (first, Endpoint.name_key, Endpoint.id)
    uses = select(func.count()).where(Assignment.endpoint_id == Endpoint.id).scalar_subquery().label("uses")
    running = select(func.max(Probe.id)).where(Probe.endpoint_id == Endpoint.id, Probe.verdict == "running")
    rests = exists().where(Breaker.endpoint_id == Endpoint.id, Breaker.state != BreakerState.CLOSED.value)
    names = [name for name in EndpointRow.__dataclass_fields__ if name not in ("uses", "running", "rests")]
    made = (uses, running.scalar_subquery().label("running"), rests.label("rests"))
    return select(*(getattr(Endpoint, name) for name in names), *made).where(where).order_by(*order)


def _row(found: Any) -> EndpointRow:
    values = dict(found._mapping)
    return EndpointRow(**{**values, "tier_reasons": tuple(values["tier_reasons"])})
