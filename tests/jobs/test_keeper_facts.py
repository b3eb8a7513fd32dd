"""What was worked out from the facts is brought up to date by a process that serves."""

from sqlalchemy import update

from app.jobs.keeper import Keeper, bring_up_to_date
from app.models.catalogue import Pairing
from app.models.endpoint import Standing
from app.queries import catalogue, catalogue_hosts
from app.services import switchboard
from app.services.retention import Kept
from tests.fakes.lab import Lab
from tests.fixtures.catalogue import MISTRAL
from tests.fixtures.statements import statements
from tests.fixtures.stock import add_endpoint


def test_the_first_turn_fills_the_catalogue_and_mends_what_other_facts_left(lab: Lab) -> None:
    endpoint_id = add_endpoint(lab.ports, lab.person)
    with lab.ports.store.write() as session:
        session.execute(
            update(Standing).where(Standing.endpoint_id == endpoint_id).values(rules_version=1, tier="other")
        )
    Keeper(switchboard.of(lab.ports), Kept(usage=400, probes=180)).turn()
    assert catalogue_hosts.surroundings(lab.ports.store, lab.ports.facts).entries == 61
    with lab.ports.store.read() as session:
        tier = session.get(Standing, (endpoint_id, "duo_chat"))
        assert tier
        assert tier.tier == "supported"


def test_other_facts_are_taken_over_at_the_next_start(lab: Lab) -> None:
    Keeper(switchboard.of(lab.ports), Kept(usage=400, probes=180)).turn()
    with lab.ports.store.write() as session:
        session.execute(update(Pairing).values(rules_version=1, tier="other", tier_rank=0))
    Keeper(switchboard.of(lab.ports), Kept(usage=400, probes=180)).turn()
    found = catalogue.entry(lab.ports.store, *MISTRAL)
    assert found
    assert found.tier == "supported"


def test_while_nothing_changed_it_takes_two_statements(lab: Lab) -> None:
    bring_up_to_date(lab.ports)
    with statements(lab.ports.store) as sent:
        bring_up_to_date(lab.ports)
    assert len(sent) == 2
