"""The first page."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import update

from app.domain.roles import Actor
from app.models.endpoint import Endpoint
from app.queries.overview import Certificate
from app.services import assignments
from app.services.assignments import Change, State
from app.services.ports import Ports
from app.web.overview_pages import listed
from tests.fixtures.pages import Page
from tests.fixtures.portal import OpenWindow
from tests.fixtures.statements import statements
from tests.fixtures.stock import UNLISTED, add_endpoint, assign, judge, note_change, rest


def test_a_new_portal_leads_through_its_first_steps(window_of: OpenWindow, ports: Ports, ada: Actor) -> None:
    window = window_of(ada)
    page = window.get("/").text
    assert "<h1>Welcome to Modelport</h1>" in page
    assert "1 of 5 done" in page
    assert 'href="/endpoints/new"' in page
    chosen = add_endpoint(ports, ada)
    assert "2 of 5 done" in window.get("/").text
    judge(ports, chosen, "passed")
    assert "3 of 5 done" in window.get("/").text
    assign(ports, ada, "duo_chat", chosen)
    assert "<h1>Overview</h1>" in window.get("/").text


def test_a_viewer_is_told_which_role_a_step_needs(window_of: OpenWindow, vi: Actor) -> None:
    page = window_of(vi).get("/").text
    assert "This needs the role editor." in page
    assert 'href="/endpoints/new"' not in page


def test_tiles_and_bars_count_features_and_endpoints(window_of: OpenWindow, ports: Ports, ada: Actor) -> None:
    good, bad = add_endpoint(ports, ada, "good"), add_endpoint(ports, ada, "bad", **UNLISTED)
    judge(ports, good, "passed")
    judge(ports, bad, "failed")
    assign(ports, ada, "code_completions", good)
    assign(ports, ada, "code_generations", bad)
    assignments.change(ports, ada, Change("duo_chat", 0, State.DISABLED))
    page = window_of(ada).get("/").text
    tiles = dict(re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)<small>", page))
    assert tiles == {
        "Features with a model": "2 of 18",
        "Features that answer": "1",
        "On supported models": "1 of 2",
        "Endpoints passing": "1 of 2",
    }
    assert re.search(r"Code Suggestions</a>.*?1 passed, 1 failed<", page, re.DOTALL)


def test_what_needs_attention_comes_with_the_way_to_its_cure(window_of: OpenWindow, ports: Ports, ada: Actor) -> None:
    bad, old = add_endpoint(ports, ada, "bad"), add_endpoint(ports, ada, "old")
    add_endpoint(ports, ada, "new")
    judge(ports, bad, "failed")
    judge(ports, old, "passed", days=31)
    assign(ports, ada, "duo_chat", bad)
    page = window_of(ada).get("/").text
    for title, cure in (
        ("bad failed its last test", f"/endpoints/{bad}"),
        ("17 features have no model", "/features?state=unassigned"),
        ("1 endpoint not tested", "/endpoints?verdict=untested"),
        ("1 endpoint last tested over 30 days ago", "/endpoints?sort=tested"),
    ):
        assert re.search(rf'<b>{title}</b>.*?href="{re.escape(cure)}"', page, re.DOTALL), title
    assert "General Chat relies on it." in page


def test_what_began_to_fail_stands_on_top_of_what_needs_attention(
    window_of: OpenWindow, ports: Ports, ada: Actor
) -> None:
    for name in ("always bad", "good until now"):
        judge(ports, add_endpoint(ports, ada, name), "failed")
    lately = add_endpoint(ports, ada, "good until yesterday")
    judge(ports, lately, "failed", days=1)
    note_change(ports, lately, "passed", "failed", days=1, summary="The key was refused.")
    assign(ports, ada, "duo_chat", lately)
    page = Page(window_of(ada).get("/"))
    told = page.words("attention")
    assert told.index("good until yesterday began to fail yesterday") < told.index("good until now failed its last")
    assert "always bad failed its last test" in told
    assert "good until yesterday failed" not in told


def test_changes_of_a_week_are_told_newest_first(window_of: OpenWindow, ports: Ports, ada: Actor) -> None:
    mended, broken = add_endpoint(ports, ada, "mended"), add_endpoint(ports, ada, "broken")
    assign(ports, ada, "duo_chat", broken)
    judge(ports, mended, "passed")
    judge(ports, broken, "failed", days=2)
    note_change(ports, broken, "passed", "failed", days=2, summary="Nothing listens there.")
    for _ in range(2):
        note_change(ports, mended, "failed", "passed", days=1, summary="7 steps passed.")
    told = Page(window_of(ada).get("/")).words("changes")
    assert re.search(
        r"7 days mended Failed → became Passed yesterday 7 steps passed\. Changed 2 times\. "
        r"broken Passed → became Failed 2 days ago Nothing listens there\. Serves General Chat\.",
        told,
    ), told


def test_a_week_without_changes_says_so(window_of: OpenWindow, ports: Ports, ada: Actor) -> None:
    assign(ports, ada, "duo_chat", add_endpoint(ports, ada))
    assert "none had to rest" in Page(window_of(ada).get("/")).words("changes")


def test_nobody_is_offered_what_their_role_may_not_do(
    window_of: OpenWindow, ports: Ports, ada: Actor, vi: Actor
) -> None:
    assign(ports, ada, "duo_chat", add_endpoint(ports, ada))
    page = window_of(vi).get("/").text
    assert "17 features have no model" in page
    assert "Choose models" not in page
    assert "Test now" not in page


def test_keys_that_no_key_of_the_ring_opens_are_said(window_of: OpenWindow, ports: Ports, ada: Actor) -> None:
    chosen = add_endpoint(ports, ada, api_key="sk-of-the-tests")
    assert "cannot be read" not in window_of(ada).get("/").text
    with ports.store.write() as session:
        session.execute(update(Endpoint).where(Endpoint.id == chosen).values(api_key="v1:00000000:AAAA"))
    assert "1 stored API key cannot be read" in window_of(ada).get("/").text


def test_an_assignment_whose_notice_is_due_again_is_said(window_of: OpenWindow, ports: Ports, ada: Actor) -> None:
    chosen = add_endpoint(ports, ada, **UNLISTED)
    assign(ports, ada, "duo_chat", chosen)
    with ports.store.write() as session:
        session.execute(update(Endpoint).where(Endpoint.id == chosen).values(server="ollama"))
    assert re.search(
        r'1 assignment has to be taken note of again.*?href="/features#duo_chat"',
        window_of(ada).get("/").text,
        re.DOTALL,
    )


def test_a_certificate_that_ends_soon_is_said(
    window_of: OpenWindow, ports: Ports, ada: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_endpoint(ports, ada)
    now = ports.clock()
    found = (Certificate("e1", "Mistral", now + timedelta(days=3)), Certificate("e2", "Old", now - timedelta(days=3)))
    monkeypatch.setattr("app.queries.overview.ending_certificates", lambda *_: found)
    page = window_of(ada).get("/").text
    assert "The certificate of Mistral ends on" in page
    assert "The certificate of Old ended on" in page


def test_the_page_takes_thirteen_statements_however_much_there_is(
    window_of: OpenWindow, ports: Ports, ada: Actor
) -> None:
    for number in range(12):
        chosen = add_endpoint(ports, ada, f"endpoint {number}", **UNLISTED)
        judge(ports, chosen, "failed")
        note_change(ports, chosen, "passed", "failed")
        rest(ports, chosen)
        assign(ports, ada, list(ports.facts.features)[number], chosen)
    window = window_of(ada)
    with statements(ports.store) as sent:
        page = window.get("/").text
    assert "7 more endpoints failed" in page
    assert len(sent) == 13, sent


def test_a_name_full_of_markup_stays_text(window_of: OpenWindow, ports: Ports, ada: Actor) -> None:
    chosen = add_endpoint(ports, ada, "<img src=x onerror=alert(1)>")
    judge(ports, chosen, "failed")
    note_change(ports, chosen, "passed", "failed", summary="<img src=x>")
    assign(ports, ada, "duo_chat", chosen)
    assert "<img" not in window_of(ada).get("/").text


@pytest.mark.parametrize(
    ("titles", "words"),
    [("", ""), ("A", "A"), ("AB", "A and B"), ("ABC", "A, B and C"), ("ABCDE", "A, B, C and 2 more")],
)
def test_titles_are_listed_as_people_write_them(titles: str, words: str) -> None:
    assert listed(titles) == words
