"""What running tries leave in the database, and what of it others have to say: a stop that was asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta

from sqlalchemy import select, update

from app.domain.trials import SideState
from app.models.trial import Trial, TrialSide
from app.services.ports import Ports
from app.services.trial_progress import Snapshot

# A running try belongs to its process for so long after each renewal.
LEASE = timedelta(seconds=15)

Place = tuple[str, int]


def write(ports: Ports, snapshots: Mapping[Place, Snapshot]) -> None:
    """Store how far sides are, by try and position. One that is over stays as it is, one that went is passed over."""
    with ports.store.write() as session:
        for (trial_id, position), each in snapshots.items():
            where = (
                TrialSide.trial_id == trial_id,
                TrialSide.position == position,
                TrialSide.state == SideState.RUNNING.value,
            )
            session.execute(
                update(TrialSide)
                .where(*where)
                .values(
                    state=each.state.value,
                    text=each.text,
                    calls=[asdict(call) for call in each.calls],
                    code=each.code,
                    words=each.words,
                    breaches=[asdict(breach) for breach in each.breaches],
                    figures=dict(each.figures),
                )
            )


def asked_to_stop(ports: Ports, trial_ids: Sequence[str]) -> list[str]:
    """Which of these tries shall end, those among them that are gone."""
    with ports.store.read() as session:
        going = set(session.scalars(select(Trial.id).where(Trial.id.in_(trial_ids), Trial.stop.is_(False))))
    return [each for each in trial_ids if each not in going]


def renew(ports: Ports, trial_ids: Sequence[str]) -> None:
    """These still run."""
    with ports.store.write() as session:
        session.execute(update(Trial).where(Trial.id.in_(trial_ids)).values(lease_until=ports.clock() + LEASE))
