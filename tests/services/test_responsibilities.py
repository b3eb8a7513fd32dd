"""Recording who answers for an endpoint."""

from datetime import timedelta

import pytest

from app.domain.errors import Conflict, Invalid, NotFound
from app.domain.responsibilities import ResponsibilityDraft
from app.domain.roles import Actor
from app.queries import responsibilities as query
from app.services import endpoints, responsibilities
from app.services.ports import Ports
from tests.fixtures.stock import add_endpoint, attest, audit_rows


def draft(ports: Ports, region: str = "EU") -> ResponsibilityDraft:
    until = ports.clock().date() + timedelta(days=90)
    return ResponsibilityDraft(region, "Acme", training_use="no", valid_until=until.isoformat())


def test_a_record_keeps_who_attested_it(ports: Ports, ada: Actor) -> None:
    chosen = add_endpoint(ports, ada)
    stored = responsibilities.attest(ports, ada, chosen, 0, draft(ports))
    assert query.responsibility(ports.store, chosen) == stored
    assert (stored.version, stored.region, stored.attested_name) == (1, "EU", "Ada Admin")
    (row,) = audit_rows(ports.store, "endpoint:attest")
    assert row.changes["region"] == ["", "EU"]


def test_attesting_the_same_again_is_a_new_attestation(ports: Ports, ada: Actor) -> None:
    chosen = add_endpoint(ports, ada)
    first = responsibilities.attest(ports, ada, chosen, 0, draft(ports))
    second = responsibilities.attest(ports, ada, chosen, 1, draft(ports))
    assert (second.version, second.attested_at > first.attested_at) == (2, True)
    assert [row.changes == {} for row in audit_rows(ports.store, "endpoint:attest")] == [False, True]


def test_a_stale_record_is_refused_with_what_is_stored(ports: Ports, ada: Actor) -> None:
    chosen = add_endpoint(ports, ada)
    attest(ports, ada, chosen, "US")
    with pytest.raises(Conflict) as conflict:
        responsibilities.attest(ports, ada, chosen, 0, draft(ports))
    assert conflict.value.theirs.region == "US"


def test_what_is_wrong_writes_nothing(ports: Ports, ada: Actor) -> None:
    chosen = add_endpoint(ports, ada)
    with pytest.raises(Invalid):
        responsibilities.attest(ports, ada, chosen, 0, ResponsibilityDraft())
    with pytest.raises(NotFound):
        responsibilities.attest(ports, ada, "nowhere", 0, draft(ports))
    assert query.responsibility(ports.store, chosen) is None


def test_records_that_end_come_the_soonest_first_and_go_with_their_endpoint(ports: Ports, ada: Actor) -> None:
    for name, days in (("later", 20), ("sooner", 5), ("far", 90)):
        attest(ports, ada, add_endpoint(ports, ada, name), days=days)
    until = ports.clock().date() + timedelta(days=30)
    found = query.ending(ports.store, until, 5)
    assert [each.endpoint_name for each in found] == ["sooner", "later"]
    endpoints.delete(ports, ada, found[0].endpoint_id, 1)
    assert [each.endpoint_name for each in query.ending(ports.store, until, 5)] == ["later"]
