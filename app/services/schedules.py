"""Work that recurs: which process does it now, and which endpoints a round of tests is for.

The row decides, not the process: however many of them look at the same moment, one gets the work.
"""

from datetime import datetime, timedelta

from sqlalchemy import and_, delete, not_, or_, select, union, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.domain.roles import SYSTEM
from app.models.assignment import Assignment, Fallback
from app.models.endpoint import Endpoint
from app.models.lease import Lease
from app.models.probe import Probe
from app.services import retention
from app.services.assignments import State
from app.services.ports import Ports

# Work belongs to its holder for so long after each take; one that died holds it up no longer.
HELD = timedelta(minutes=5)
NOBODY = ""
# Four rounds an hour would fill the database; what people began is theirs to keep.
OWN_TESTS_KEPT = timedelta(days=7)


def take(ports: Ports, name: str, holder: str, every: timedelta) -> bool:
    """Take a piece of work that is due and in nobody's hands; whoever has it keeps it longer by taking it again.

    What was never done is due. So is what is due later than `every` from now: the interval was longer then.
    """
    now = ports.clock()
    # A little more than the interval, because the clocks of two hosts differ.
    due = or_(Lease.due_at <= now, Lease.due_at > now + every + HELD)
    forsaken = and_(Lease.holder != NOBODY, Lease.until < now)
    free = or_(Lease.holder == holder, forsaken, and_(Lease.holder == NOBODY, due))
    with ports.store.read() as session:
        # Every process that waits asks a few times a minute: it should not queue for the writer's lock.
        if session.scalar(select(Lease.name).where(Lease.name == name, not_(free))):
            return False
    with ports.store.write() as session:
        _make_row(session, name, now)
        taken = update(Lease).where(Lease.name == name, free).values(holder=holder, until=now + HELD)
        return session.scalar(taken.returning(Lease.name)) is not None


def _make_row(session: Session, name: str, now: datetime) -> None:
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    row = {"name": name, "holder": NOBODY, "until": now, "due_at": now}
    session.execute(insert(Lease).values(row).on_conflict_do_nothing())


def done(ports: Ports, name: str, holder: str, every: timedelta) -> None:
    """Put the work down; it is due again after `every`. Nothing happens when somebody else has it by now."""
    now = ports.clock()
    mine = update(Lease).where(Lease.name == name, Lease.holder == holder)
    with ports.store.write() as session:
        session.execute(mine.values(holder=NOBODY, until=now, due_at=now + every))


def assigned(ports: Ports, not_since: datetime) -> list[str]:
    """Ids of the enabled endpoints that serve a feature, first or as a fallback, and were not tested since.

    Those whose test is the longest ago come first.
    """
    serves = Assignment.state == State.ENDPOINT.value
    first = select(Assignment.endpoint_id).where(serves)
    fallback = select(Fallback.endpoint_id).join(Assignment, Assignment.id == Fallback.assignment_id).where(serves)
    wanted = (
        select(Endpoint.id)
        .where(Endpoint.enabled, Endpoint.id.in_(union(first, fallback).subquery().select()))
        .where(or_(Endpoint.probed_at.is_(None), Endpoint.probed_at <= not_since))
        .order_by(Endpoint.probed_at.nulls_first(), Endpoint.name_key)
    )
    with ports.store.read() as session:
        return list(session.scalars(wanted))


def clear(ports: Ports) -> None:
    """Remove the system's own tests after a week, but those that an endpoint's verdict or abilities stand on."""
    old = and_(
        Probe.person == SYSTEM.key, Probe.started_at < ports.clock() - OWN_TESTS_KEPT, retention.stands_on_none()
    )
    with ports.store.write() as session:
        session.execute(delete(Probe).where(old).execution_options(synchronize_session=False))
