"""Breakers of endpoints: each process knows them in memory, and all agree on them through one row for each endpoint.

What is on the path of calls touches memory alone; `sync` meets the database. A breaker that opens or closes is an audit
row, a line on the overview and an alert, all in the transaction that says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.domain.breaker import RESTS, TRIAL_ENDS, BreakerState, opens, remembered
from app.domain.roles import SYSTEM
from app.models.endpoint import Endpoint
from app.models.traffic import Breaker, BreakerChange
from app.services import alerts, audit
from app.services.ports import Ports

# Two processes may write an endpoint's first row at the same moment.
_TRIES = 3
# What the audit says of calls: "open" alone would be read as its opposite.
_CALLS = ("sent", "held back")
_ACTIONS = {BreakerState.OPEN: "endpoint:rest", BreakerState.CLOSED: "endpoint:resume"}


@dataclass(slots=True)
class _Known:
    """An endpoint as this process knows it; `recent` with what is not written yet, which is `unsent`.

    `wished`: a call was turned away that might have been a trial. `trial`: this process may make it. `trying`: it does.
    """

    state: BreakerState = BreakerState.CLOSED
    retry_at: datetime | None = None
    recent: list[bool] = field(default_factory=list)
    unsent: list[tuple[bool, str]] = field(default_factory=list)
    wished: bool = False
    trial: bool = False
    trying: bool = False

    @property
    def matters(self) -> bool:
        """Whether what is unsent changes anything: all's well after all's well does not."""
        return bool(self.unsent) and (self.state is not BreakerState.CLOSED or not all(self.recent))


class Board:
    """One per process, used by all its threads."""

    def __init__(self, ports: Ports) -> None:
        self._ports = ports
        self._lock = Lock()
        self._known: dict[str, _Known] = {}

    def may_call(self, endpoint_id: str) -> bool:
        """Whether an endpoint is to be called now; of an endpoint that rested, True once for the one trial."""
        with self._lock:
            known = self._known.get(endpoint_id)
            if known is None or known.state is BreakerState.CLOSED:
                return True
            if known.trial:
                known.trial, known.trying = False, True
                return True
            known.wished = True
            return False

    def note(self, endpoint_id: str, *, ok: bool, reason: str = "") -> None:
        """How a call went; `reason` is a code."""
        with self._lock:
            known = self._known.setdefault(endpoint_id, _Known())
            if known.state is not BreakerState.CLOSED and not known.trying:
                # A call that began before the endpoint was left alone.
                return
            known.recent = remembered([*known.recent, ok])
            known.unsent = [*known.unsent, (ok, reason)][-len(known.recent) :]
            if known.trying:
                known.trying = False
            elif not ok and opens(known.recent):
                # The others learn of it with the next sync; here it rests at once.
                known.state, known.retry_at = BreakerState.OPEN, self._ports.clock() + RESTS

    def retry_in(self, endpoint_id: str) -> float:
        """Seconds until an endpoint may be worth a call; 0 for one that does not rest."""
        with self._lock:
            known = self._known.get(endpoint_id)
            retry_at = known.retry_at if known and known.state is not BreakerState.CLOSED else None
        return max(0.0, (retry_at - self._ports.clock()).total_seconds()) if retry_at else 0.0

    def sync(self) -> None:
        """Write what matters, claim the trials that calls wished for, and learn what others wrote."""
        with self._lock:
            sent = {each: known.unsent for each, known in self._known.items() if known.matters}
            for known in self._known.values():
                known.unsent = []
        for endpoint_id in sorted(sent):
            try:
                self._write(endpoint_id, sent[endpoint_id])
            except BaseException:
                self._take_back(sent, endpoint_id)
                raise
        self._learn()
        self._claim()

    def _take_back(self, sent: dict[str, list[tuple[bool, str]]], first: str) -> None:
        """What could not be written is written the next time."""
        with self._lock:
            for endpoint_id in (each for each in sent if each >= first):
                known = self._known[endpoint_id]
                known.unsent = [*sent[endpoint_id], *known.unsent]

    def _write(self, endpoint_id: str, outcomes: Sequence[tuple[bool, str]]) -> None:
        for last in (*[False] * (_TRIES - 1), True):
            try:
                with self._ports.store.write() as session:
                    # The endpoint before its breaker, as who edits it: two orders would be a deadlock on PostgreSQL.
                    endpoint = session.get(Endpoint, endpoint_id, with_for_update={"read": True, "key_share": True})
                    if endpoint is not None:
                        _enter(self._ports, session, endpoint, outcomes)
                return
            except IntegrityError:
                if last:
                    raise

    def _learn(self) -> None:
        """What the rows say; an endpoint without a row is called."""
        with self._ports.store.read() as session:
            names = (Breaker.endpoint_id, Breaker.state, Breaker.retry_at, Breaker.recent)
            rows = {row.endpoint_id: row for row in session.execute(select(*names))}
        with self._lock:
            for endpoint_id in {*rows, *self._known}:
                known = self._known.setdefault(endpoint_id, _Known())
                row = rows.get(endpoint_id)
                known.state = BreakerState(row.state) if row else BreakerState.CLOSED
                known.retry_at = row.retry_at if row else None
                # Without a row nothing speaks against it: all went well, or its failures were forgotten.
                known.recent = remembered([*(row.recent if row else ()), *(ok for ok, _ in known.unsent)])
                if known.state is BreakerState.CLOSED:
                    known.trial = known.trying = known.wished = False

    def _claim(self) -> None:
        """Of all processes one gets the trial of an endpoint whose rest is over."""
        now = self._ports.clock()
        with self._lock:
            wished = [
                each
                for each, known in sorted(self._known.items())
                if known.wished and known.retry_at is not None and known.retry_at <= now
            ]
        for endpoint_id in wished:
            with self._ports.store.write() as session:
                free = or_(Breaker.trial_until.is_(None), Breaker.trial_until <= now)
                claimed = session.execute(
                    update(Breaker)
                    .where(Breaker.endpoint_id == endpoint_id, Breaker.state != BreakerState.CLOSED.value)
                    .where(Breaker.retry_at <= now, free)
                    .values(state=BreakerState.HALF_OPEN.value, trial_until=now + TRIAL_ENDS)
                    .execution_options(synchronize_session=False)
                )
                won = getattr(claimed, "rowcount", 0) == 1
            with self._lock:
                self._known[endpoint_id].wished = False
                self._known[endpoint_id].trial = won


def _enter(ports: Ports, session: Session, endpoint: Endpoint, outcomes: Sequence[tuple[bool, str]]) -> None:
    """Add outcomes to an endpoint's row, and change its state where they say so."""
    now = ports.clock()
    row = session.get(Breaker, endpoint.id, with_for_update=True)
    if row is None:
        row = Breaker(endpoint_id=endpoint.id, state=BreakerState.CLOSED.value, recent=[], reason="", changed_at=now)
        session.add(row)
    for ok, reason in outcomes:
        if row.state == BreakerState.CLOSED.value:
            row.recent = remembered([*row.recent, ok])
            if not ok and opens(row.recent):
                _change(ports, session, endpoint, row, BreakerState.OPEN, reason)
        elif row.state == BreakerState.OPEN.value:
            # A call that began before another process opened it.
            continue
        elif ok:
            _change(ports, session, endpoint, row, BreakerState.CLOSED, reason)
        else:
            row.state, row.retry_at, row.trial_until = BreakerState.OPEN.value, now + RESTS, None
            row.reason = reason


def _change(ports: Ports, session: Session, endpoint: Endpoint, row: Breaker, after: BreakerState, reason: str) -> None:
    now = ports.clock()
    before = BreakerState.CLOSED if after is BreakerState.OPEN else BreakerState.OPEN
    row.state, row.reason, row.changed_at, row.trial_until = after.value, reason, now, None
    row.retry_at = now + RESTS if after is BreakerState.OPEN else None
    row.recent = []
    change = BreakerChange(endpoint_id=endpoint.id, at=now, before=before.value, after=after.value, reason=reason)
    session.add(change)
    told = {
        "calls": _CALLS if after is BreakerState.OPEN else _CALLS[::-1],
        **({"reason": (None, reason)} if reason else {}),
    }
    audit.record(ports, session, SYSTEM, _ACTIONS[after], ("endpoint", endpoint.id, endpoint.name), told)
    alerts.queue(
        ports,
        session,
        "endpoint.rests" if after is BreakerState.OPEN else "endpoint.resumed",
        {
            "endpoint": {"id": endpoint.id, "slug": endpoint.slug, "name": endpoint.name},
            "before": before.value,
            "after": after.value,
            "reason": reason,
            "retry_at": row.retry_at.isoformat() if row.retry_at else None,
        },
    )


def close(ports: Ports, session: Session, endpoint: Endpoint, reason: str) -> None:
    """Forget an endpoint's failures within the caller's transaction, which has locked it; `reason` is a code.

    It was changed or passed a test, so that they say nothing any more.
    """
    row = session.get(Breaker, endpoint.id, with_for_update=True)
    if row is None:
        return
    if row.state == BreakerState.CLOSED.value:
        row.recent = []
    else:
        _change(ports, session, endpoint, row, BreakerState.CLOSED, reason)
