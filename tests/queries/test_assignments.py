"""Reads of what serves each feature, and of what could."""

from datetime import timedelta

from sqlalchemy import update

from app.domain.roles import Actor
from app.models.endpoint import Endpoint
from app.queries import assignments as query
from app.queries import candidates
from app.queries.links import linked
from app.services import assignments, endpoints
from app.services.assignments import Change, Link, State
from app.services.ports import Ports
from tests.fixtures.statements import statements
from tests.fixtures.stock import UNLISTED, add_endpoint, assign, judge, ready


def test_a_feature_that_nobody_touched_is_unassigned_at_version_0(ports: Ports) -> None:
    assert query.serving(ports.store) == {}
    assert query.serving_of(ports.store, "duo_chat") == query.Serving("duo_chat")


def test_a_served_feature_comes_with_its_endpoint_its_standing_and_its_last_test(ports: Ports, ada: Actor) -> None:
    chosen = add_endpoint(ports, ada)
    assign(ports, ada, "duo_chat", chosen)
    judge(ports, chosen, "warned")
    now = query.serving_of(ports.store, "duo_chat")
    assert (now.endpoint_name, now.family, now.verdict, now.tier, now.level) == (
        "Mistral", "mistral", "warned", "supported", "full",
    )  # fmt: skip
    assert now.reasons
    assert now.probed_at
    assert now.changed_by == "Ada Admin"


def test_all_features_take_two_statements(ports: Ports, ada: Actor) -> None:
    chosen = add_endpoint(ports, ada, **UNLISTED)
    for feature in list(ports.facts.features)[:5]:
        assign(ports, ada, feature, chosen)
    with statements(ports.store) as sent:
        assert len(query.serving(ports.store)) == 5
    assert len(sent) == 2


def test_a_disabled_feature_has_no_endpoint(ports: Ports, ada: Actor) -> None:
    assignments.change(ports, ada, Change("duo_chat", 0, State.DISABLED))
    now = query.serving_of(ports.store, "duo_chat")
    assert (now.state, now.endpoint_id, now.tier, now.note_due) == ("disabled", "", "", False)


def test_what_can_be_chosen_comes_by_name_with_a_tier_for_each_feature(ports: Ports, ada: Actor) -> None:
    add_endpoint(ports, ada, "b unlisted", **UNLISTED)
    add_endpoint(ports, ada, "A listed")
    off = add_endpoint(ports, ada, "c off")
    endpoints.set_enabled(ports, ada, off, 1, enabled=False)
    with statements(ports.store) as sent:
        found = candidates.assignable(ports.store, 5)
    assert found is not None
    assert [(each.name, each.tiers["duo_chat"]) for each in found] == [
        ("A listed", "supported"),
        ("b unlisted", "other"),
    ]
    assert len(sent) == 1


def test_with_more_than_asked_for_nothing_is_listed(ports: Ports, ada: Actor) -> None:
    for number in range(3):
        add_endpoint(ports, ada, f"endpoint {number}")
    assert len(candidates.assignable(ports.store, 3) or ()) == 3
    assert candidates.assignable(ports.store, 2) is None


def test_a_search_takes_every_word_and_puts_the_best_tier_first(ports: Ports, ada: Actor) -> None:
    add_endpoint(ports, ada, "Alpha tiny", **UNLISTED)
    add_endpoint(ports, ada, "Beta tiny")
    add_endpoint(ports, ada, "Beta 100%_large")
    names = [each.name for each in candidates.candidates(ports.store, "duo_chat", "TINY", 10)]
    assert names == ["Beta tiny", "Alpha tiny"]
    assert [each.name for each in candidates.candidates(ports.store, "duo_chat", "%_ beta", 10)] == ["Beta 100%_large"]
    assert len(candidates.candidates(ports.store, "duo_chat", "", 2)) == 2


def test_one_that_is_off_or_unknown_is_no_candidate(ports: Ports, ada: Actor) -> None:
    off = add_endpoint(ports, ada)
    assert candidates.candidate(ports.store, "duo_chat", off) is not None
    endpoints.set_enabled(ports, ada, off, 1, enabled=False)
    assert candidates.candidate(ports.store, "duo_chat", off) is None
    assert candidates.candidate(ports.store, "duo_chat", "nowhere") is None


def test_deployed_endpoints_come_by_id(ports: Ports, ada: Actor) -> None:
    first, second = add_endpoint(ports, ada, "first"), add_endpoint(ports, ada, "second")
    assert {key: each.name for key, each in query.deployed(ports.store, [first, second, "x"]).items()} == {
        first: "first",
        second: "second",
    }


def test_one_assignment_comes_with_its_fallbacks_in_two_statements(ports: Ports, ada: Actor) -> None:
    first, second = add_endpoint(ports, ada, "first"), add_endpoint(ports, ada, "second", **UNLISTED)
    ready(ports, second, "limits")
    behind = (Link(second, "mistral"),)
    assignments.change(ports, ada, Change("duo_chat", 0, State.ENDPOINT, first, True, fallbacks=behind))
    with statements(ports.store) as sent:
        found = query.assignment(ports.store, "duo_chat")
    (fallback,) = found.fallbacks
    assert (fallback.name, fallback.family, fallback.tier, fallback.readiness) == (
        "second",
        "mistral",
        "other",
        "limits",
    )
    assert (found.endpoint_name, found.family, found.version, found.created_at is not None) == ("first", "", 1, True)
    assert len(sent) == 2


def test_an_assignment_that_nobody_made_is_at_version_0_without_times(ports: Ports) -> None:
    found = query.assignment(ports.store, "duo_chat")
    assert (found.state, found.version, found.fallbacks, found.created_at) == ("unassigned", 0, (), None)


def test_a_note_that_a_fallback_takes_is_due_for_the_feature(ports: Ports, ada: Actor) -> None:
    first, weak = add_endpoint(ports, ada, "first"), add_endpoint(ports, ada, "weak", **UNLISTED)
    assignments.change(ports, ada, Change("duo_chat", 0, State.ENDPOINT, first, True, fallbacks=(Link(weak),)))
    assert not query.serving_of(ports.store, "duo_chat").note_due
    with ports.store.write() as session:
        session.execute(update(Endpoint).where(Endpoint.id == weak).values(server="ollama"))
    assert query.serving_of(ports.store, "duo_chat").note_due


def test_a_day_holds_every_period_that_touches_it(ports: Ports, ada: Actor) -> None:
    assign(ports, ada, "duo_chat", add_endpoint(ports, ada))
    assignments.change(ports, ada, Change("duo_chat", None, State.DISABLED))
    now = ports.clock()
    with statements(ports.store) as sent:
        held = query.during(ports.store, "duo_chat", now - timedelta(days=1), now + timedelta(days=1), 10)
    assert ([each.state for each in held], len(sent)) == (["disabled", "endpoint"], 1)
    assert query.during(ports.store, "duo_chat", now - timedelta(days=2), now - timedelta(days=1), 10) == ()
    assert len(query.timeline(ports.store, "duo_chat", 1)) == 1


def test_endpoints_by_id_come_as_they_stand_for_features_in_one_statement(ports: Ports, ada: Actor) -> None:
    ids = [add_endpoint(ports, ada, name) for name in ("a", "b")]
    with statements(ports.store) as sent:
        found = linked(ports.store, [*ids, "nowhere"], ["duo_chat", "code_completions"])
    assert {key[0] for key in found} == set(ids)
    assert (len(found), len(sent)) == (4, 1)
