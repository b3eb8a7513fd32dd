"""Giving features to endpoints."""

from dataclasses import replace

import pytest
from sqlalchemy import update

from app.domain.errors import AcknowledgementRequired, Conflict, Invalid, NotFound
from app.domain.roles import Actor
from app.models.assignment import Acknowledgement
from app.models.endpoint import Endpoint, Standing
from app.queries.assignments import serving_of
from app.services import assignments, endpoints
from app.services.assignments import Change, State
from app.services.ports import Ports
from tests.fixtures.stock import UNLISTED, acknowledgements, add_endpoint, assign, audit_rows

CHAT = "duo_chat"
AGENTS = "duo_agent_platform"


def test_a_supported_endpoint_is_assigned_without_a_question(ports: Ports, ada: Actor) -> None:
    chosen = add_endpoint(ports, ada)
    stored = assignments.change(ports, ada, Change(CHAT, 0, State.ENDPOINT, chosen))
    now = serving_of(ports.store, CHAT)
    assert stored is not None
    assert (stored.version, now.version, now.endpoint_id, now.tier) == (1, 1, chosen, "supported")
    assert acknowledgements(ports.store) == 0


def test_one_change_leaves_one_audit_row_with_what_was_before(ports: Ports, ada: Actor) -> None:
    assign(ports, ada, CHAT, add_endpoint(ports, ada))
    assignments.change(ports, ada, Change(CHAT, 1, State.DISABLED))
    rows = audit_rows(ports.store)
    assert [row.object_id for row in rows] == [CHAT, CHAT]
    assert rows[1].changes == {"state": ["endpoint", "disabled"], "endpoint": ["Mistral", None]}


@pytest.mark.parametrize("feature", [CHAT, AGENTS])
def test_below_supported_the_notice_is_asked_for_first_and_nothing_is_written(
    ports: Ports, ada: Actor, feature: str
) -> None:
    chosen = add_endpoint(ports, ada, **UNLISTED) if feature == CHAT else add_endpoint(ports, ada)
    with pytest.raises(AcknowledgementRequired, match="yours to validate"):
        assignments.change(ports, ada, Change(feature, 0, State.ENDPOINT, chosen))
    assert serving_of(ports.store, feature).state == "unassigned"
    assert audit_rows(ports.store) == []


def test_the_acknowledgement_is_kept_with_what_it_was_given_for(ports: Ports, ada: Actor) -> None:
    assign(ports, ada, CHAT, add_endpoint(ports, ada, **UNLISTED))
    with ports.store.read() as session:
        row = session.query(Acknowledgement).one()
        assert (row.feature, row.tier, row.host, row.person) == (CHAT, "other", "vllm", ada.key)
    assert audit_rows(ports.store)[0].changes["acknowledged"] == [None, "other, wording 1"]


def test_an_acknowledgement_is_not_asked_for_twice(ports: Ports, ada: Actor) -> None:
    chosen = add_endpoint(ports, ada, **UNLISTED)
    assign(ports, ada, CHAT, chosen)
    assignments.change(ports, ada, Change(CHAT, 1, State.UNASSIGNED))
    assignments.change(ports, ada, Change(CHAT, 2, State.ENDPOINT, chosen))
    assert acknowledgements(ports.store) == 1


@pytest.mark.parametrize(
    "changed",
    [{"base_url": "https://elsewhere.example.com/v1"}, {"server": "ollama"}, {"model": "Llama 3 8B"}],
    ids=["address", "host", "model"],
)
def test_another_model_host_or_address_is_asked_for_again(ports: Ports, ada: Actor, changed: dict[str, str]) -> None:
    chosen = add_endpoint(ports, ada)
    assign(ports, ada, AGENTS, chosen)
    assert not serving_of(ports.store, AGENTS).note_due
    with ports.store.write() as session:
        session.execute(update(Endpoint).where(Endpoint.id == chosen).values(**changed))
    assert serving_of(ports.store, AGENTS).note_due
    with pytest.raises(AcknowledgementRequired):
        assignments.change(ports, ada, Change(AGENTS, 1, State.ENDPOINT, chosen))


def test_a_fallen_tier_is_asked_for_again_and_can_be_acknowledged_where_it_is(ports: Ports, ada: Actor) -> None:
    chosen = add_endpoint(ports, ada)
    assign(ports, ada, AGENTS, chosen)
    with ports.store.write() as session:
        session.execute(update(Standing).where(Standing.feature == AGENTS).values(tier="other"))
    assert serving_of(ports.store, AGENTS).note_due
    assign(ports, ada, AGENTS, chosen, version=1)
    assert (acknowledgements(ports.store), serving_of(ports.store, AGENTS).note_due) == (2, False)
    assert set(audit_rows(ports.store)[1].changes) == {"acknowledged"}


def test_a_stale_version_is_refused_with_what_is_stored_now(ports: Ports, ada: Actor) -> None:
    chosen = add_endpoint(ports, ada)
    assign(ports, ada, CHAT, chosen)
    with pytest.raises(Conflict) as conflict:
        assignments.change(ports, replace(ada, name="Bea Admin"), Change(CHAT, 0, State.DISABLED))
    assert (conflict.value.theirs.endpoint_name, conflict.value.theirs.version) == ("Mistral", 1)
    assert serving_of(ports.store, CHAT).state == "endpoint"
    assert len(audit_rows(ports.store)) == 1


def test_an_endpoint_that_is_switched_off_cannot_be_chosen(ports: Ports, ada: Actor) -> None:
    chosen = add_endpoint(ports, ada)
    endpoints.set_enabled(ports, ada, chosen, 1, enabled=False)
    with pytest.raises(Invalid) as refusal:
        assignments.change(ports, ada, Change(CHAT, 0, State.ENDPOINT, chosen))
    assert refusal.value.fields["endpoint_id"] == ("Mistral is switched off. Switch it on first.",)


def test_the_family_other_is_taken_by_every_feature(ports: Ports, ada: Actor) -> None:
    chosen = add_endpoint(ports, ada, **UNLISTED)
    for feature in ports.facts.features:
        assign(ports, ada, feature, chosen)
    assert len(audit_rows(ports.store)) == len(ports.facts.features) == 18


def test_what_changes_nothing_writes_nothing(ports: Ports, ada: Actor) -> None:
    assert assignments.change(ports, ada, Change(CHAT, 0, State.UNASSIGNED)) is None
    assert serving_of(ports.store, CHAT).version == 0
    assert audit_rows(ports.store) == []


def test_an_unknown_feature_or_endpoint_is_refused(ports: Ports, ada: Actor) -> None:
    with pytest.raises(NotFound):
        assignments.change(ports, ada, Change("duo_chess", 0, State.DISABLED))
    with pytest.raises(Invalid):
        assignments.change(ports, ada, Change(CHAT, 0, State.ENDPOINT, "nowhere"))
