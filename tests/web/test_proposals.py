"""Proposals through the pages: made, corrected, asked about, answered, taken up, turned down."""

from typing import Any

import pytest

from app.domain.proposals import Kind, ProposalDraft
from app.domain.roles import Actor
from app.queries import proposals as queries
from app.queries.proposals import ProposalRecord
from app.services import catalogue_entries
from app.services import proposals as service
from app.services.ports import Ports
from tests.fixtures.catalogue import MISTRAL, entry, shelf
from tests.fixtures.pages import Page, row_counts
from tests.fixtures.portal import OpenWindow, Window
from tests.fixtures.statements import statements

pytestmark = pytest.mark.seeded

GRANITE: dict[str, Any] = {"kind": "model", "model": "Granite 9 12B", "host": "vllm", "family": "other"}
ADDRESS = "/catalogue/vllm/mistral-small-24b-instruct-2506"


@pytest.fixture(autouse=True)
def _shelf(ports: Ports) -> None:
    shelf(ports)


@pytest.fixture
def window(window_of: OpenWindow, ed: Actor) -> Window:
    return window_of(ed)


@pytest.fixture
def admin(window_of: OpenWindow, ada: Actor) -> Window:
    return window_of(ada)


def sent(page: Page) -> dict[str, str]:
    """What a browser would send of the form."""
    names = {each.get("name", "") for each in page.by_id("propose").iter() if each.get("name")} - {"csrf_token"}
    values = {name: page.value(name) for name in names}
    return {name: value for name, value in values.items() if value or name.startswith("seen_")}


def propose(ports: Ports, actor: Actor, **fields: Any) -> str:
    given = {"model": "Granite 9 12B", "host": "vllm", "family": "other", **fields}
    return service.propose(ports, actor, ProposalDraft(Kind.MODEL, given))


def correct(ports: Ports, actor: Actor, **fields: Any) -> str:
    return service.propose(ports, actor, ProposalDraft(Kind.CORRECTION, fields, entry(ports, MISTRAL).id))


def stored(ports: Ports, proposal_id: str = "") -> ProposalRecord:
    found = queries.proposal(ports.store, proposal_id) if proposal_id else queries.queue(ports.store).rows[0]
    assert found
    return found


def test_an_editor_proposes_a_model_and_finds_it_among_the_own(window: Window, ports: Ports) -> None:
    assert "/catalogue/propose?kind=model" in Page(window.get("/catalogue")).links()
    form = sent(Page(window.get("/catalogue/propose?kind=model")))
    more = {"size": "12", "answer_duo_chat": "works", "air_gapped": "y"}
    answer = window.post("/catalogue/propose", data={**form, **GRANITE, **more})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/catalogue/proposals?show=mine&said=proposed")
    assert stored(ports).fields == {
        "model": "Granite 9 12B", "host": "vllm", "family": "other", "size": 12.0, "air_gapped": True,
        "answers": {"duo_chat": "works"},
    }  # fmt: skip
    page = Page(window.get(answer.headers["Location"]))
    assert "Granite 9 12B on vLLM" in page.words("proposals")
    assert "Waits for a moderator" in page.words("proposals")
    assert page.words("toasts") == "Your proposal waits for a moderator."


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"model": " "}, "model", "Fill this in."),
        ({"host": "abacus"}, "host", "Choose one of those offered."),
        ({"size": "big"}, "size", "Type a number"),
        ({"context": "1.5"}, "context", "whole number"),
        ({"evidence": "with sk-abcdefgh1234"}, "evidence", "Leave out the key"),
        ({"answer_duo_chat": "perhaps"}, "answers", "works, notes or fails"),
        ({"maker": "x" * 121}, "maker", "Use 120 characters"),
    ],
)
def test_bad_input_is_told_at_its_field_keeps_the_rest_and_stores_nothing(
    window: Window, ports: Ports, values: dict[str, str], field: str, words: str
) -> None:
    before = row_counts(ports)
    answer = window.post("/catalogue/propose", data={**GRANITE, "licence": "Apache <b>2.0", **values})
    page = Page(answer)
    assert answer.status_code == 422
    assert words in page.error(field)
    assert page.value("licence") == "Apache <b>2.0"
    assert page.value("evidence") == values.get("evidence", "")
    assert row_counts(ports) == before


def test_what_is_there_already_is_offered(window: Window) -> None:
    model = {**GRANITE, "model": "mistral small 24B instruct 2506"}
    answer = window.post("/catalogue/propose", data=model)
    assert answer.status_code == 422
    assert ADDRESS in Page(answer).links()
    platform = Page(window.post("/catalogue/propose", data={"kind": "platform", "platform": "VLLM"}))
    assert "/catalogue?host=vllm" in platform.links()
    assert "The catalogue has it as vLLM" in platform.error("platform")


def test_what_somebody_proposed_is_not_proposed_again(window: Window, ports: Ports, ada: Actor) -> None:
    propose(ports, ada)
    page = Page(window.post("/catalogue/propose", data=GRANITE))
    assert "Ada Admin proposed it already" in page.error("model")


def test_a_correction_proposes_what_was_changed_and_no_more(window: Window, ports: Ports) -> None:
    there = f"/catalogue/propose?kind=correction&entry={entry(ports, MISTRAL).id}"
    assert there in Page(window.get(ADDRESS)).links()
    form = Page(window.get(there))
    assert form.value("size") == "24"
    window.post("/catalogue/propose", data={**sent(form), "size": "23.6", "known_issues": "Slow.\r\nSometimes."})
    assert stored(ports).fields == {"size": 23.6, "known_issues": "Slow.\nSometimes."}


def test_a_correction_that_changes_nothing_is_refused(window: Window, ports: Ports) -> None:
    form = Page(window.get(f"/catalogue/propose?kind=correction&entry={entry(ports, MISTRAL).id}"))
    answer = window.post("/catalogue/propose", data=sent(form))
    assert answer.status_code == 422
    assert "Change at least one value" in answer.text


def test_what_somebody_else_put_right_meanwhile_is_not_proposed_back(window: Window, ports: Ports, ada: Actor) -> None:
    form = sent(Page(window.get(f"/catalogue/propose?kind=correction&entry={entry(ports, MISTRAL).id}")))
    service.accept(ports, ada, correct(ports, ada, size="22"), None)
    window.post("/catalogue/propose", data={**form, "licence": "MIT"})
    assert stored(ports).fields == {"licence": "MIT"}


def test_a_moderator_sees_the_difference_and_what_moved_since(
    admin: Window, ports: Ports, ed: Actor, ada: Actor
) -> None:
    proposal_id = correct(ports, ed, size="23", licence="<b>MIT")
    service.accept(ports, ada, correct(ports, ed, size="25"), None)
    page = Page(admin.get("/catalogue/proposals"))
    words = page.words(f"proposal-{proposal_id}")
    assert "Parameters, in billions 24 25 Changed since 23" in words
    assert "<b>MIT" in words


def test_accepted_the_entry_is_there_and_the_author_reads_it(
    admin: Window, window: Window, ports: Ports, ed: Actor
) -> None:
    proposal_id = propose(ports, ed)
    answer = admin.post(f"/catalogue/proposals/{proposal_id}/accept", data={"version": "1"})
    assert answer.headers["Location"] == "/catalogue/proposals?said=accepted"
    page = Page(window.get("/catalogue/proposals"))
    assert "/catalogue/vllm/granite-9-12b" in page.links()
    assert "News" in page.words(f"proposal-{proposal_id}")
    window.post("/catalogue/proposals/seen")
    assert "News" not in Page(window.get("/catalogue/proposals")).words(f"proposal-{proposal_id}")
    assert window.get("/catalogue/vllm/granite-9-12b/history").status_code == 200


def test_asked_answered_and_declined_with_words(admin: Window, window: Window, ports: Ports, ed: Actor) -> None:
    there = f"/catalogue/proposals/{propose(ports, ed)}"
    assert admin.get(f"{there}/ask").status_code == 200
    admin.post(f"{there}/ask", data={"version": "1", "text": "Which <b>GPU?"})
    page = window.get("/catalogue/proposals").text
    assert "Which &lt;b&gt;GPU?" in page
    assert "Which &lt;b&gt;GPU?" in window.get(f"{there}/answer").text
    window.post(f"{there}/answer", data={"version": "2", "text": "An L40S."})
    assert "An L40S." in admin.get("/catalogue/proposals").text
    admin.post(f"{there}/decline", data={"version": "3", "text": "Too slow."}, fragment=True)
    assert "Too slow." in window.get("/catalogue/proposals").text


@pytest.mark.parametrize("act", ["ask", "decline"])
def test_an_empty_sentence_is_told_at_its_field(admin: Window, ports: Ports, ed: Actor, act: str) -> None:
    answer = admin.post(f"/catalogue/proposals/{propose(ports, ed)}/{act}", data={"version": "1", "text": " "})
    assert (answer.status_code, Page(answer).error("text")) == (422, "Write a sentence.")


def test_two_moderators_at_once_the_second_reads_what_the_first_did(
    admin: Window, ports: Ports, ed: Actor, ada: Actor
) -> None:
    proposal_id = propose(ports, ed)
    service.decline(ports, ada, proposal_id, 1, "Not now.")
    answer = admin.post(f"/catalogue/proposals/{proposal_id}/ask", data={"version": "1", "text": "Why?"}, fragment=True)
    assert answer.status_code == 409
    assert "declined by Ada Admin. Not now." in answer.text
    assert Page(answer).value("text") == "Why?"
    late = admin.post(f"/catalogue/proposals/{proposal_id}/accept", data={"version": "1"})
    assert late.status_code == 409
    assert "Somebody else changed this proposal meanwhile." in late.text
    assert stored(ports, proposal_id).state == "declined"


def test_one_that_came_into_the_catalogue_meanwhile_is_not_accepted_twice(
    admin: Window, ports: Ports, ed: Actor, ada: Actor
) -> None:
    first = propose(ports, ed)
    service.ask(ports, ada, first, None, "Sure?")
    with ports.store.write() as session:
        catalogue_entries.obtain(ports, session, "Granite 9 12B", "vllm", "", "other")
    answer = admin.post(f"/catalogue/proposals/{first}/accept", data={"version": "2"}, fragment=True)
    assert answer.status_code == 422
    assert "/catalogue/vllm/granite-9-12b" in Page(answer).links()


def test_a_viewer_and_a_stranger_to_a_proposal_may_not(
    window_of: OpenWindow, window: Window, ports: Ports, vi: Actor, ada: Actor
) -> None:
    viewer, there = window_of(vi), f"/catalogue/proposals/{propose(ports, ada)}"
    assert viewer.get("/catalogue/propose").status_code == 403
    assert viewer.post("/catalogue/propose", data=GRANITE).status_code == 403
    assert "Propose a model" not in viewer.get("/catalogue").text
    assert "Correct this" not in viewer.get(ADDRESS).text
    assert window.get(f"{there}/answer").status_code == 404
    for act in ("accept", "ask", "decline"):
        assert window.post(f"{there}/{act}", data={"text": "No."}).status_code == 403
    assert "Granite" not in window.get("/catalogue/proposals?show=open").text


def test_a_longer_queue_takes_no_more_statements(admin: Window, ports: Ports, ed: Actor) -> None:
    correct(ports, ed, size="1")
    with statements(ports.store) as few:
        admin.get("/catalogue/proposals")
    for number in range(2, 8):
        correct(ports, ed, size=str(number))
    with statements(ports.store) as many:
        assert "7 " in Page(admin.get("/catalogue/proposals")).words("proposals")
    assert len(many) == len(few)
