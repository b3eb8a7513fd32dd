"""The values of an endpoint's extra headers, which may be what a gateway asks for in place of a key: kept like keys.

They are sealed together in one column. Beside it `headers` has for each name the fingerprint of its value. Rows from
before that have the values there in clear until `seal_plain` has seen them; `header_values` is empty then.
"""

import json
from collections.abc import Mapping

from sqlalchemy import CursorResult, select, update

from app.domain.endpoints import EndpointDraft
from app.domain.errors import Invalid, NotFound
from app.domain.extra_headers import no_value
from app.lib import urls
from app.lib.sealed import CannotOpen
from app.models.endpoint import Endpoint
from app.services import targets
from app.services.ports import Ports

MOVED = "The address leads to another host now, so the stored values are not sent there. Type them again."
UNREADABLE = "The stored values can no longer be read. Type them again."


def put(ports: Ports, row: Endpoint, given: Mapping[str, str | None], origin: str) -> None:
    """Store these headers, None for a value that stays, before the row gets the address of that origin.

    Raises Invalid.
    """
    known = dict(row.headers or {})
    kept = [name for name, value in given.items() if value is None]
    if row.header_values and kept == list(given) and set(kept) == set(known) and _stays(row, origin):
        # Nothing is opened for nothing, so what can no longer be read does not hinder another change.
        return
    values = completed(ports, row, given, origin)
    marks = {name: ports.sealer.fingerprint(value) for name, value in values.items()}
    if row.header_values:
        marks |= {name: known[name] for name in kept}
    row.headers, row.header_values = marks, _sealed(ports, row.id, values) if values else None


def completed(ports: Ports, row: Endpoint | None, given: Mapping[str, str | None], origin: str) -> dict[str, str]:
    """The headers with what the row has in place of None, for requests to that origin. Raises Invalid."""
    if missing := [name for name, value in given.items() if value is None and (not row or name not in row.headers)]:
        raise Invalid({"headers": tuple(map(no_value, missing))})
    stored: Mapping[str, str] = {}
    if row and None in given.values():
        if not _stays(row, origin):
            raise Invalid({"headers": (MOVED,)})
        try:
            stored = targets.stored_headers(ports, row)
        except CannotOpen as error:
            raise Invalid({"headers": (UNREADABLE,)}) from error
    return {name: stored[name] if value is None else value for name, value in given.items()}


def of_draft(ports: Ports, draft: EndpointDraft, endpoint_id: str | None, origin: str) -> dict[str, str]:
    """The same for values that are not saved yet; raises NotFound, Invalid."""
    if None not in draft.headers.values():
        return completed(ports, None, draft.headers, origin)
    with ports.store.read() as session:
        row = session.get(Endpoint, endpoint_id) if endpoint_id else None
        if endpoint_id and row is None:
            raise NotFound("There is no such endpoint any more.")
        return completed(ports, row, draft.headers, origin)


def marks(ports: Ports, row: Endpoint) -> dict[str, str]:
    """The fingerprint of each value, by name."""
    if row.header_values:
        return {str(name): str(each) for name, each in row.headers.items()}
    return {str(name): ports.sealer.fingerprint(str(value)) for name, value in row.headers.items()}


def seal_plain(ports: Ports) -> int:
    """Seal what an earlier version has stored in clear; how many endpoints that were."""
    wanted = select(Endpoint.id, Endpoint.headers).where(Endpoint.header_values.is_(None))
    with ports.store.write() as session:
        rows = [row for row in session.execute(wanted.with_for_update()) if row.headers]
        done = 0
        for row in rows:
            values = {str(name): str(value) for name, value in row.headers.items()}
            kept = {
                "headers": {name: ports.sealer.fingerprint(value) for name, value in values.items()},
                "header_values": _sealed(ports, row.id, values),
                # Nobody edited it.
                "updated_at": Endpoint.updated_at,
            }
            place = update(Endpoint).where(Endpoint.id == row.id, Endpoint.header_values.is_(None)).values(kept)
            answer = session.execute(place.execution_options(synchronize_session=False))
            assert isinstance(answer, CursorResult)
            done += answer.rowcount
    return done


def _stays(row: Endpoint, origin: str) -> bool:
    return urls.parse(row.base_url).origin == origin


def _sealed(ports: Ports, endpoint_id: str, values: Mapping[str, str]) -> str:
    return ports.sealer.seal(json.dumps(values), targets.key_purpose(endpoint_id, "header_values"))
