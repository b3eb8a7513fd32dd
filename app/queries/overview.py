"""The numbers and short lists of the first page, each counted by the database."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, case, func, select

from app.models.endpoint import Endpoint, HealthChange
from app.models.probe import Probe, ProbeStep
from app.models.store import Store
from app.queries.served import names, served


@dataclass(frozen=True, slots=True)
class Health:
    """Numbers of endpoints that are switched on, by their last test; `old` is tested, but too long ago."""

    enabled: int = 0
    switched_off: int = 0
    passed: int = 0
    warned: int = 0
    failed: int = 0
    untested: int = 0
    old: int = 0

    @property
    def stored(self) -> int:
        """All endpoints there are."""
        return self.enabled + self.switched_off


@dataclass(frozen=True, slots=True)
class Tested:
    """An endpoint with its last test; `summary` is the test's one sentence."""

    id: str
    name: str
    verdict: str
    probed_at: datetime | None
    summary: str


@dataclass(frozen=True, slots=True)
class Certificate:
    """When a server's certificate ends, as the endpoint's last test saw it."""

    endpoint_id: str
    endpoint_name: str
    ends: datetime


@dataclass(frozen=True, slots=True)
class Changed:
    """An endpoint's newest change of verdict, with what its test said; `times` counts all of the period.

    `verdict` is its last test's. `features` are those it serves, first or as a fallback, in no order.
    """

    endpoint_id: str
    endpoint_name: str
    before: str
    after: str
    at: datetime
    summary: str
    times: int
    verdict: str
    features: frozenset[str]

    @property
    def fails_since(self) -> bool:
        """Whether it began to fail then, and still does."""
        return self.after == self.verdict == "failed"


def health(store: Store, old_before: datetime) -> Health:
    """Count the endpoints in one statement."""
    on = Endpoint.enabled
    verdicts = {"passed": "passed", "warned": "warned", "failed": "failed", "untested": ""}
    numbers = [
        func.count().filter(on).label("enabled"),
        func.count().filter(~on).label("switched_off"),
        func.count().filter(on, Endpoint.verdict != "", Endpoint.probed_at < old_before).label("old"),
        *(func.count().filter(on, Endpoint.verdict == value).label(name) for name, value in verdicts.items()),
    ]
    with store.read() as session:
        return Health(**session.execute(select(*numbers).select_from(Endpoint)).one()._mapping)


def worst_first(store: Store, most: int) -> tuple[Tested, ...]:
    """Endpoints that are switched on: failed ones first, then those with warnings, each the newest test first."""
    order = case({"failed": 0, "warned": 1, "unknown": 2, "passed": 3}, value=Endpoint.verdict, else_=4)
    wanted = (
        select(Endpoint.id, Endpoint.name, Endpoint.verdict, Endpoint.probed_at, Probe.summary)
        .outerjoin(Probe, Probe.id == Endpoint.probe_id)
        .where(Endpoint.enabled)
        .order_by(order, Endpoint.probed_at.desc(), Endpoint.name_key)
        .limit(most)
    )
    with store.read() as session:
        return tuple(Tested(*row[:4], summary=row.summary or "") for row in session.execute(wanted))


def ending_certificates(store: Store, before: datetime, most: int) -> tuple[Certificate, ...]:
    """Certificates that end before a moment, the soonest first; those of endpoints that are switched on."""
    # ISO dates in UTC sort as text.
    ends = ProbeStep.figures["not_after"].as_string()
    wanted = (
        select(Endpoint.id, Endpoint.name, ends.label("ends"))
        .join(ProbeStep, and_(ProbeStep.probe_id == Endpoint.probe_id, ProbeStep.name == "tls"))
        .where(Endpoint.enabled, ends < before.isoformat())
        .order_by(ends, Endpoint.name_key)
        .limit(most)
    )
    with store.read() as session:
        return tuple(Certificate(row.id, row.name, datetime.fromisoformat(row.ends)) for row in session.execute(wanted))


def health_changes(store: Store, since: datetime, most: int) -> tuple[Changed, ...]:
    """The newest change of each endpoint that is switched on; those that began to fail and still do come first."""
    period = (
        select(func.max(HealthChange.id).label("newest"), func.count().label("times"))
        .where(HealthChange.at >= since)
        .group_by(HealthChange.endpoint_id)
        .subquery()
    )
    fails = (HealthChange.after == "failed") & (Endpoint.verdict == "failed")
    endpoint = (Endpoint.id.label("endpoint_id"), Endpoint.name.label("endpoint_name"), Endpoint.verdict)
    change = (HealthChange.before, HealthChange.after, HealthChange.at, HealthChange.summary)
    wanted = (
        select(*endpoint, *change, period.c.times, served().label("features"))
        .join_from(period, HealthChange, HealthChange.id == period.c.newest)
        .join(Endpoint, Endpoint.id == HealthChange.endpoint_id)
        .where(Endpoint.enabled)
        .order_by(fails.desc(), HealthChange.at.desc(), HealthChange.id.desc())
        .limit(most)
    )
    with store.read() as session:
        rows = session.execute(wanted)
        return tuple(Changed(**{**row._mapping, "features": names(row.features)}) for row in rows)


def key_ids(store: Store) -> dict[str, int]:
    """How many endpoints' keys each key of the ring has sealed, by its id."""
    # A sealed text is v1:<8 characters>:...
    key_id = func.substr(Endpoint.api_key, 4, 8)
    wanted = select(key_id, func.count()).where(Endpoint.api_key.is_not(None)).group_by(key_id)
    with store.read() as session:
        return {str(found): number for found, number in session.execute(wanted)}
