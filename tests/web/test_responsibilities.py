"""Pages on who answers for an endpoint, and on what served a feature."""

from datetime import timedelta

import pytest
from sqlalchemy import update

from app.domain.roles import Actor
from app.models.assignment import Responsibility
from app.queries.responsibilities import responsibility
from app.services.ports import Ports
from tests.fixtures.pages import Page
from tests.fixtures.portal import OpenWindow
from tests.fixtures.stock import add_endpoint, assign, attest

TIMELINE = "/features/duo_chat/timeline"


def test_a_record_is_written_and_shown_to_everybody(window_of: OpenWindow, ports: Ports, ada: Actor, vi: Actor) -> None:
    chosen = add_endpoint(ports, ada)
    until = (ports.clock().date() + timedelta(days=90)).isoformat()
    data = {"version": "0", "region": "EU", "training_use": "no", "valid_until": until, "cost_note": "Ours"}
    assert window_of(ada).post(f"/endpoints/{chosen}/responsibility", data=data).status_code == 303
    page = Page(window_of(vi).get(f"/endpoints/{chosen}"))
    for words in ("Region EU", "Used for training No", "Cost Ours", "Ada Admin"):
        assert words in page.words("responsibility")
    assert "/responsibility" not in page.text


def test_what_is_wrong_is_told_at_its_field_and_kept(window_of: OpenWindow, ports: Ports, ada: Actor) -> None:
    chosen = add_endpoint(ports, ada)
    data = {
        "version": "0",
        "region": "x" * 81,
        "valid_until": "2020-01-01",
        "training_use": "maybe",
        "quality_note": "q",
    }
    answer = window_of(ada).post(f"/endpoints/{chosen}/responsibility", data={**data, "quality_note": "q"})
    page = Page(answer)
    assert (answer.status_code, page.value("quality_note"), page.value("region")) == (422, "q", "x" * 81)
    assert page.error("region") == "The region may have 80 characters; this has 81."
    assert page.error("valid_until") == "This has to hold until tomorrow at least."
    assert page.error("training_use") == "Choose yes, no or unknown."
    assert responsibility(ports.store, chosen) is None


def test_a_stale_record_shows_both(window_of: OpenWindow, ports: Ports, ada: Actor) -> None:
    chosen = add_endpoint(ports, ada)
    attest(ports, ada, chosen, "US")
    until = (ports.clock().date() + timedelta(days=9)).isoformat()
    data = {"version": "0", "region": "EU", "training_use": "no", "valid_until": until}
    answer = window_of(ada).post(f"/endpoints/{chosen}/responsibility", data=data)
    page = Page(answer)
    assert (answer.status_code, page.value("region"), page.value("version")) == (409, "EU", "1")
    assert "<dd>US</dd>" in page.text


@pytest.mark.parametrize(("days", "words"), [(31, ""), (30, " ends on "), (-1, " ended on ")])
def test_its_end_is_said_on_the_overview_thirty_days_before(
    window_of: OpenWindow, ports: Ports, ada: Actor, days: int, words: str
) -> None:
    chosen = add_endpoint(ports, ada)
    attest(ports, ada, chosen)
    with ports.store.write() as session:
        session.execute(update(Responsibility).values(valid_until=ports.clock().date() + timedelta(days=days)))
    page = window_of(ada).get("/").text
    assert ("The responsibility record of Mistral" in page) is bool(words)
    assert f"Mistral{words}" in page
    assert (f"/endpoints/{chosen}/responsibility" in page) is bool(words)


def test_the_endpoints_page_says_so_too(window_of: OpenWindow, ports: Ports, ada: Actor) -> None:
    chosen = add_endpoint(ports, ada)
    attest(ports, ada, chosen, days=10)
    assert "Look at it and attest it again." in Page(window_of(ada).get(f"/endpoints/{chosen}")).words("responsibility")


def test_the_timeline_tells_what_served_on_a_day(window_of: OpenWindow, ports: Ports, ada: Actor, vi: Actor) -> None:
    assign(ports, ada, "duo_chat", add_endpoint(ports, ada))
    window, today = window_of(vi), ports.clock().date()
    page = Page(window.get(f"{TIMELINE}?on={today.isoformat()}"))
    assert "Mistral" in page.words("periods-day")
    assert "Mistral Small 24B Instruct 2506" in page.words("periods-all")
    before = window.get(f"{TIMELINE}?on={(today - timedelta(days=9)).isoformat()}")
    assert "Nobody had given it a model yet." in before.text


def test_a_day_that_is_none_or_to_come_is_told_at_its_field(window_of: OpenWindow, ports: Ports, vi: Actor) -> None:
    window, tomorrow = window_of(vi), ports.clock().date() + timedelta(days=2)
    for typed, sentence in (("soon", "Give a day such as"), (tomorrow.isoformat(), "still to come")):
        answer = window.get(TIMELINE, query_string={"on": typed})
        page = Page(answer)
        assert (answer.status_code, page.value("on")) == (422, typed)
        assert sentence in page.error("on")


def test_a_timeline_without_a_change_says_so_and_an_unknown_feature_is_not_found(
    window_of: OpenWindow, vi: Actor
) -> None:
    assert "Nobody has given this feature a model." in window_of(vi).get(TIMELINE).text
    assert window_of(vi).get("/features/duo_chess/timeline").status_code == 404
