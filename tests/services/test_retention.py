"""What is forgotten after the days that the settings say."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.domain.roles import Actor
from app.models.endpoint import Capability, Endpoint
from app.models.probe import Probe, ProbeStep
from app.models.traffic import BreakerChange
from app.models.usage import UsageHour
from app.services import retention
from app.services.ports import Ports
from tests.fixtures.stock import add_endpoint

DAYS = (29, 31)
NONE = dict.fromkeys(
    ("requests", "errors", "fallbacks", "estimated", "prompt_tokens", "completion_tokens", "first_token_ms"), 0
)


def test_hours_of_usage_and_changes_of_breakers_go_after_so_many_days(ports: Ports, ada: Actor) -> None:
    endpoint, now = add_endpoint(ports, ada), ports.clock()
    with ports.store.write() as session:
        for days in DAYS:
            at = now - timedelta(days=days)
            session.add(BreakerChange(endpoint_id=endpoint, at=at, before="closed", after="open"))
            names = {"feature": "duo_chat", "endpoint_id": endpoint, "token_id": "t"}
            buckets = {"first_token_buckets": [], "duration_buckets": []}
            session.add(UsageHour(hour=at, duration_ms=0, **names, **buckets, **NONE))
    retention.clear_usage(ports, 30)
    with ports.store.read() as session:
        hours, changes = (session.scalars(select(each)).all() for each in (UsageHour.hour, BreakerChange.at))
    assert hours == changes == [now - timedelta(days=29)]


def test_old_tests_go_in_batches_and_what_is_still_stood_on_stays(
    ports: Ports, ada: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    endpoint, other = add_endpoint(ports, ada), add_endpoint(ports, ada, "never tested since")
    now = ports.clock()

    def tested(name: str, days: int, of: str = endpoint, verdict: str = "passed") -> None:
        at = now - timedelta(days=days)
        session.add(Probe(id=name, endpoint_id=of, batch=name, person="p", person_name="p", verdict=verdict,
                          started_at=at, lease_until=at, seen_at=at))  # fmt: skip
        session.flush()
        session.add(ProbeStep(probe_id=name, position=0, name="chat", outcome="passed"))

    with ports.store.write() as session:
        for number in range(5):
            tested(f"old {number}", 40 + number)
        tested("verdict", 60)
        tested("capability", 61)
        tested("running", 62, verdict="running")
        tested("recent", 29)
        tested("the only one", 90, other)
        session.get_one(Endpoint, endpoint).probe_id = "verdict"
        session.add(Capability(endpoint_id=endpoint, ability="tools", grade="yes", measured_at=now,
                               probe_id="capability", dialect_version=1))  # fmt: skip
    retention.clear_probes(ports, 30)
    with ports.store.read() as session:
        kept = {"verdict", "capability", "running", "recent", "the only one"}
        assert set(session.scalars(select(Probe.id))) == set(session.scalars(select(ProbeStep.probe_id))) == kept
