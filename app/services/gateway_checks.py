"""GitLab's own connection check of an endpoint's model, through its AI gateway: the other view of one test."""

from datetime import timedelta

from sqlalchemy import select

from app.domain.errors import Busy, NotFound
from app.domain.instance import Health
from app.domain.instance_troubles import InstanceError
from app.domain.model_values import fit_for
from app.domain.roles import Actor
from app.lib.sealed import CannotOpen
from app.models.endpoint import Endpoint
from app.models.instance import GatewayCheck
from app.queries.instance import reading_in
from app.queries.wanted import model_in
from app.services import audit, instance_reads
from app.services.ports import Ports
from app.services.targets import stored_key

# GitLab's gateway gives a model 60 seconds.
LEASE = timedelta(seconds=90)
RUNNING, ENDED = "running", "ended"
UNREADABLE = "Its API key cannot be read here any more. Type it again."


def begin(ports: Ports, actor: Actor, endpoint_id: str) -> None:
    """Put on record that a check begins; raises NotFound, NotConnected, Busy while one is under way."""
    instance_reads.client(ports)
    now = ports.clock()
    with ports.store.write() as session:
        endpoint = session.get(Endpoint, endpoint_id, with_for_update=True)
        if endpoint is None:
            raise NotFound("There is no such endpoint any more.")
        row = session.get(GatewayCheck, endpoint_id)
        if row and row.state == RUNNING and row.lease_until > now:
            raise Busy("GitLab is checking this endpoint already. Wait for its answer.", 5)
        row = row or GatewayCheck(endpoint_id=endpoint_id)
        row.state, row.started_at, row.lease_until = RUNNING, now, now + LEASE
        row.ended_at, row.success, row.code, row.words = None, None, "", ""
        row.endpoint_version = endpoint.version
        session.add(row)
        audit.record(ports, session, actor, "endpoint:gateway-check", ("endpoint", endpoint.id, endpoint.name))


def run(ports: Ports, endpoint_id: str) -> None:
    """Let GitLab check it, with the endpoint's key sent again since GitLab's check uses no stored one."""
    gitlab = instance_reads.client(ports)
    try:
        with ports.store.read() as session:
            row = session.scalar(select(Endpoint).where(Endpoint.id == endpoint_id))
            shape = reading_in(session, instance_reads.url_of(ports)).shape
            if row is None:
                return
            wanted = model_in(row, ports.facts)
            key = stored_key(ports, row) if wanted.key else None
        shape = shape or gitlab.shape()
        result = gitlab.check(shape, fit_for(shape, wanted.values), key)
    except InstanceError as error:
        _end(ports, endpoint_id, None, error.code, error.message)
    except CannotOpen:
        _end(ports, endpoint_id, None, "key_unreadable", UNREADABLE)
    else:
        _end(ports, endpoint_id, result.success, "", _told(result))


def _told(result: Health) -> str:
    """GitLab's words, each sentence once: its errors often are the message again."""
    return " ".join(dict.fromkeys(each for each in (result.message, *result.errors) if each))


def _end(ports: Ports, endpoint_id: str, success: bool | None, code: str, words: str) -> None:
    with ports.store.write() as session:
        if row := session.get(GatewayCheck, endpoint_id):
            row.state, row.ended_at = ENDED, ports.clock()
            row.success, row.code, row.words = success, code, words
