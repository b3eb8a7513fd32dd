"""What is shipped comes into the database once, again when it changed, and leaves alone what people added."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from app.domain.features import Column
from app.domain.listings import Basis, Level, ListedModel
from app.domain.proposals import Kind, ProposalDraft
from app.domain.roles import Actor
from app.domain.tiers import UNLISTED
from app.models.catalogue import HERE, SEED, CatalogueModel, Pairing
from app.queries import catalogue, catalogue_history
from app.queries.catalogue import Entry, Wanted
from app.services import catalogue_entries, catalogue_seed, comments, proposals, votes
from app.services.ports import Ports
from tests.data import gitlab_levels
from tests.fixtures.pages import row_counts
from tests.fixtures.statements import statements

MISTRAL = "Mistral Small 24B Instruct 2506"
CODESTRAL = "Codestral 22B v0.1"


def later(ports: Ports, models: Mapping[str, ListedModel], **changes: Any) -> Ports:
    """As if a later version of Modelport shipped these models."""
    facts = replace(ports.facts, models=models, revision=ports.facts.revision + 1, **changes)
    return replace(ports, facts=facts)


def without(ports: Ports, *names: str) -> Ports:
    """As if a version of Modelport did not ship these."""
    models = {name: model for name, model in ports.facts.models.items() if name not in names}
    return later(ports, models, hardware=tuple(each for each in ports.facts.hardware if each.name in models))


def entry_of(ports: Ports, model: str, host: str = "vllm") -> Entry:
    with ports.store.read() as session:
        slug = session.scalar(select(CatalogueModel.slug).where(CatalogueModel.name == model))
    found = catalogue.entry(ports.store, host, slug or "")
    assert found
    return found


def history(ports: Ports, entry: Entry) -> list[tuple[str, Mapping[str, Any]]]:
    return [(row.what, row.changes) for row in catalogue_history.page_of(ports.store, entry.id).rows]


@pytest.fixture
def seeded(ports: Ports) -> Ports:
    catalogue_seed.seed(ports)
    return ports


def test_seeding_twice_does_nothing_the_second_time(seeded: Ports) -> None:
    before = row_counts(seeded)
    with statements(seeded.store) as sent:
        assert catalogue_seed.seed(seeded) is False
    assert len(sent) == 1
    assert row_counts(seeded) == before
    assert before["catalogue_model"] == len(seeded.facts.models)
    assert before["entry_change"] == 0


def test_every_entry_is_found_by_its_name_and_maker(seeded: Ports) -> None:
    assert catalogue.find(seeded.store, Wanted(q="mistral small 24b vllm")).total == 1
    assert catalogue.find(seeded.store, Wanted(q="anthropic sonnet")).total > 0


def test_the_stored_levels_are_those_of_gitlabs_table(seeded: Ports) -> None:
    different = [
        (model, host)
        for model, levels, _ in gitlab_levels.rows()
        for host in seeded.facts.models[model].hosts
        if entry_of(seeded, model, host).levels != levels
    ]
    assert different == []


def test_a_later_list_changes_levels_and_says_so_in_the_history(seeded: Ports) -> None:
    lowered = replace(seeded.facts.models[MISTRAL], levels=dict.fromkeys(Column, Level.LIMITED))
    newer = later(seeded, {**seeded.facts.models, MISTRAL: lowered})
    before = entry_of(seeded, MISTRAL)
    assert catalogue_seed.seed(newer) is True
    after = entry_of(seeded, MISTRAL)
    assert (before.id, before.tier, after.tier) == (after.id, "supported", "compatible")
    ((what, changes),) = history(seeded, after)
    assert what == "levels"
    assert changes["chat"] == ["full", "limited"]
    assert changes["tier"] == ["supported", "compatible"]


def test_a_model_that_people_added_before_it_was_listed_keeps_its_address(ports: Ports, vi: Actor) -> None:
    older = without(ports, CODESTRAL)
    catalogue_seed.seed(older)
    with older.store.write() as session:
        own = CatalogueModel(
            slug="ours", name=CODESTRAL.upper(), name_key=CODESTRAL.casefold(), family="other", origin=HERE
        )
        session.add(own)
        session.flush()
        row = catalogue_entries.obtain(older, session, CODESTRAL, "vllm", "", "other")
        fp8 = catalogue_entries.obtain(older, session, CODESTRAL, "vllm", "FP8", "other")
    votes.vote(older, vi, row.id, "want", True)
    catalogue_seed.seed(ports)
    found = entry_of(ports, CODESTRAL)
    assert (found.id, found.slug, found.tier, found.votes, found.origin) == (row.id, "ours", "supported", 1, SEED)
    (quantised,) = catalogue.entries(ports.store, [fp8.id])
    assert (quantised.tier, quantised.origin) == ("other", HERE)


def test_what_is_listed_no_longer_goes_unless_people_spoke_of_it(seeded: Ports, vi: Actor) -> None:
    kept, gone = "Llama 3 8B", "Llama 3 70B"
    comments.add(seeded, vi, entry_of(seeded, kept).id, "It still serves us.")
    newer = without(seeded, kept, gone)
    catalogue_seed.seed(newer)
    assert catalogue_seed.seed(newer) is False
    found = entry_of(seeded, kept)
    assert (found.origin, found.tier, found.tier_reasons, found.levels["chat"]) == (
        HERE, "other", (UNLISTED,), "",
    )  # fmt: skip
    assert [what for what, _ in history(seeded, found)] == ["unlisted"]
    assert catalogue.find(seeded.store, Wanted(q="llama 3 70b vllm")).total == sum(
        name.startswith(("Llama 3.1 70B", "Llama 3.3 70B")) for name in newer.facts.models
    )


def test_an_entry_that_a_later_list_brings_says_so(ports: Ports) -> None:
    older = without(ports, CODESTRAL)
    catalogue_seed.seed(older)
    catalogue_seed.seed(ports)
    assert history(ports, entry_of(ports, CODESTRAL)) == [("listed", {})]


def correct(ports: Ports, actor: Actor, entry: Entry, **fields: Any) -> None:
    proposal_id = proposals.propose(ports, actor, ProposalDraft(Kind.CORRECTION, fields, entry.id))
    proposals.accept(ports, actor, proposal_id, None)


def test_a_correction_survives_later_lists_and_stays_told_apart(seeded: Ports, ada: Actor) -> None:
    entry = entry_of(seeded, MISTRAL)
    correct(seeded, ada, entry, context="64000", known_issues="Long answers stop.")
    catalogue_seed.seed(later(seeded, {**seeded.facts.models}))
    found = entry_of(seeded, MISTRAL)
    assert (found.context, found.details, found.tier) == (64000, {"known_issues": "Long answers stop."}, "supported")
    assert found.corrected["context"]["listed"] == entry.context
    assert found.corrected["context"]["by"] == "Ada Admin"


def test_a_correction_that_the_list_took_over_is_none_any_more(seeded: Ports, ada: Actor) -> None:
    correct(seeded, ada, entry_of(seeded, MISTRAL), context="64000")
    agreed = replace(seeded.facts.model_facts[MISTRAL], context=64000)
    newer = later(seeded, {**seeded.facts.models}, model_facts={**seeded.facts.model_facts, MISTRAL: agreed})
    catalogue_seed.seed(newer)
    found = entry_of(seeded, MISTRAL)
    assert (found.context, found.corrected) == (64000, {})


def test_a_host_that_is_derived_anew_gets_an_entry(seeded: Ports) -> None:
    wider = replace(seeded.facts.models[MISTRAL], hosts={**seeded.facts.models[MISTRAL].hosts, "sglang": Basis.DERIVED})
    catalogue_seed.seed(later(seeded, {**seeded.facts.models, MISTRAL: wider}))
    assert entry_of(seeded, MISTRAL, "sglang").tier == "supported"
    with seeded.store.read() as session:
        assert session.scalar(select(Pairing.rules_version).distinct()) == seeded.facts.revision + 1
