"""What is known of an endpoint: measured capabilities, and its standing for each feature."""

from flask import Blueprint

from app.api.bodies.common import ListOf
from app.api.bodies.facts import CapabilityAnswer, ReadinessAnswer
from app.api.context import ports
from app.api.endpoints import load
from app.api.operations import operation
from app.domain.capabilities import old_because
from app.domain.roles import Role
from app.queries import capabilities as query
from app.queries import endpoints as endpoint_query
from app.queries.capabilities import CapabilityRecord
from app.queries.endpoints import StandingRecord

endpoint_facts = Blueprint("endpoint_facts", __name__)


@endpoint_facts.get("/endpoints/<endpoint_id>/capabilities")
@operation(Role.VIEWER, ListOf[CapabilityAnswer])
def capabilities(endpoint_id: str) -> ListOf[CapabilityAnswer]:
    """Read what tests measured; what no test looked at is not listed."""
    found = query.capabilities(ports().store, load(endpoint_id).id)
    return ListOf[CapabilityAnswer](items=[_capability(each) for each in found])


def _capability(record: CapabilityRecord) -> CapabilityAnswer:
    values = {name: getattr(record, name) for name in ("ability", "grade", "value", "measured_at")}
    return CapabilityAnswer(**values, old_because=old_because(record.measured_at, record.aged, ports().clock()))


@endpoint_facts.get("/endpoints/<endpoint_id>/readiness")
@operation(Role.VIEWER, ListOf[ReadinessAnswer])
def readiness(endpoint_id: str) -> ListOf[ReadinessAnswer]:
    """Read for each feature whether the endpoint suits it, and its tier there."""
    standings = endpoint_query.standings(ports().store, load(endpoint_id).id)
    known = (standings[name] for name in ports().facts.features if name in standings)
    return ListOf[ReadinessAnswer](items=[_standing(each) for each in known])


def _standing(record: StandingRecord) -> ReadinessAnswer:
    values = {name: getattr(record, name) for name in StandingRecord.__dataclass_fields__ if name != "aged"}
    return ReadinessAnswer(**values, old_because=old_because(record.measured_at, record.aged, ports().clock()))
