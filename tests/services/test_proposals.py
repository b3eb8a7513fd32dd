"""Proposals: made, asked about, answered, taken up or turned down."""

from typing import Any

import pytest

from app.domain.errors import Conflict, Duplicate, Invalid, NotFound, RoleMissing
from app.domain.proposals import Kind, ProposalDraft, State
from app.domain.roles import Actor
from app.domain.tiers import UNLISTED
from app.queries import catalogue, catalogue_history, catalogue_hosts
from app.queries import proposals as queries
from app.queries.catalogue import Entry, Wanted
from app.queries.proposals import ProposalRecord
from app.services import catalogue_seed, proposals, votes
from app.services.ports import Ports
from tests.fixtures.stock import audit_rows
from tests.fixtures.together import together

pytestmark = pytest.mark.seeded

GRANITE = {"model": "Granite 9 12B", "host": "vllm", "family": "other"}
LISTED = ("vllm", "mistral-small-24b-instruct-2506")


@pytest.fixture
def seeded(ports: Ports) -> Ports:
    catalogue_seed.seed(ports)
    return ports


def propose(ports: Ports, actor: Actor, kind: Kind = Kind.MODEL, pairing_id: str = "", **fields: Any) -> str:
    return proposals.propose(ports, actor, ProposalDraft(kind, fields or GRANITE, pairing_id))


def proposal(ports: Ports, proposal_id: str) -> ProposalRecord:
    found = queries.proposal(ports.store, proposal_id)
    assert found
    return found


def listed(ports: Ports) -> Entry:
    found = catalogue.entry(ports.store, *LISTED)
    assert found
    return found


def test_an_accepted_model_is_an_entry_with_all_that_was_said(seeded: Ports, ed: Actor, ada: Actor) -> None:
    more = {"maker": "IBM", "size": "12", "context": "128000", "hardware": "1 x H100", "answers": {"duo_chat": "works"}}
    proposal_id = propose(seeded, ed, **GRANITE | more)
    assert catalogue.find(seeded.store, Wanted(q="granite")).total == 0
    proposals.accept(seeded, ada, proposal_id, 1)
    (entry,) = catalogue.find(seeded.store, Wanted(q="ibm granite")).entries
    assert (entry.name, entry.size, entry.context, entry.estimated_memory) == ("Granite 9 12B", 12.0, 128000, 29)
    assert entry.details == {"hardware": "1 x H100", "answers": {"duo_chat": "works"}}
    assert (entry.tier, entry.tier_reasons) == ("other", (UNLISTED,))
    (line,) = catalogue_history.page_of(seeded.store, entry.id).rows
    assert (line.what, line.person_name, line.title) == ("added", "Ed Editor", "Granite 9 12B on vLLM")
    done = proposal(seeded, proposal_id)
    assert (done.state, done.decided_by, done.host, done.slug) == ("accepted", "Ada Admin", "vllm", "granite-9-12b")
    (row,) = audit_rows(seeded.store, "proposal:accept")
    assert row.changes["state"] == ["open", "accepted"]


def test_a_listed_model_on_another_host_keeps_its_facts(seeded: Ports, ed: Actor, ada: Actor) -> None:
    name = listed(seeded).name.upper()
    proposals.accept(
        seeded, ada, propose(seeded, ed, model=name, host="ollama", family="other", maker="Me", variant="Q4"), None
    )
    (entry,) = catalogue.find(seeded.store, Wanted(host="ollama")).entries
    assert (entry.name, entry.maker, entry.variant) == (listed(seeded).name, listed(seeded).maker, "Q4")
    assert entry.tier == "other"


@pytest.mark.parametrize("name", ["mistral small 24b instruct 2506", "Mistral-Small-24B_Instruct-2506"])
def test_what_the_catalogue_has_is_refused_and_offered(seeded: Ports, ed: Actor, name: str) -> None:
    with pytest.raises(Duplicate) as refused:
        propose(seeded, ed, model=name, host="vllm", family="mistral")
    assert (refused.value.host, refused.value.slug) == LISTED
    assert "/".join(LISTED) in refused.value.fields["model"][0]
    assert queries.open_count(seeded.store) == 0


def test_what_somebody_proposed_is_refused_and_offered(ports: Ports, ed: Actor, ada: Actor) -> None:
    first = propose(ports, ed)
    with pytest.raises(Duplicate) as refused:
        propose(ports, ada, **GRANITE | {"model": "granite-9 12b"})
    assert refused.value.proposal_id == first
    propose(ports, ada, **GRANITE | {"variant": "FP8"})
    proposals.decline(ports, ada, first, None, "Not now.")
    propose(ports, ada)


def test_what_came_in_meanwhile_is_not_taken_twice(ports: Ports, ed: Actor, ada: Actor) -> None:
    first = propose(ports, ed)
    second = propose(ports, ed, **GRANITE | {"variant": "FP8"})
    proposals.accept(ports, ada, first, None)
    proposals.accept(ports, ada, second, None)
    with pytest.raises(Conflict) as decided:
        proposals.accept(ports, ada, first, None)
    assert decided.value.theirs.state == "accepted"
    assert catalogue.find(ports.store, Wanted(q="granite")).total == 2


def test_an_accepted_platform_takes_models_and_reports(seeded: Ports, ed: Actor, ada: Actor) -> None:
    given = {"platform": "watsonx.ai", "seats": "500", "clouds": "IBM Cloud", "models_wanted": "Granite"}
    proposals.accept(seeded, ada, propose(seeded, ed, Kind.PLATFORM, **given), None)
    with pytest.raises(Duplicate) as refused:
        propose(seeded, ed, Kind.PLATFORM, platform="WatsonX AI")
    assert (refused.value.host, refused.value.slug) == ("watsonx-ai", "")
    proposals.accept(seeded, ada, propose(seeded, ed, **GRANITE | {"host": "watsonx-ai"}), None)
    (entry,) = catalogue.find(seeded.store, Wanted(host="watsonx-ai")).entries
    (line,) = catalogue_history.page_of(seeded.store, entry.id).rows
    assert line.title == "Granite 9 12B on watsonx.ai"
    (platform,) = catalogue_hosts.platforms(seeded.store)
    assert (platform.name, platform.details["seats"], platform.person_name) == ("watsonx.ai", 500, "Ed Editor")


@together("name", ["vLLM", "v-llm", "amazon bedrock"])
def test_a_platform_that_is_shipped_is_refused(ports: Ports, ed: Actor, name: str) -> None:
    with pytest.raises(Duplicate):
        propose(ports, ed, Kind.PLATFORM, platform=name)


def test_a_correction_shows_what_it_changes_and_leaves_levels_alone(seeded: Ports, ed: Actor, ada: Actor) -> None:
    before = listed(seeded)
    fields = {"context": "64000", "known_issues": "Long answers stop.", "maker": before.maker}
    proposal_id = propose(seeded, ed, Kind.CORRECTION, before.id, **fields)
    found = proposal(seeded, proposal_id)
    assert [(each.name, each.before, each.now, each.after) for each in queries.changes(seeded.store, found)] == [
        ("context", before.context, before.context, 64000),
        ("known_issues", None, None, "Long answers stop."),
    ]
    proposals.accept(seeded, ada, proposal_id, 1)
    after = listed(seeded)
    assert (after.context, after.details) == (64000, {"known_issues": "Long answers stop."})
    assert (after.levels, after.tier, after.tier_reasons) == (before.levels, before.tier, before.tier_reasons)
    assert after.corrected["context"]["listed"] == before.context
    (line,) = catalogue_history.page_of(seeded.store, after.id).rows
    assert (line.what, line.person_name) == ("corrected", "Ed Editor")
    assert line.changes["context"] == [before.context, 64000]


def test_a_correction_of_what_people_added_changes_the_fact_itself(ports: Ports, ed: Actor, ada: Actor) -> None:
    proposals.accept(ports, ada, propose(ports, ed, **GRANITE | {"maker": "IBN", "hardware": "1 x L4"}), None)
    (entry,) = catalogue.find(ports.store, Wanted(q="granite")).entries
    corrected = propose(ports, ed, Kind.CORRECTION, entry.id, maker="IBM", hardware="", family="llama3")
    proposals.accept(ports, ada, corrected, None)
    (entry,) = catalogue.find(ports.store, Wanted(q="ibm llama")).entries
    assert (entry.maker, entry.family, entry.details, entry.corrected) == ("IBM", "llama3", {}, {})


def test_a_correction_of_nothing_or_of_no_entry_is_refused(seeded: Ports, ed: Actor) -> None:
    entry = listed(seeded)
    with pytest.raises(Invalid):
        propose(seeded, ed, Kind.CORRECTION, entry.id, maker=entry.maker)
    with pytest.raises(NotFound):
        propose(seeded, ed, Kind.CORRECTION, "nowhere", maker="Me")


def test_a_question_goes_to_the_author_and_the_answer_opens_it_again(ports: Ports, ed: Actor, ada: Actor) -> None:
    proposal_id = propose(ports, ed)
    proposals.ask(ports, ada, proposal_id, 1, "Which quantisation?")
    assert queries.unseen(ports.store, ed.key) == 1
    with pytest.raises(NotFound):
        proposals.answer(ports, ada, proposal_id, None, "FP8")
    proposals.mark_seen(ports, ed)
    assert queries.unseen(ports.store, ed.key) == 0
    proposals.answer(ports, ed, proposal_id, 2, "None at all.")
    found = proposal(ports, proposal_id)
    assert (found.state, found.reason, found.answer, found.version) == (
        "open", "Which quantisation?", "None at all.", 3,
    )  # fmt: skip
    with pytest.raises(Conflict):
        proposals.answer(ports, ed, proposal_id, None, "Once more.")


def test_the_author_is_told_of_a_decision_once(ports: Ports, ed: Actor, ada: Actor) -> None:
    proposal_id = propose(ports, ed)
    assert queries.unseen(ports.store, ed.key) == 0
    proposals.decline(ports, ada, proposal_id, 1, "It is not served anywhere.")
    assert (queries.unseen(ports.store, ed.key), queries.unseen(ports.store, ada.key)) == (1, 0)
    (mine,) = queries.mine(ports.store, ed.key).rows
    assert (mine.state, mine.reason, mine.decided_by) == ("declined", "It is not served anywhere.", "Ada Admin")
    proposals.mark_seen(ports, ed)
    assert queries.unseen(ports.store, ed.key) == 0
    assert proposal(ports, proposal_id).version == 2


def test_only_admins_decide_and_only_what_they_saw(ports: Ports, ed: Actor, vi: Actor, ada: Actor) -> None:
    proposal_id = propose(ports, ed)
    with pytest.raises(RoleMissing):
        proposals.accept(ports, ed, proposal_id, 1)
    with pytest.raises(RoleMissing):
        proposals.decline(ports, vi, proposal_id, 1, "No.")
    with pytest.raises(Invalid):
        proposals.decline(ports, ada, proposal_id, 1, " ")
    proposals.ask(ports, ada, proposal_id, 1, "Which one?")
    with pytest.raises(Conflict) as stale:
        proposals.accept(ports, ada, proposal_id, 1)
    assert stale.value.theirs.reason == "Which one?"
    with pytest.raises(NotFound):
        proposals.accept(ports, ada, "nowhere", None)


def test_the_queue_has_what_most_people_voted_for_first_and_then_the_oldest(
    seeded: Ports, ed: Actor, vi: Actor, ada: Actor
) -> None:
    entry = listed(seeded)
    names = [propose(seeded, ed, **GRANITE | {"model": f"Model {number}"}) for number in range(3)]
    wanted = propose(seeded, ed, Kind.CORRECTION, entry.id, maker="Mistral")
    votes.vote(seeded, vi, entry.id, "want", True)
    proposals.ask(seeded, ada, names[1], None, "Which one?")
    first = queries.queue(seeded.store, size=2)
    second = queries.queue(seeded.store, cursor=first.next, size=2)
    assert [row.id for row in (*first.rows, *second.rows)] == [wanted, names[0], names[2]]
    assert first.rows[0].votes == 1
    assert [row.id for row in queries.queue(seeded.store, State.ASKED).rows] == [names[1]]
    assert queries.open_count(seeded.store) == 3
