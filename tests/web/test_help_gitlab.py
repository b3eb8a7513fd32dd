"""The page of what goes wrong in GitLab."""

import re

import pytest

from app.data.loader import Facts
from app.domain.roles import Actor
from tests.fixtures.pages import Page
from tests.fixtures.portal import OpenWindow

MARKUP = '"><script>alert(1)</script>{{ 7*7 }}'


def shown(text: str) -> list[str]:
    return re.findall(r'</summary>\s*<div id="([\w-]+)">', text)


def test_every_symptom_stands_in_its_group_under_its_anchor(window_of: OpenWindow, facts: Facts, vi: Actor) -> None:
    answer = window_of(vi).get("/help/gitlab")
    page = Page(answer)
    assert sorted(shown(answer.text)) == sorted(facts.symptoms.rows)
    for group, rows in facts.symptoms.by_group():
        inside = page.words(f"part-{group.slug}")
        assert all(" ".join(row.symptom.split()) in inside for row in rows)
    assert '<details class="mp-fold" open>' not in answer.text


def test_help_leads_to_it(window_of: OpenWindow, vi: Actor) -> None:
    assert "/help/gitlab" in Page(window_of(vi).get("/help")).links()


def test_a_symptom_says_all_that_is_known_of_it(window_of: OpenWindow, facts: Facts, vi: Actor) -> None:
    row = facts.symptoms.rows["model-server-refuses-key"]
    words = Page(window_of(vi).get("/help/gitlab")).words(row.slug)
    said = [facts.remedies.explain(code).message for code in row.codes]
    for text in (row.cause, *row.remedy, *row.says, *said, "Partly our own reading.", row.source.title):
        assert text in words


def test_a_search_shows_what_matches_the_best_first_and_a_few_open(window_of: OpenWindow, vi: Actor) -> None:
    window = window_of(vi)
    many, one = window.get("/help/gitlab?q=timeout").text, window.get("/help/gitlab?q=A1003").text
    assert shown(many)[0] == "a1000-time-out"
    assert "4 of 38 symptoms" in many
    assert shown(one) == ["a1003-stream-failed"]
    assert (many.count('<details class="mp-fold" open>'), one.count('<details class="mp-fold" open>')) == (0, 1)
    assert Page(one).value("q") == "A1003"


def test_htmx_is_given_the_list_and_a_browser_the_page(window_of: OpenWindow, vi: Actor) -> None:
    window = window_of(vi)
    part, page = window.get("/help/gitlab?q=A1003", fragment=True), window.get("/help/gitlab?q=A1003")
    assert part.text.lstrip().startswith('<div id="list">')
    assert "<h1>" not in part.text
    assert "<h1>What goes wrong in GitLab</h1>" in page.text
    assert shown(part.text) == shown(page.text)


def test_without_a_hit_there_are_ways_on(window_of: OpenWindow, vi: Actor) -> None:
    page = Page(window_of(vi).get("/help/gitlab?q=elephant"))
    assert "Nothing matches" in page.words("rows")
    assert {"/help/gitlab", "/endpoints"} <= set(page.links())
    assert shown(page.text) == []


@pytest.mark.parametrize("fragment", [False, True])
def test_a_search_for_markup_is_a_search_for_text(window_of: OpenWindow, vi: Actor, fragment: bool) -> None:
    answer = window_of(vi).get("/help/gitlab", query_string={"q": MARKUP}, fragment=fragment)
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert Page(answer).value("q") == MARKUP


def test_blanks_alone_and_words_without_end_are_no_trouble(window_of: OpenWindow, facts: Facts, vi: Actor) -> None:
    window = window_of(vi)
    blank = window.get("/help/gitlab?q=%20%09")
    assert len(shown(blank.text)) == len(facts.symptoms.rows)
    assert "part-chat" in blank.text
    assert window.get("/help/gitlab", query_string={"q": "a " * 5000}).status_code == 200
