"""Forgetting what was kept long enough."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, and_, delete, exists, select
from sqlalchemy.orm import aliased

from app.models.endpoint import Capability, Endpoint
from app.models.probe import Probe
from app.models.traffic import BreakerChange
from app.models.usage import UsageHour
from app.services.ports import Ports


@dataclass(frozen=True, slots=True)
class Kept:
    """For how many days usage, connection tests and audit entries are kept; 0 keeps the latter for ever."""

    usage: int
    probes: int
    audit: int = 0


# Rows a transaction: others write in between.
BATCH = 500


def clear_usage(ports: Ports, days: int) -> None:
    """Remove the hours of usage, and the changes of breakers, that are older than so many days."""
    before = ports.clock() - timedelta(days=days)
    with ports.store.write() as session:
        session.execute(delete(UsageHour).where(UsageHour.hour < before))
        session.execute(delete(BreakerChange).where(BreakerChange.at < before))


def clear_probes(ports: Ports, days: int) -> None:
    """Remove connection tests that are older than so many days, with their steps.

    An endpoint's newest test stays, and so does each that its verdict or one of its capabilities stands on. Reports
    hold their evidence themselves.
    """
    old = and_(Probe.started_at < ports.clock() - timedelta(days=days), Probe.verdict != "running", _is_spare())
    while True:
        some = select(Probe.id).where(old).limit(BATCH)
        with ports.store.write() as session:
            ids = session.scalars(some).all()
            session.execute(delete(Probe).where(Probe.id.in_(ids)).execution_options(synchronize_session=False))
        if len(ids) < BATCH:
            return


def _is_spare() -> ColumnElement[bool]:
    newer = aliased(Probe)
    later = exists().where(newer.endpoint_id == Probe.endpoint_id, newer.started_at > Probe.started_at)
    return and_(later, stands_on_none())


def stands_on_none() -> ColumnElement[bool]:
    """Whether neither its endpoint's verdict nor one of its capabilities, which link to it, stands on a test."""
    return and_(
        ~exists().where(Endpoint.probe_id == Probe.id),
        ~exists().where(Capability.endpoint_id == Probe.endpoint_id, Capability.probe_id == Probe.id),
    )
