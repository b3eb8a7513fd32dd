"""Reads for monitoring."""

from datetime import timedelta

from app.domain.breaker import BreakerState
from app.domain.roles import Actor
from app.models.traffic import Breaker
from app.queries import usage_totals as query
from app.services.ports import Ports
from tests.fixtures.stock import add_endpoint
from tests.fixtures.traffic import used


def rest(ports: Ports, endpoint_id: str, state: BreakerState = BreakerState.OPEN) -> None:
    """As if an endpoint's calls had failed too often."""
    now = ports.clock()
    row = Breaker(endpoint_id=endpoint_id, state=state.value, changed_at=now, retry_at=now + timedelta(seconds=30))
    with ports.store.write() as session:
        session.add(row)


def test_totals_are_all_calls_since_the_beginning_errors_apart(ports: Ports) -> None:
    used(ports, {"hours": 24 * 400, "prompt_tokens": 5}, {"prompt_tokens": 2, "duration_ms": 15.0}, {"error": "broken"})
    well, failed = query.busiest(ports.store, 10).rows
    assert (well.error, well.requests, well.prompt_tokens, well.duration_ms) == ("", 2, 7, 15.0)
    assert (failed.error, failed.requests, failed.served_name) == ("broken", 1, "served")
    assert sum(well.duration_buckets) == 2


def test_beyond_so_many_pairs_those_with_the_fewest_calls_are_left_out_whole(ports: Ports) -> None:
    many = [{"endpoint": "busy"}, {"endpoint": "busy", "error": "x"}, {"endpoint": "busy", "error": "y"}]
    used(ports, *many, {"endpoint": "some"}, {"endpoint": "some", "error": "x"}, {"endpoint": "few"})
    found = query.busiest(ports.store, 2)
    assert [(row.endpoint, row.error) for row in found.rows] == [
        ("busy", ""),
        ("busy", "x"),
        ("busy", "y"),
        ("some", ""),
        ("some", "x"),
    ]
    assert found.left_out == 1
    assert query.busiest(ports.store, 3).left_out == 0


def test_nothing_counted_is_no_failure(ports: Ports) -> None:
    assert query.busiest(ports.store, 5) == query.Totals((), 0)
    assert query.resting(ports.store, 5) == ()


def test_endpoints_that_rest_come_first_and_half_open_is_not_back_yet(ports: Ports, ada: Actor) -> None:
    ids = {name: add_endpoint(ports, ada, name) for name in ("alpha", "beta", "gamma", "delta")}
    rest(ports, ids["gamma"])
    rest(ports, ids["delta"], BreakerState.HALF_OPEN)
    rest(ports, ids["beta"], BreakerState.CLOSED)
    assert query.resting(ports.store, 10) == (("delta", True), ("gamma", True), ("alpha", False), ("beta", False))
    assert query.resting(ports.store, 1) == (("delta", True),)
