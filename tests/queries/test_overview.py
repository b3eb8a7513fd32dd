"""The numbers of the first page."""

from datetime import timedelta

from sqlalchemy import update

from app.domain.roles import Actor
from app.lib import clock
from app.lib.sealed import Sealer
from app.models.endpoint import Endpoint
from app.models.probe import Probe, ProbeStep
from app.queries import overview as query
from app.queries.overview import Changed, Health
from app.services import endpoints
from app.services.ports import Ports
from tests.fixtures.stock import add_endpoint, assign, fall_back, judge, note_change

DAY = timedelta(days=1)


def add_probe(ports: Ports, endpoint_id: str, ends: str, summary: str = "") -> None:
    """A finished test whose tls step saw a certificate."""
    now = clock.now()
    times = {"started_at": now, "finished_at": now, "lease_until": now, "seen_at": now}
    with ports.store.write() as session:
        probe = Probe(endpoint_id=endpoint_id, batch="b", person="p", person_name="P", summary=summary, **times)
        session.add(probe)
        session.flush()
        session.add(ProbeStep(probe_id=probe.id, position=3, name="tls", outcome="passed", figures={"not_after": ends}))
        session.execute(update(Endpoint).where(Endpoint.id == endpoint_id).values(probe_id=probe.id))


def test_an_empty_portal_is_all_noughts(ports: Ports) -> None:
    assert query.health(ports.store, clock.now()) == Health()
    assert query.worst_first(ports.store, 5) == ()


def test_endpoints_are_counted_by_their_last_test_and_those_switched_off_apart(ports: Ports, ada: Actor) -> None:
    for name, verdict, days in (("a", "passed", 0), ("b", "passed", 31), ("c", "failed", 2), ("d", "warned", 1)):
        judge(ports, add_endpoint(ports, ada, name), verdict, days)
    add_endpoint(ports, ada, "e")
    endpoints.set_enabled(ports, ada, add_endpoint(ports, ada, "f"), 1, enabled=False)
    found = query.health(ports.store, clock.now() - 30 * DAY)
    assert found == Health(5, switched_off=1, passed=2, warned=1, failed=1, untested=1, old=1)
    assert found.stored == 6


def test_the_worst_comes_first_and_the_newest_test_of_its_kind(ports: Ports, ada: Actor) -> None:
    for name, verdict, days in (("a", "passed", 0), ("b", "failed", 5), ("c", "failed", 1), ("d", "warned", 1)):
        judge(ports, add_endpoint(ports, ada, name), verdict, days)
    add_endpoint(ports, ada, "e")
    assert [each.name for each in query.worst_first(ports.store, 10)] == ["c", "b", "d", "a", "e"]
    assert len(query.worst_first(ports.store, 2)) == 2


def test_a_test_comes_with_its_sentence(ports: Ports, ada: Actor) -> None:
    add_probe(ports, add_endpoint(ports, ada), "2027-01-01T00:00:00+00:00", summary="The key was refused.")
    assert query.worst_first(ports.store, 1)[0].summary == "The key was refused."


def test_certificates_that_end_soon_come_soonest_first_from_the_last_test_alone(ports: Ports, ada: Actor) -> None:
    now = clock.now()
    for name, days in (("a", 20), ("b", 3), ("c", 200)):
        add_probe(ports, add_endpoint(ports, ada, name), (now + days * DAY).isoformat())
    renewed = add_endpoint(ports, ada, "renewed")
    add_probe(ports, renewed, (now + DAY).isoformat())
    add_probe(ports, renewed, (now + 300 * DAY).isoformat())
    ending = query.ending_certificates(ports.store, now + 30 * DAY, 5)
    assert [(each.endpoint_name, each.ends) for each in ending] == [("b", now + 3 * DAY), ("a", now + 20 * DAY)]


def changed(ports: Ports, most: int = 10) -> list[Changed]:
    return list(query.health_changes(ports.store, clock.now() - 7 * DAY, most))


def test_of_each_endpoints_changes_the_newest_is_told_with_their_number(ports: Ports, ada: Actor) -> None:
    flapping = add_endpoint(ports, ada, "flapping")
    for days, before, after in ((9, "passed", "failed"), (2, "failed", "passed"), (1, "passed", "warned")):
        note_change(ports, flapping, before, after, days, f"It {after}.")
    (found,) = changed(ports)
    assert (found.endpoint_name, found.before, found.after) == ("flapping", "passed", "warned")
    assert (found.summary, found.times) == ("It warned.", 2)
    assert clock.now() - 1.1 * DAY < found.at < clock.now() - 0.9 * DAY


def test_what_began_to_fail_and_still_does_comes_before_what_is_newer(ports: Ports, ada: Actor) -> None:
    for name, days, after, verdict in (
        ("mended", 3, "failed", "passed"), ("fails", 2, "failed", "failed"), ("passes", 1, "passed", "passed"),
    ):  # fmt: skip
        chosen = add_endpoint(ports, ada, name)
        judge(ports, chosen, verdict)
        note_change(ports, chosen, "warned", after, days)
    assert [(each.endpoint_name, each.fails_since) for each in changed(ports)] == [
        ("fails", True), ("passes", False), ("mended", False),
    ]  # fmt: skip
    assert [each.endpoint_name for each in changed(ports, most=1)] == ["fails"]


def test_a_change_names_the_features_served_first_and_as_a_fallback(ports: Ports, ada: Actor) -> None:
    first, second, idle = (add_endpoint(ports, ada, name) for name in ("first", "second", "idle"))
    assign(ports, ada, "duo_chat", first)
    assign(ports, ada, "code_completions", first)
    fall_back(ports, "duo_chat", second)
    for chosen in (first, second, idle):
        note_change(ports, chosen, "passed", "failed")
    found = {each.endpoint_name: each.features for each in changed(ports)}
    assert found == {"first": {"duo_chat", "code_completions"}, "second": {"duo_chat"}, "idle": frozenset()}


def test_endpoints_that_are_switched_off_and_long_past_changes_are_left_out(ports: Ports, ada: Actor) -> None:
    off, past = add_endpoint(ports, ada, "off"), add_endpoint(ports, ada, "past")
    endpoints.set_enabled(ports, ada, off, 1, enabled=False)
    note_change(ports, off, "passed", "failed")
    note_change(ports, past, "passed", "failed", days=8)
    assert changed(ports) == []


def test_keys_are_counted_by_the_key_that_sealed_them(ports: Ports, ada: Actor) -> None:
    for name in ("a", "b"):
        add_endpoint(ports, ada, name, api_key="sk-of-the-tests")
    add_endpoint(ports, ada, "without")
    found = query.key_ids(ports.store)
    assert list(found.values()) == [2]
    assert all(ports.sealer.knows(key_id) for key_id in found)
    assert not any(Sealer(["another key of the tests, long enough"]).knows(key_id) for key_id in found)
