"""Connection tests of values that are not saved: only their maker sees them, and they are gone after an hour."""

from flask import Blueprint, url_for

from app.api.access import current_actor
from app.api.bodies.endpoints import draft_of, new_draft
from app.api.bodies.probes import DraftProbe, ProbeAnswer, depth_of
from app.api.context import context, ports
from app.api.endpoints import load
from app.api.operations import IfMatch, Located, operation
from app.api.probes import halt
from app.domain.errors import NotFound
from app.domain.roles import Role
from app.queries import probes as query
from app.queries.probes import ProbeRecord
from app.services import drafts
from app.services import probes as service
from app.services.probe_records import DRAFT_KEPT

draft_probes = Blueprint("draft_probes", __name__)


@draft_probes.post("/probes")
@operation(Role.EDITOR, ProbeAnswer, 202, body=DraftProbe, located=True, problems=(404, 429))
def start(body: DraftProbe) -> Located:
    """Test values without saving them. The test stops when nobody has read it for ten seconds."""
    stored = body.endpoint_id or None
    draft = body.over(draft_of(load(stored))) if stored else new_draft(body)
    target = drafts.target_of(ports(), current_actor(), draft, stored)
    started = service.start_draft(ports(), current_actor(), target, depth_of(body.depth), draft.family)
    context().runner.start([started])
    return Located(ProbeAnswer.of(_mine(started.probe_id)), url_for("draft_probes.show", probe_id=started.probe_id))


@draft_probes.get("/probes/<probe_id>")
@operation(Role.EDITOR, ProbeAnswer)
def show(probe_id: str) -> ProbeAnswer:
    """Read how far a test is; that counts as watching it."""
    probe = _mine(probe_id)
    if probe.running:
        context().runner.wake()
        service.seen(ports(), probe.id, probe.seen_at)
    return ProbeAnswer.of(probe)


@draft_probes.delete("/probes/<probe_id>")
@operation(Role.EDITOR, if_match=IfMatch.OPTIONAL)
def stop(probe_id: str, version: int | None) -> None:
    """Stop a running test."""
    halt(_mine(probe_id), version)


def _mine(probe_id: str) -> ProbeRecord:
    probe = query.probe(ports().store, probe_id)
    known = probe is not None and probe.endpoint_id is None and probe.person == current_actor().key
    if probe is None or not known or ports().clock() - probe.started_at >= DRAFT_KEPT:
        raise NotFound(service.GONE)
    return probe
