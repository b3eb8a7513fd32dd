"""What waits for moderators: on the page of its own and on the overview."""

import pytest

from app.domain.proposals import Kind, ProposalDraft
from app.domain.roles import Actor
from app.queries import comments as queries
from app.services import comments, proposals
from app.services.ports import Ports
from tests.fixtures.catalogue import MISTRAL, entry, report_elsewhere, shelf
from tests.fixtures.pages import Page
from tests.fixtures.portal import OpenWindow, Window
from tests.fixtures.statements import statements
from tests.fixtures.stock import add_endpoint

pytestmark = pytest.mark.seeded


@pytest.fixture
def window(window_of: OpenWindow, ports: Ports, ada: Actor) -> Window:
    shelf(ports)
    return window_of(ada)


def flagged(ports: Ports, author: Actor, reader: Actor, text: str = "Buy <b>pills") -> str:
    comment_id = comments.add(ports, author, entry(ports, MISTRAL).id, text)
    comments.flag(ports, reader, comment_id, wanted=True)
    return comment_id


def proposed(ports: Ports, actor: Actor, name: str = "Granite 9 12B") -> str:
    return proposals.propose(
        ports, actor, ProposalDraft(Kind.MODEL, {"model": name, "host": "vllm", "family": "other"})
    )


def test_all_that_waits_is_on_one_page(window: Window, ports: Ports, ed: Actor, vi: Actor) -> None:
    comment_id = flagged(ports, ed, vi)
    proposed(ports, ed)
    report_elsewhere(ports, entry(ports, MISTRAL).id, "notes")
    words = Page(window.get("/catalogue/moderation")).words("moderation")
    assert "1 proposal waits for a decision." in words
    assert "Ed Editor on Mistral Small 24B Instruct 2506 on vLLM" in words
    assert "Buy <b>pills" in words
    assert "Northwind 0" in words
    assert f"#comment-{comment_id}" in window.get("/catalogue/moderation").text


def test_a_flagged_comment_is_left_or_removed(window: Window, ports: Ports, ed: Actor, vi: Actor) -> None:
    left, removed = flagged(ports, ed, vi, "Harmless"), flagged(ports, ed, vi, "Harmful")
    window.post(f"/catalogue/moderation/comments/{left}/dismiss")
    window.post(f"/catalogue/moderation/comments/{removed}/remove", fragment=True)
    assert queries.flagged_count(ports.store) == 0
    texts = {each.text for each in queries.page_of(ports.store, entry(ports, MISTRAL).id).rows}
    assert texts == {"Harmless", ""}
    assert window.post(f"/catalogue/moderation/comments/{removed}/dismiss").status_code == 404


def test_flagged_comments_past_the_first_page_are_reached(
    window: Window, ports: Ports, ed: Actor, vi: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comments.rules, "PER_MINUTE", 100)
    ids = [flagged(ports, ed, vi, f"Comment {number}") for number in range(queries.PAGE + 2)]
    first = window.get("/catalogue/moderation").text
    (later,) = [each for each in Page(first).links() if "flagged=" in each]
    second = window.get(later).text
    shown = [[each for each in ids if f'id="flagged-{each}"' in text] for text in (first, second)]
    assert [len(each) for each in shown] == [queries.PAGE, 2]
    assert set(shown[0] + shown[1]) == set(ids)
    assert "flagged=" not in second


def test_a_refused_report_counts_no_more(window: Window, ports: Ports) -> None:
    report_elsewhere(ports, entry(ports, MISTRAL).id)
    page = Page(window.get("/catalogue/moderation"))
    act = next(each for each in page.links() if each.endswith("/refuse"))
    answer = window.post(act, fragment=True)
    assert "There is no report yet." in answer.text
    assert entry(ports, MISTRAL).reports == 0
    history = window.get("/catalogue/vllm/mistral-small-24b-instruct-2506/history").text
    assert "A report was refused" in history


def test_the_overview_says_what_waits(window: Window, ports: Ports, ed: Actor, vi: Actor) -> None:
    add_endpoint(ports, ed)
    assert "proposal" not in Page(window.get("/")).words("attention")
    proposed(ports, ed)
    proposed(ports, ed, "Granite 10")
    flagged(ports, ed, vi)
    page = Page(window.get("/"))
    assert "2 proposals wait" in page.words("attention")
    assert "1 comment was flagged" in page.words("attention")
    assert {"/catalogue/moderation", "/catalogue/proposals"} <= set(page.links())


def test_the_overview_says_news_of_ones_own_proposals_and_nothing_of_others(
    window_of: OpenWindow, ports: Ports, ada: Actor, ed: Actor
) -> None:
    shelf(ports)
    add_endpoint(ports, ed)
    editor, waits = window_of(ed), proposed(ports, ada)
    assert "proposal" not in Page(editor.get("/")).words("attention")
    proposals.decline(ports, ada, proposed(ports, ed, "Granite 10"), None, "No.")
    proposals.accept(ports, ada, waits, None)
    assert "1 of your proposals has news" in Page(editor.get("/")).words("attention")
    page = Page(editor.get("/catalogue/proposals"))
    assert "1 of your proposals has news" in Page(editor.get("/")).words("attention"), "a look changes nothing"
    assert page.by_id("seen").attrib["action"] == "/catalogue/proposals/seen"
    assert editor.post("/catalogue/proposals/seen", fragment=True).status_code == 204
    assert 'id="seen"' not in editor.get("/catalogue/proposals").text
    assert "proposal" not in Page(editor.get("/")).words("attention")


def test_only_admins_moderate(window_of: OpenWindow, ports: Ports, ed: Actor, vi: Actor) -> None:
    shelf(ports)
    comment_id, editor = flagged(ports, ed, vi), window_of(ed)
    assert editor.get("/catalogue/moderation").status_code == 403
    for act in ("dismiss", "remove"):
        assert editor.post(f"/catalogue/moderation/comments/{comment_id}/{act}").status_code == 403
    assert editor.post("/catalogue/moderation/reports/no/refuse").status_code == 403
    assert queries.flagged_count(ports.store) == 1
    assert "Moderation" not in editor.get("/catalogue").text


def test_more_of_everything_takes_no_more_statements(window: Window, ports: Ports, ed: Actor, vi: Actor) -> None:
    with statements(ports.store) as few:
        window.get("/catalogue/moderation")
    for number in range(4):
        flagged(ports, ed, vi, f"Comment {number}")
    report_elsewhere(ports, entry(ports, MISTRAL).id, number=30)
    with statements(ports.store) as many:
        page = Page(window.get("/catalogue/moderation"))
    assert len(many) == len(few)
    older = next(each for each in page.links() if "after=" in each)
    assert len([each for each in Page(window.get(older)).links() if each.endswith("/refuse")]) == 5
