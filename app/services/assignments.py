"""Giving features to endpoints, and taking note of what a tier does not promise."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from app.domain import assignments as rules
from app.domain.assignments import Change, Link, State
from app.domain.differences import Difference
from app.domain.errors import Conflict, Invalid, NotFound, Unsuitable
from app.domain.roles import Actor
from app.models.assignment import Assignment
from app.models.endpoint import Endpoint
from app.queries.assignments import AssignmentRecord, Serving, record_of, serving, serving_of
from app.services import acknowledgements, assigning
from app.services.assigning import Prepared, StaleChangeError
from app.services.ports import Ports

__all__ = [
    "STALE",
    "Applied",
    "Change",
    "Link",
    "State",
    "apply",
    "change",
    "check",
    "move",
    "moving",
    "preview",
    "replace",
]
STALE = "Somebody else changed this feature first. Look at what it is now and decide again."
STALE_BATCH = "Somebody else changed some of these features first, so nothing was changed. Look and decide again."


@dataclass(frozen=True, slots=True)
class Applied:
    """The features that a batch changed or found as wanted, and those it left out with the reasons."""

    done: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...] = ()


def change(ports: Ports, actor: Actor, wanted: Change) -> AssignmentRecord | None:
    """Apply one change with its audit row; what is stored then, None for a feature that stays untouched.

    Raises NotFound for an unknown feature, Conflict (with the Serving as it is now) for a stale version, Invalid for
    an endpoint that cannot serve, AcknowledgementRequired when a tier asks for it.
    """
    _refuse_unknown(ports, [wanted])

    def theirs(_stale: Sequence[str]) -> Conflict:
        return Conflict(STALE, serving_of(ports.store, wanted.feature))

    with _conflicts(theirs), ports.store.write() as session:
        prepared = assigning.prepare(ports, session, [wanted])
        assigning.refuse_stale(prepared)
        _refuse_faults(prepared)
        _store(ports, session, actor, prepared)
        row = session.scalar(select(Assignment).where(Assignment.feature == wanted.feature))
        return record_of(row) if row else None


def apply(ports: Ports, actor: Actor, changes: Sequence[Change], only_suiting: bool = False) -> Applied:
    """Apply several changes at once, all or none, with one audit row for each feature.

    Raises what `change` raises; Conflict comes with the Servings of all features that somebody else changed.
    Features that would not be served well raise Unsuitable, unless `only_suiting` asks for the rest.
    """
    _refuse_unknown(ports, changes)

    def theirs(stale: Sequence[str]) -> Conflict:
        return Conflict(STALE_BATCH, _now(ports, stale or [each.feature for each in changes]))

    with _conflicts(theirs), ports.store.write() as session:
        prepared = assigning.prepare(ports, session, changes)
        assigning.refuse_stale(prepared)
        left_out = tuple((each.wanted.feature, unfit) for each in prepared if (unfit := each.difference.unfit))
        if left_out and not only_suiting:
            raise Unsuitable(left_out, {name: feature.title for name, feature in ports.facts.features.items()})
        names = {feature for feature, _ in left_out}
        fitting = [each for each in prepared if each.wanted.feature not in names]
        return Applied(_store(ports, session, actor, fitting), left_out)


def preview(ports: Ports, changes: Sequence[Change]) -> tuple[Difference, ...]:
    """What changes would make of their features; nothing is written. What cannot be done says why in `unfit`."""
    _refuse_unknown(ports, changes)
    with ports.store.read() as session:
        return tuple(each.difference for each in assigning.look(ports, session, changes))


def check(ports: Ports, wanted: Change) -> Difference:
    """What one change would make of its feature; nothing is written. Raises NotFound, Invalid."""
    _refuse_unknown(ports, [wanted])
    with ports.store.read() as session:
        prepared = assigning.look(ports, session, [wanted])
    _refuse_faults(prepared)
    return prepared[0].difference


def replace(ports: Ports, actor: Actor, old_id: str, new_id: str, acknowledged: bool) -> Applied:
    """Put one endpoint in another's place everywhere, as first and as fallback, with one audit row for each feature.

    Raises NotFound, Invalid for a new one that cannot serve, AcknowledgementRequired.
    """
    with ports.store.write() as session:
        return move(ports, session, actor, old_id, new_id, acknowledged)


def move(ports: Ports, session: Session, actor: Actor, old_id: str, new_id: str, acknowledged: bool) -> Applied:
    """The same inside a transaction that is open."""
    locked = assigning.lock(session, {new_id, *assigning.company(session, old_id)})
    if old_id not in locked:
        raise NotFound("There is no such endpoint any more.")
    refuse_replacement(locked.get(new_id), old_id)
    rows = session.scalars(assigning.uses(old_id).with_for_update()).all()
    moves = _moves(session, rows, old_id, new_id, acknowledged=acknowledged)
    prepared = assigning.prepare(ports, session, moves)
    _refuse_faults(prepared)
    return Applied(_store(ports, session, actor, prepared))


def moving(ports: Ports, old_id: str, new_id: str) -> tuple[Change, ...]:
    """The changes that `replace` would make, to look at before. Raises Invalid for a new one that cannot serve."""
    with ports.store.read() as session:
        refuse_replacement(session.get(Endpoint, new_id), old_id)
        return _moves(session, session.scalars(assigning.uses(old_id)).all(), old_id, new_id)


def refuse_replacement(new: Endpoint | None, old_id: str) -> None:
    """Raise Invalid for an endpoint that cannot take another's place."""
    if new is None:
        sentence = rules.NO_ENDPOINT
    elif new.id == old_id:
        sentence = "Choose another endpoint than the one to be replaced."
    elif not new.enabled:
        sentence = f"{new.name} is switched off. Switch it on first."
    else:
        return
    raise Invalid({"replacement_id": (sentence,)})


def _moves(
    session: Session, rows: Sequence[Assignment], old_id: str, new_id: str, *, acknowledged: bool = False
) -> tuple[Change, ...]:
    chains = assigning.chains(session, rows)
    moved = {feature: rules.replaced(chain, old_id, new_id) for feature, chain in chains.items()}
    return tuple(rules.as_change(feature, chain, acknowledged=acknowledged) for feature, chain in moved.items())


def _store(ports: Ports, session: Session, actor: Actor, prepared: Sequence[Prepared]) -> tuple[str, ...]:
    _require_note(prepared)
    # In one order, so that two batches that make the same rows wait for one another and not both for ever.
    for each in sorted(prepared, key=lambda each: each.wanted.feature):
        assigning.store(ports, session, actor, each)
    return tuple(each.wanted.feature for each in prepared)


def _refuse_faults(prepared: Sequence[Prepared]) -> None:
    for each in prepared:
        if each.faults:
            raise Invalid(each.faults)


def _require_note(prepared: Sequence[Prepared]) -> None:
    acknowledgements.require(due for each in prepared if not each.wanted.acknowledged for due in each.due)


def _refuse_unknown(ports: Ports, changes: Sequence[Change]) -> None:
    if any(each.feature not in ports.facts.features for each in changes):
        raise NotFound("There is no such feature.")
    twice = [feature for feature, number in Counter(each.feature for each in changes).items() if number > 1]
    if twice:
        titles = ", ".join(ports.facts.features[feature].title for feature in twice)
        raise Invalid({"features": (f"Name each feature once: {titles}.",)})


def _now(ports: Ports, features: Sequence[str]) -> tuple[Serving, ...]:
    stored = serving(ports.store)
    return tuple(stored.get(feature, Serving(feature)) for feature in features)


@contextmanager
def _conflicts(theirs: Callable[[Sequence[str]], Conflict]) -> Iterator[None]:
    """Turn whatever tells that somebody was faster into a Conflict with what is stored now."""
    try:
        yield
    except StaleChangeError as error:
        raise theirs(error.features) from error
    except (StaleDataError, IntegrityError) as error:
        raise theirs(()) from error
