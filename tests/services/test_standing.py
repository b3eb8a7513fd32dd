"""The stored tiers and readiness are always those that the rules give."""

from dataclasses import replace

from sqlalchemy import select, update

from app.domain import tiers
from app.domain.capabilities import Finding, Grade
from app.domain.endpoints import EndpointDraft
from app.domain.features import Ability
from app.domain.platforms import host_of
from app.domain.readiness import readiness
from app.domain.roles import Actor
from app.models.endpoint import Endpoint, Standing
from app.queries import endpoints as query
from app.services import capabilities, endpoints, standing
from app.services.ports import Ports
from tests.fixtures.measured import YES, answered, conclude
from tests.fixtures.stock import SUPPORTED, UNLISTED, add_endpoint


def assert_all_as_the_rules_say(ports: Ports) -> None:
    """Recompute tier and readiness of every endpoint for every feature and compare them with what is stored."""
    with ports.store.read() as session:
        rows = session.scalars(select(Endpoint)).all()
        stored = {(row.endpoint_id, row.feature): row for row in session.scalars(select(Standing))}
        measured = {row.id: capabilities.of(session, row.id) for row in rows}
    assert len(stored) == len(rows) * len(ports.facts.features)
    for row in rows:
        verdicts = {}
        for name, feature in ports.facts.features.items():
            verdicts[name] = tiers.tier(ports.facts.models.get(row.model), host_of(row.platform, row.server), feature)
            kept = stored[row.id, name]
            assert (kept.tier, tuple(kept.reasons)) == (verdicts[name].tier.value, verdicts[name].reasons)
            found = readiness(feature.needs, measured[row.id], row.stated_context)
            assert (kept.readiness, tuple(kept.readiness_reasons)) == (found.readiness.value, found.reasons)
            assert (kept.measured_at, kept.aged) == (found.measured_at, found.aged or "")
            assert kept.rules_version == ports.facts.revision
        assert row.tier == tiers.best(verdicts.values()).tier.value


def test_every_way_to_change_an_endpoint_leaves_its_tiers_as_the_rules_say(ports: Ports, ada: Actor) -> None:
    listed, unlisted = add_endpoint(ports, ada, "listed"), add_endpoint(ports, ada, "unlisted", **UNLISTED)
    assert_all_as_the_rules_say(ports)
    base = EndpointDraft(name="x", base_url="https://models.example.com/v1", identifier="served", server="ollama")
    endpoints.update(ports, ada, listed, 1, replace(base, name="moved to another server", **SUPPORTED))
    endpoints.update(ports, ada, unlisted, 1, replace(base, name="confirmed", server="vllm", **SUPPORTED))
    assert_all_as_the_rules_say(ports)
    endpoints.delete(ports, ada, listed, 2)
    assert_all_as_the_rules_say(ports)


def test_every_end_of_a_test_leaves_readiness_as_the_rules_say(ports: Ports, ada: Actor) -> None:
    endpoint_id = add_endpoint(ports, ada)
    abilities = [ability for ability in Ability if ability not in (Ability.CHAT, Ability.CONTEXT)]
    findings = [YES, *(Finding(each, Grade.YES) for each in abilities), Finding(Ability.CONTEXT, Grade.YES, 32_000)]
    for results in (answered(*findings), answered(Finding(Ability.TOOLS, Grade.NO), build="b2"), answered(context=1)):
        conclude(ports, ada, endpoint_id, results)
        assert_all_as_the_rules_say(ports)
    assert query.standings(ports.store, endpoint_id)["duo_agent_platform"].readiness == "no"


def test_a_models_tier_falls_with_the_server(ports: Ports, ada: Actor) -> None:
    endpoint_id = add_endpoint(ports, ada)
    assert query.standings(ports.store, endpoint_id)["duo_chat"].tier == "supported"
    draft = EndpointDraft(
        name="x", base_url="https://models.example.com/v1", identifier="served", server="ollama", **SUPPORTED
    )
    endpoints.update(ports, ada, endpoint_id, 1, draft)
    found = query.standings(ports.store, endpoint_id)["duo_chat"]
    assert found.tier == "other"
    assert found.reasons


def test_new_facts_recompute_what_old_ones_gave_and_nothing_else(ports: Ports, ada: Actor) -> None:
    for number in range(5):
        add_endpoint(ports, ada, f"endpoint {number}")
    assert standing.refresh_outdated(ports) == 0
    with ports.store.write() as session:
        session.execute(update(Standing).values(rules_version=1, tier="other", reasons=[]))
        session.execute(update(Endpoint).values(tier="other", updated_at=Endpoint.updated_at))
    assert standing.refresh_outdated(ports, batch=2) == 5
    assert_all_as_the_rules_say(ports)


def test_a_feature_that_was_added_gets_its_tier_and_one_that_went_loses_it(ports: Ports, ada: Actor) -> None:
    endpoint_id = add_endpoint(ports, ada)
    with ports.store.write() as session:
        session.execute(
            update(Standing).where(Standing.feature == "duo_chat").values(feature="long_gone", rules_version=1)
        )
    assert standing.refresh_outdated(ports) == 1
    assert set(query.standings(ports.store, endpoint_id)) == set(ports.facts.features)


def test_recomputing_does_not_make_an_open_form_stale(ports: Ports, ada: Actor) -> None:
    endpoint_id = add_endpoint(ports, ada)
    with ports.store.write() as session:
        session.execute(update(Standing).values(rules_version=1))
        session.execute(update(Endpoint).values(tier="other", updated_at=Endpoint.updated_at))
    standing.refresh_outdated(ports)
    found = query.endpoint(ports.store, endpoint_id)
    assert found
    assert (found.tier, found.version) == ("supported", 1)
