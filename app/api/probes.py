"""Connection tests of stored endpoints: begun, listed, watched, stopped."""

from flask import Blueprint, url_for

from app.api import cursors
from app.api.access import current_actor
from app.api.bodies.common import ListOf, Paged
from app.api.bodies.probes import NewProbe, ProbeAnswer, depth_of
from app.api.context import context, ports
from app.api.endpoints import load
from app.api.operations import IfMatch, Located, operation
from app.domain.errors import Conflict, NotFound
from app.domain.roles import Role
from app.queries import probes as query
from app.queries.probes import ProbeRecord
from app.services import probes as service

probes = Blueprint("probes", __name__)
KIND = "probes"


@probes.post("/endpoints/<endpoint_id>/probes")
@operation(Role.EDITOR, ProbeAnswer, 202, body=NewProbe, body_optional=True, located=True, problems=(429,))
def start(endpoint_id: str, body: NewProbe) -> Located:
    """Test an endpoint; one that is being tested already is not tested twice."""
    context().runner.start(service.start_saved(ports(), current_actor(), [endpoint_id], depth_of(body.depth)))
    newest = query.latest(ports().store, endpoint_id)
    if newest is None:
        raise NotFound("There is no such endpoint any more.")
    place = url_for("probes.show", endpoint_id=endpoint_id, probe_id=newest.id)
    return Located(ProbeAnswer.of(newest), place)


@probes.get("/endpoints/<endpoint_id>/probes")
@operation(Role.VIEWER, ListOf[ProbeAnswer], query=Paged)
def index(endpoint_id: str, asked: Paged) -> ListOf[ProbeAnswer]:
    """List an endpoint's tests, the newest first."""
    last = cursors.moment(cursors.read(KIND, asked.cursor)) if asked.cursor else None
    found = query.before(ports().store, load(endpoint_id).id, asked.limit + 1, last)
    shown, following = cursors.cut(found, asked.limit, _place)
    return ListOf[ProbeAnswer](items=[ProbeAnswer.of(record) for record in shown], next=following)


def _place(record: ProbeRecord) -> str:
    return cursors.write(KIND, record.started_at.isoformat(), record.id)


@probes.get("/endpoints/<endpoint_id>/probes/<probe_id>")
@operation(Role.VIEWER, ProbeAnswer)
def show(endpoint_id: str, probe_id: str) -> ProbeAnswer:
    """Read how far a test is."""
    return ProbeAnswer.of(_of(endpoint_id, probe_id))


@probes.delete("/endpoints/<endpoint_id>/probes/<probe_id>")
@operation(Role.EDITOR, if_match=IfMatch.OPTIONAL)
def stop(endpoint_id: str, probe_id: str, version: int | None) -> None:
    """Stop a running test; what it found so far stays."""
    halt(_of(endpoint_id, probe_id), version)


def _of(endpoint_id: str, probe_id: str) -> ProbeRecord:
    probe = query.probe(ports().store, probe_id)
    if probe is None or probe.endpoint_id != endpoint_id:
        raise NotFound(service.GONE)
    if probe.running:
        context().runner.wake()
    return probe


def halt(probe: ProbeRecord, version: int | None) -> None:
    """Stop a test in whichever process it runs. Raises Conflict when it has ended and a running one was meant."""
    if version is not None and version != ProbeAnswer.of(probe).version:
        raise Conflict("The test has ended meanwhile.", None)
    service.ask_stop(ports(), current_actor(), probe.id)
    context().runner.stop(probe.id)
