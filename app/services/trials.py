"""Tries begun, stopped and marked by people; how they run is `trial_run`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from secrets import SystemRandom
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.domain.errors import Busy, Invalid, ModelportError, NotFound
from app.domain.prompts import check_inputs
from app.domain.roles import Actor
from app.domain.trials import (
    KEPT,
    MOST_RUNNING,
    MOST_SIDES,
    Choice,
    Side,
    SideState,
    TrialDraft,
    drawn,
    is_comparison,
    may_mark,
)
from app.lib import tokens
from app.models.endpoint import Endpoint
from app.models.trial import Mark, Trial, TrialSide
from app.services.ports import Ports
from app.services.trial_records import LEASE

GONE = "There is no such try any more; each is kept for an hour."
INPUT = "inputs."
# Where a draft's two sides have their faults.
FIELDS = (("endpoint", "family"), ("other_endpoint", "other_family"))

Lot = Callable[[], bool]


class MarkRefused(ModelportError):
    """The try cannot be marked as it stands."""

    status = 409
    code = "mark_refused"


@dataclass(frozen=True, slots=True)
class Started:
    """A try whose rows are written and which the door may now hand to what runs it; its sides stand as drawn."""

    trial_id: str
    feature: str
    sides: tuple[Side, ...]
    inputs: Mapping[str, str] = field(repr=False)


def by_lot() -> bool:
    """Heads or tails, which nobody can foresee."""
    return SystemRandom().random() < 0.5


def start(ports: Ports, actor: Actor, draft: TrialDraft, lot: Lot = by_lot) -> Started:
    """Begin a try; raises Invalid with sentences at each faulty field, Busy over a person's limit.

    `lot` decides whether the sides change places. What is older than an hour goes on this occasion.
    """
    inputs = _checked_inputs(ports, draft)
    with ports.store.write() as session:
        _clear(ports, session)
        _within_limit(ports, session, actor)
        sides = _checked_sides(ports, session, draft.sides)
        blind = is_comparison(sides)
        sides = drawn(sides, swapped=blind and lot())
        now = ports.clock()
        trial = Trial(
            id=tokens.new_id(),
            feature=draft.feature,
            person=actor.key,
            inputs=inputs,
            blind=blind,
            created_at=now,
            lease_until=now + LEASE,
        )
        session.add(trial)
        session.flush()
        for position, side in enumerate(sides):
            session.add(_row(trial.id, position, side))
        return Started(trial.id, draft.feature, sides, inputs)


def _row(trial_id: str, position: int, side: Side) -> TrialSide:
    return TrialSide(
        trial_id=trial_id,
        position=position,
        endpoint_id=side.endpoint_id,
        family=side.family,
        state=SideState.RUNNING.value,
    )


def _checked_inputs(ports: Ports, draft: TrialDraft) -> dict[str, str]:
    if draft.feature not in ports.facts.features:
        raise Invalid({"feature": ("Choose one of the features.",)})
    try:
        return check_inputs(ports.facts.prompts.of(draft.feature), draft.inputs)
    except Invalid as error:
        raise Invalid({INPUT + name: sentences for name, sentences in error.fields.items()}) from error


def _checked_sides(ports: Ports, session: Session, sides: tuple[Side, ...]) -> tuple[Side, ...]:
    """With the family that each has; raises Invalid."""
    found = select(Endpoint.id, Endpoint.family).where(Endpoint.id.in_([each.endpoint_id for each in sides]))
    own = {row.id: row.family for row in session.execute(found)}
    faults: dict[str, tuple[str, ...]] = {}
    for side, (endpoint, family) in zip(sides, FIELDS, strict=False):
        if side.endpoint_id not in own:
            faults[endpoint] = ("Choose an endpoint.",)
        if side.family and side.family not in ports.facts.families:
            faults[family] = ("Choose one of the families.",)
    if faults or not 0 < len(sides) <= MOST_SIDES:
        raise Invalid(faults or {"endpoint": ("Choose one endpoint or two.",)})
    return tuple(Side(each.endpoint_id, each.family or own[each.endpoint_id]) for each in sides)


def _within_limit(ports: Ports, session: Session, actor: Actor) -> None:
    mine = (
        select(func.count(Trial.id.distinct()))
        .join(TrialSide, TrialSide.trial_id == Trial.id)
        .where(
            Trial.person == actor.key,
            Trial.lease_until >= ports.clock(),
            Trial.stop.is_(False),
            TrialSide.state == SideState.RUNNING.value,
        )
    )
    if (session.scalar(mine) or 0) >= MOST_RUNNING:
        raise Busy(f"{MOST_RUNNING} of your tries run already. Wait for one of them, or stop it.", 5)


def ask_stop(ports: Ports, actor: Actor, trial_id: str) -> None:
    """Mark a try to be stopped, in whichever process it runs; raises NotFound."""
    with ports.store.write() as session:
        _mine(session, actor, trial_id).stop = True


def mark(ports: Ports, actor: Actor, trial_id: str, better: Any) -> None:
    """Say which answer is better, which reveals whose they are; raises NotFound, Invalid, MarkRefused."""
    try:
        choice = Choice(better)
    except ValueError:
        raise Invalid({"better": ("Say a, b or neither.",)}, "Say which answer is better.") from None
    with ports.store.write() as session:
        trial = _mine(session, actor, trial_id)
        found = select(TrialSide).where(TrialSide.trial_id == trial_id).order_by(TrialSide.position)
        sides = session.scalars(found).all()
        if not may_mark(trial.blind, trial.mark, [each.state for each in sides]):
            raise MarkRefused("Only two answers that came to their end can be marked, and only once.")
        trial.mark = choice.position
        first, second = sides
        session.add(
            Mark(
                at=ports.clock(),
                feature=trial.feature,
                person=actor.key,
                endpoint_a=first.endpoint_id,
                family_a=first.family,
                endpoint_b=second.endpoint_id,
                family_b=second.family,
                better=choice.value,
            )
        )


def _mine(session: Session, actor: Actor, trial_id: str) -> Trial:
    trial = session.scalar(select(Trial).where(Trial.id == trial_id, Trial.person == actor.key).with_for_update())
    if trial is None:
        raise NotFound(GONE)
    return trial


def clear(ports: Ports) -> None:
    """Forget what is older than an hour."""
    with ports.store.write() as session:
        _clear(ports, session)


def _clear(ports: Ports, session: Session) -> None:
    session.execute(delete(Trial).where(Trial.created_at < ports.clock() - KEPT))
