"""Putting a new key in place of one that several endpoints share: tried on all of them first, stored on all or none."""

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.clients.target import Target
from app.domain import endpoints as rules
from app.domain.breaker import EDITED
from app.domain.credentials import Auth
from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.roles import Actor
from app.domain.service_accounts import read_service_account
from app.domain.steps import Outcome, StepName, StepResult
from app.lib.cancel import Cancel
from app.lib.sealed import CannotOpen
from app.models.endpoint import Endpoint
from app.queries.endpoints import record_of
from app.services import audit, breakers, endpoints, probes, probing, targets
from app.services.ports import Ports
from app.services.probe_run import Pace

MOST_AT_ONCE = 200
TRIED_AT_ONCE = 8
PACE = Pace(total=15.0, exchange=10.0, first_byte=10.0, listing=5.0)
NONE_CHOSEN = "Choose at least one endpoint."


@dataclass(frozen=True, slots=True)
class Tried:
    """How the new key did at one endpoint: the step that decided."""

    endpoint_id: str
    name: str
    step: StepResult

    @property
    def refused(self) -> bool:
        """Whether the key must not take the old one's place here."""
        return self.step.outcome is Outcome.FAILED


def replace_key(ports: Ports, actor: Actor, seen: Mapping[str, int], key: str) -> tuple[Tried, ...]:
    """Try the key at each endpoint, then store it at all of them; where one refuses it, all keep theirs.

    `seen` maps the endpoints' ids to the versions that were looked at. What became of each is returned; the key was
    stored unless one is `refused`. Raises Invalid, NotFound, Conflict, Busy.
    """
    _check_number(seen)
    with ports.store.read() as session:
        rows = _rows(session, seen)
        key = _as_stored(rows, key.strip())
        names = {row.id: row.name for row in rows}
        chosen = {row.id: replace(_target(ports, row), api_key=key) for row in rows}
    probes.count_search(ports, actor)
    found = _try_all(ports, chosen).items()
    tried = tuple(sorted((Tried(each, names[each], step) for each, step in found), key=lambda each: each.name))
    if not any(each.refused for each in tried):
        _store(ports, actor, seen, key)
    return tried


def _check_number(seen: Mapping[str, int]) -> None:
    if not seen:
        raise Invalid({"endpoints": (NONE_CHOSEN,)})
    if len(seen) > MOST_AT_ONCE:
        raise Invalid({"endpoints": (f"Choose {MOST_AT_ONCE} endpoints at most in one step.",)})


def _as_stored(rows: Sequence[Endpoint], key: str) -> str:
    """The key as it is kept; of a service account's file only what is used. Raises Invalid."""
    if not key:
        raise Invalid({"api_key": ("Type the new key.",)})
    if any(row.auth == Auth.SERVICE_ACCOUNT for row in rows):
        try:
            return json.dumps(read_service_account(key))
        except ValueError as error:
            raise Invalid({"api_key": (str(error),)}) from error
    if faults := rules.key_faults(key):
        raise Invalid({"api_key": faults})
    return key


def _rows(session: Session, seen: Mapping[str, int], *, locked: bool = False) -> Sequence[Endpoint]:
    wanted = select(Endpoint).where(Endpoint.id.in_(seen)).order_by(Endpoint.id)
    rows = session.scalars(wanted.with_for_update() if locked else wanted).all()
    if len(rows) != len(seen):
        raise NotFound("One of the endpoints was deleted meanwhile. Nothing was changed.")
    for row in rows:
        if row.version != seen[row.id]:
            raise Conflict(endpoints.STALE, record_of(row))
    return rows


def _target(ports: Ports, row: Endpoint) -> Target:
    """What the new key is tried on; that the old one no longer opens is no hindrance."""
    try:
        return targets.of_endpoint(ports, row)
    except CannotOpen:
        return targets.of_endpoint(ports, row, without=("api_key",))


def _try_all(ports: Ports, chosen: Mapping[str, Target]) -> dict[str, StepResult]:
    with ThreadPoolExecutor(min(TRIED_AT_ONCE, len(chosen))) as pool:
        return dict(zip(chosen, pool.map(lambda target: _try(ports, target), chosen.values()), strict=True))


def _try(ports: Ports, target: Target) -> StepResult:
    """The step at which the way to the server fails, or the one that tries the key."""
    results = probing.results(ports, target, Cancel(), PACE)
    return next(each for each in results if each.name is StepName.AUTH or each.outcome is Outcome.FAILED)


def _store(ports: Ports, actor: Actor, seen: Mapping[str, int], key: str) -> None:
    with ports.store.write() as session:
        for row in _rows(session, seen, locked=True):
            before = row.key_fingerprint
            endpoints.seal_key(ports, row, key)
            changes = {"api_key": (before and endpoints.mark(before), endpoints.mark(row.key_fingerprint))}
            breakers.close(ports, session, row, EDITED)
            audit.record(ports, session, actor, "endpoint:key", ("endpoint", row.id, row.name), changes)
