"""The page of usage, and what is taken away from it."""

import csv
import io
import re
from typing import Any

import pytest

from app.domain.roles import Actor
from app.domain.tokens import TokenDraft
from app.services import api_tokens, endpoints
from app.services.ports import Ports
from tests.fixtures.pages import Page
from tests.fixtures.portal import OpenWindow
from tests.fixtures.statements import statements
from tests.fixtures.stock import add_endpoint
from tests.fixtures.traffic import busy_weeks, used

PERIODS = ("24h", "7d", "30d", "90d")


def cells(answer: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer, newline="")))


def test_the_figures_are_those_of_the_period(window_of: OpenWindow, ports: Ports, vi: Actor) -> None:
    first: dict[str, Any] = {"prompt_tokens": 12_000, "completion_tokens": 300, "first_token_ms": 30.0}
    used(ports, first, {"error": "timeout", "fallback": True, "estimated": True}, {"hours": 30}, {"hours": 40})
    window = window_of(vi)
    day = Page(window.get("/usage?period=24h")).words("figures")
    assert "Requests 2 as many as in the 24 hours before" in day
    assert "Errors 50% 1 of 2, 0% in the 24 hours before" in day
    assert "Tokens in 12k none in the 24 hours before" in day
    assert "First token, median 30 ms 95% within" in day
    assert "Served by a fallback 50% 1 request" in day
    assert "Tokens estimated 50%" in day
    assert "Requests 4 none in the 30 days before" in Page(window.get("/usage?period=30d")).words("figures")


def test_every_chart_holds_the_same_figures_as_its_table(window_of: OpenWindow, ports: Ports, vi: Actor) -> None:
    used(ports, *({} for _ in range(3)), {"error": "x"}, {"hours": 2}, {"hours": 2, "first_token_ms": 250.0})
    page = Page(window_of(vi).get("/usage?period=24h"))
    rows = [[*each.itertext()] for each in page.by_id("chart-requests").iter("tr")]
    assert rows[0] == ["Hour", "Answered", "Errors"]
    assert [row[1:] for row in rows[1:] if row[1:] != ["0", "0"]] == [["2", "0"], ["3", "1"]]
    assert len(rows) == 25
    drawn = [each for each in page.by_id("chart-requests").iter() if each.tag.endswith("path")]
    assert [each.get("data-series") for each in drawn if each.get("class") == "mp-fill"] == ["main", "main", "bad"]
    waits = [[*each.itertext()] for each in page.by_id("chart-first-token").iter("tr")]
    assert len({row[1] for row in waits[1:]} - {"175 ms"}) == 1


@pytest.mark.parametrize("grouping", ["feature", "endpoint", "token"])
@pytest.mark.parametrize("period", PERIODS)
def test_every_period_and_grouping_is_a_page(
    window_of: OpenWindow, ports: Ports, ada: Actor, period: str, grouping: str
) -> None:
    busy_weeks(ports, ada, days=3)
    answer = window_of(ada).get(f"/usage?period={period}&by={grouping}")
    page = Page(answer)
    assert answer.status_code == 200
    assert page.value("period") == period
    assert page.words("used").count("95%:") >= 2


def test_rows_bear_names_and_lead_to_what_they_name(window_of: OpenWindow, ports: Ports, ada: Actor) -> None:
    kept, gone = add_endpoint(ports, ada, "Kept"), add_endpoint(ports, ada, "Gone")
    token_id = api_tokens.create(ports, ada, TokenDraft("Nightly", "viewer")).id
    used(ports, {"endpoint_id": kept, "token_id": token_id}, {"endpoint_id": gone, "feature": "endpoint:gone"})
    used(ports, {"endpoint_id": "never-known", "feature": "retired_feature"})
    endpoints.delete(ports, ada, gone, 1)
    window = window_of(ada)
    by_feature, by_endpoint, by_token = (
        Page(window.get(f"/usage?by={each}")) for each in ("feature", "endpoint", "token")
    )
    assert "General Chat duo_chat" in by_feature.words("used")
    assert "gone Called by the endpoint's own name" in by_feature.words("used")
    assert "retired_feature Deleted No feature any more" in by_feature.words("used")
    assert "Gone Deleted" in by_endpoint.words("used")
    assert "Name no longer kept Deleted never-known" in by_endpoint.words("used")
    assert f"/endpoints/{kept}" in by_endpoint.links()
    assert f"/endpoints/{gone}" not in by_endpoint.links()
    assert f"/settings/tokens#token-{token_id}" in by_token.links()


@pytest.mark.parametrize("who", ["vi", "ed"])
@pytest.mark.parametrize("address", ["/usage?by=token", "/usage.csv?by=token"])
def test_usage_by_token_is_an_admins_to_see(
    window_of: OpenWindow, ports: Ports, request: pytest.FixtureRequest, who: str, address: str
) -> None:
    used(ports, {})
    window = window_of(request.getfixturevalue(who))
    assert window.get(address).status_code == 403
    assert "By token" not in window.get("/usage").text


def test_a_stranger_is_led_to_sign_in(window_of: OpenWindow) -> None:
    for address in ("/usage", "/usage.csv"):
        assert window_of(None).get(address).status_code == 302


@pytest.mark.parametrize("query", ["period=year", "by=person", "period=&by=", "period=24h&period=7d", "by=Feature"])
def test_words_that_make_no_sense_count_as_not_given(window_of: OpenWindow, vi: Actor, query: str) -> None:
    assert window_of(vi).get(f"/usage?{query}").status_code == 200


def test_htmx_gets_the_part_that_it_replaces(window_of: OpenWindow, ports: Ports, vi: Actor) -> None:
    used(ports, {})
    part = window_of(vi).get("/usage?period=24h", fragment=True).text
    assert part.lstrip().startswith('<div id="usage">')
    assert "<html" not in part


def test_an_address_keeps_the_period_where_the_grouping_changes(
    window_of: OpenWindow, ports: Ports, ada: Actor
) -> None:
    used(ports, {})
    page = Page(window_of(ada).get("/usage?period=24h&by=endpoint"))
    assert {"/usage?period=24h", "/usage?period=24h&by=endpoint", "/usage?period=24h&by=token"} <= set(page.links())
    assert "/usage.csv?period=24h&by=endpoint" in page.links()
    assert page.value("by") == "endpoint"


def test_before_the_first_call_the_page_says_how_to_make_it(window_of: OpenWindow, ada: Actor, vi: Actor) -> None:
    page = Page(window_of(ada).get("/usage"))
    assert {"/settings/tokens/new", "/settings/tokens", "/help"} <= set(page.links())
    assert re.search(r"curl http://127.0.0.1:\d+/v1/chat/completions", page.words("first-call"))
    other = Page(window_of(vi).get("/usage"))
    assert "/settings/tokens/new" not in other.links()
    assert "An admin makes the token." in other.words("first-call")


def test_a_period_without_calls_leads_to_a_longer_one(window_of: OpenWindow, ports: Ports, vi: Actor) -> None:
    used(ports, {"hours": 24 * 20})
    page = window_of(vi).get("/usage?period=24h").text
    assert "No call in this time" in page
    assert "Nothing was counted in this time" in window_of(vi).get("/usage?period=30d").text


def test_the_page_says_that_no_text_is_stored(window_of: OpenWindow, vi: Actor) -> None:
    assert "No prompt and no answer is stored" in window_of(vi).get("/usage").text


def test_a_page_takes_few_statements_however_much_was_used(window_of: OpenWindow, ports: Ports, ada: Actor) -> None:
    busy_weeks(ports, ada, days=4)
    window = window_of(ada)
    window.get("/usage?by=endpoint")
    with statements(ports.store) as sent:
        window.get("/usage?by=endpoint")
    assert len([each for each in sent if "usage_hour" in each]) == 3
    assert len(sent) <= 8


def test_the_csv_has_a_line_for_each_day_and_key(window_of: OpenWindow, ports: Ports, vi: Actor) -> None:
    common: dict[str, Any] = {"prompt_tokens": 10, "completion_tokens": 2, "duration_ms": 15.0}
    past = {**common, "hours": 48}
    used(ports, common, {**past, "error": "x"}, {**past, "feature": "duo_chat_explain_code"})
    answer = window_of(vi).get("/usage.csv")
    rows = cells(answer.text)
    assert answer.mimetype == "text/csv"
    assert 'filename="modelport-usage-7d-by-feature-' in answer.headers["Content-Disposition"]
    assert [(row["key"], row["name"], row["requests"], row["errors"]) for row in rows] == [
        ("duo_chat", "General Chat", "1", "1"),
        ("duo_chat_explain_code", "Code Explanation", "1", "0"),
        ("duo_chat", "General Chat", "1", "0"),
    ]
    assert (rows[0]["step"], rows[0]["tokens_in"], rows[0]["first_token_p50_ms"]) == ("day", "10", "")
    assert rows[0]["begin"] < rows[2]["begin"]
    assert rows[0]["duration_p50_ms"] == "15.0"


def test_a_name_in_the_csv_is_no_formula(window_of: OpenWindow, ports: Ports, ada: Actor) -> None:
    evil = add_endpoint(ports, ada, "=1+1")
    used(ports, {"endpoint_id": evil, "hours": 2}, {"endpoint_id": "-deleted"})
    rows = cells(window_of(ada).get("/usage.csv?by=endpoint&period=24h").text)
    assert {row["name"] for row in rows} == {"'=1+1", ""}
    assert {row["key"] for row in rows} == {evil, "'-deleted"}
    assert {row["step"] for row in rows} == {"hour"}


def test_names_full_of_markup_stay_text(window_of: OpenWindow, ports: Ports, ada: Actor) -> None:
    evil = "<img src=x onerror=alert(1)>"
    token_id = api_tokens.create(ports, ada, TokenDraft(evil, "viewer")).id
    used(ports, {"token_id": token_id, "feature": evil, "endpoint_id": evil[:32]})
    for grouping in ("feature", "endpoint", "token"):
        assert "<img" not in window_of(ada).get(f"/usage?by={grouping}").text
