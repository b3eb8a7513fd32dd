"""The pages of features."""

import re

import pytest
from sqlalchemy import update
from werkzeug.test import TestResponse

from app.domain.roles import Actor
from app.models.endpoint import Endpoint, Standing
from app.queries.assignments import serving_of
from app.services import assignments, endpoints
from app.services.assignments import Change, Link, State
from app.services.ports import Ports
from tests.fixtures.portal import OpenWindow, Window
from tests.fixtures.statements import statements
from tests.fixtures.stock import UNLISTED, acknowledgements, add_endpoint, assign, attest, audit_rows, judge, ready

CHAT = "duo_chat"
PLACE = f"/features/{CHAT}/assignment"


def row_of(page: TestResponse, feature: str = CHAT) -> str:
    found = re.search(rf'<tr id="{feature}".*?</tr>', page.text, re.DOTALL)
    assert found, f"no row of {feature}"
    return found[0]


def send(window: Window, endpoint_id: str, version: int = 0, **more: str) -> TestResponse:
    return window.post(PLACE, data={"endpoint_id": endpoint_id, "version": version, **more}, fragment=True)


def test_all_features_stand_in_gitlabs_sections_and_are_counted(window_of: OpenWindow, vi: Actor) -> None:
    page = window_of(vi).get("/features")
    assert len(re.findall(r'<tr id="\w+" data-feature="\w+"', page.text)) == 18
    assert re.findall(r'<h2 id="section-(\w+)-title">', page.text)[0] == "code_suggestions"
    assert "18 features: 0 with a model, 18 without, 0 disabled." in page.text


def test_a_row_shows_endpoint_tier_with_reasons_level_and_last_test(
    window_of: OpenWindow, ports: Ports, ada: Actor, vi: Actor
) -> None:
    chosen = add_endpoint(ports, ada)
    assign(ports, ada, CHAT, chosen)
    judge(ports, chosen, "warned")
    row = row_of(window_of(vi).get("/features"))
    for mark in ('data-tier="supported"', 'data-level="full"', 'data-verdict="warned"', "Not yet in GitLab", "Mistral"):
        assert mark in row
    assert "states full functionality" in row


def test_the_list_takes_three_statements_of_five_however_many_endpoints_there_are(
    window_of: OpenWindow, ports: Ports, ada: Actor
) -> None:
    for number in range(5):
        assign(
            ports, ada, list(ports.facts.features)[number], add_endpoint(ports, ada, f"endpoint {number}", **UNLISTED)
        )
    window = window_of(ada)
    with statements(ports.store) as sent:
        window.get("/features")
    assert len(sent) == 5, sent


def test_an_admin_chooses_among_endpoints_grouped_by_the_tier_they_would_have(
    window_of: OpenWindow, ports: Ports, ada: Actor
) -> None:
    add_endpoint(ports, ada, "listed")
    add_endpoint(ports, ada, "unlisted", **UNLISTED)
    off = add_endpoint(ports, ada, "switched off")
    endpoints.set_enabled(ports, ada, off, 1, enabled=False)
    row = row_of(window_of(ada).get("/features"))
    groups = re.findall(r'optgroup label="(\w+)"><option value="[\w-]+">(\w+)<', row)
    assert groups == [("Supported", "listed"), ("Other", "unlisted")]
    assert "switched off" not in row
    assert "<noscript><button" in row


def test_what_gitlab_itself_would_refuse_is_said_before_and_after(
    window_of: OpenWindow, ports: Ports, ada: Actor
) -> None:
    chosen = add_endpoint(ports, ada, "Codestral", model="Codestral 22B v0.1", family="codestral")
    feature = "review_merge_request"
    assert "Codestral (GitLab may refuse it)" in row_of(window_of(ada).get("/features"), feature)
    assign(ports, ada, feature, chosen)
    assert "does not list the family Mistral Codestral for Code Review" in row_of(
        window_of(ada).get("/features"), feature
    )


def test_viewer_and_editor_see_no_choice_and_are_refused_when_they_post(
    window_of: OpenWindow, ports: Ports, ada: Actor, ed: Actor, vi: Actor
) -> None:
    chosen = add_endpoint(ports, ada)
    for person in (ed, vi):
        window = window_of(person)
        assert "/assignment" not in window.get("/features").text
        assert send(window, chosen).status_code == 403
        assert window.get(PLACE).status_code == 403
    assert serving_of(ports.store, CHAT).state == "unassigned"


def test_a_choice_comes_back_as_its_row_with_new_numbers_and_a_word(
    window_of: OpenWindow, ports: Ports, ada: Actor
) -> None:
    chosen = add_endpoint(ports, ada)
    answer = send(window_of(ada), chosen)
    assert answer.status_code == 200
    assert f'<option value="{chosen}" selected>' in row_of(answer)
    assert "1 with a model (1 supported, 0 compatible, 0 other)" in answer.text
    assert answer.headers["HX-Reselect"] == "#duo_chat"
    assert "Mistral is assigned to General Chat." in answer.headers["HX-Trigger"]


def test_below_supported_the_notice_opens_and_nothing_is_written(
    window_of: OpenWindow, ports: Ports, ada: Actor
) -> None:
    chosen = add_endpoint(ports, ada, **UNLISTED)
    answer = send(window_of(ada), chosen)
    assert answer.status_code == 422
    assert "app:open-dialog" in answer.headers["HX-Trigger"]
    assert 'id="acknowledged"' in answer.text
    assert "yours to validate" in answer.text
    assert 'data-state="unassigned"' in row_of(answer)
    assert serving_of(ports.store, CHAT).version == 0


def test_the_notice_confirmed_assigns_and_closes_the_dialog(window_of: OpenWindow, ports: Ports, ada: Actor) -> None:
    chosen = add_endpoint(ports, ada, **UNLISTED)
    answer = send(window_of(ada), chosen, acknowledged="y", asked="y")
    assert (answer.status_code, acknowledgements(ports.store)) == (200, 1)
    assert "app:close-dialog" in answer.headers["HX-Trigger"]
    assert 'data-tier="other"' in row_of(answer)


def test_the_notice_sent_back_without_its_tick_says_so(window_of: OpenWindow, ports: Ports, ada: Actor) -> None:
    answer = send(window_of(ada), add_endpoint(ports, ada, **UNLISTED), asked="y")
    assert (answer.status_code, "Tick this box first." in answer.text) == (422, True)


def test_a_stale_version_shows_both_and_writes_nothing(window_of: OpenWindow, ports: Ports, ada: Actor) -> None:
    first, second = add_endpoint(ports, ada, "first"), add_endpoint(ports, ada, "second")
    assign(ports, ada, CHAT, first)
    answer = send(window_of(ada), second, version=0)
    assert answer.status_code == 409
    assert re.search(r"It is now</dt><dd><b>first</b>", answer.text)
    assert re.search(r"You wanted</dt><dd><b>second</b>", answer.text)
    assert 'name="version" value="1"' in answer.text
    assert len(audit_rows(ports.store)) == 1


def test_a_row_shows_readiness_with_reasons_fallbacks_and_another_region(
    window_of: OpenWindow, ports: Ports, ada: Actor, vi: Actor
) -> None:
    first, second = add_endpoint(ports, ada, "first"), add_endpoint(ports, ada, "second")
    ready(ports, first, "limits")
    attest(ports, ada, first, "EU")
    assignments.change(ports, ada, Change(CHAT, 0, State.ENDPOINT, first, True, "other", (Link(second),)))
    row = row_of(window_of(vi).get("/features"))
    for mark in ('data-readiness="limits"', "Said to be limits.", "<b>1</b> second", "may leave EU", "Other (general)"):
        assert mark in row
    answer = send(window_of(ada), second, version=1)
    assert "Its fallbacks are gone." in answer.headers["HX-Trigger"]


def test_an_old_measurement_says_so(window_of: OpenWindow, ports: Ports, ada: Actor) -> None:
    chosen = add_endpoint(ports, ada)
    ready(ports, chosen)
    assign(ports, ada, CHAT, chosen)
    assert ", old" not in row_of(window_of(ada).get("/features"))
    with ports.store.write() as session:
        session.execute(update(Standing).values(aged="edited"))
    row = row_of(window_of(ada).get("/features"))
    assert "Works, old" in row
    assert "The endpoint was edited since this was measured." in row


@pytest.mark.parametrize("version", ["", "-1", "²", "1e3", "9" * 40])
def test_a_version_that_makes_no_sense_is_a_stale_one(
    window_of: OpenWindow, ports: Ports, ada: Actor, version: str
) -> None:
    answer = window_of(ada).post(PLACE, data={"state": "disabled", "version": version})
    assert answer.status_code == 409
    assert serving_of(ports.store, CHAT).state == "unassigned"


def test_disabled_and_no_model_are_choices_too(window_of: OpenWindow, ports: Ports, ada: Actor) -> None:
    window = window_of(ada)
    assert 'data-state="disabled"' in row_of(send(window, "disabled"))
    assert 'data-state="unassigned"' in row_of(send(window, "", version=1))
    assert window.post(PLACE, data={"state": "disabled", "version": 2}).status_code == 303
    assert serving_of(ports.store, CHAT).state == "disabled"


@pytest.mark.parametrize("chosen", ["nowhere", "endpoint", "<script>"])
def test_an_endpoint_that_is_none_is_refused_in_the_row(
    window_of: OpenWindow, ports: Ports, ada: Actor, chosen: str
) -> None:
    window = window_of(ada)
    assert "Choose one of the listed endpoints." in row_of(send(window, chosen))
    page = window.post(PLACE, data={"endpoint_id": chosen, "version": 0})
    assert (page.status_code, "Choose one of the listed endpoints." in row_of(page)) == (422, True)
    assert serving_of(ports.store, CHAT).version == 0


def test_without_a_script_the_notice_and_the_conflict_are_pages(
    window_of: OpenWindow, ports: Ports, ada: Actor
) -> None:
    window, chosen = window_of(ada), add_endpoint(ports, ada, **UNLISTED)
    asked = window.post(PLACE, data={"endpoint_id": chosen, "version": 0})
    assert (asked.status_code, "<h1>Take note first</h1>" in asked.text) == (422, True)
    done = window.post(PLACE, data={"endpoint_id": chosen, "version": 0, "acknowledged": "y"})
    assert (done.status_code, done.headers["Location"]) == (303, "/features#duo_chat")
    stale = window.post(PLACE, data={"endpoint_id": "disabled", "version": 0})
    assert (stale.status_code, "<h1>Changed by somebody else</h1>" in stale.text) == (409, True)


def test_without_the_token_nothing_is_changed(window_of: OpenWindow, ports: Ports, ada: Actor) -> None:
    window = window_of(ada)
    window.csrf_token = "forged"
    assert send(window, "disabled").status_code == 403
    assert serving_of(ports.store, CHAT).state == "unassigned"


@pytest.mark.parametrize("address", ["/features/duo_chess/assignment", "/features/duo_chess/gitlab"])
def test_an_unknown_feature_is_not_found(window_of: OpenWindow, ada: Actor, address: str) -> None:
    assert window_of(ada).get(address).status_code == 404


def test_the_list_is_narrowed_by_words_tier_and_assignment(window_of: OpenWindow, ports: Ports, ada: Actor) -> None:
    assign(ports, ada, CHAT, add_endpoint(ports, ada, "Büro"))
    window = window_of(ada)
    for asked, shown in (("q=BÜRO chat", 1), ("tier=supported", 1), ("state=unassigned", 17), ("tier=nonsense", 18)):
        assert window.get(f"/features?{asked}").text.count("data-feature=") == shown, asked
    nothing = window.get("/features?q=chess")
    assert "Nothing matches" in nothing.text
    assert "18 features" in nothing.text


def test_a_name_full_of_markup_stays_text(window_of: OpenWindow, ports: Ports, ada: Actor) -> None:
    name = '"><img src=x onerror=alert(1)>{{ 7*7 }}</script>'
    assign(ports, ada, CHAT, add_endpoint(ports, ada, name))
    window = window_of(ada)
    for page in (window.get("/features"), window.get("/features/gitlab"), send(window, "disabled", version=1)):
        assert "<img src=x" not in page.text
        assert "49</script>" not in page.text


def test_with_many_endpoints_a_row_opens_a_search_in_place_of_a_long_list(
    window_of: OpenWindow, ports: Ports, ada: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.web.feature_pages.MOST_LISTED", 1)
    add_endpoint(ports, ada, "one")
    add_endpoint(ports, ada, "two")
    window = window_of(ada)
    row = row_of(window.get("/features"))
    assert "<select" not in row
    assert PLACE in row
    found = window.get(f"{PLACE}?q=two", fragment=True)
    assert re.findall(r"<b>([^<]+)</b>", found.text) == ["two", "No model", "Disabled", "GitLab's own model"]
    assert "<h1>Model for General Chat</h1>" in window.get(PLACE).text


def test_gitlabs_values_are_there_for_one_feature_and_for_all(
    window_of: OpenWindow, ports: Ports, ada: Actor, vi: Actor
) -> None:
    chosen = add_endpoint(ports, ada, api_key="sk-never-shown")
    assign(ports, ada, CHAT, chosen)
    assign(ports, ada, "duo_chat_fix_code", chosen)
    send(window_of(ada), "disabled", version=1)
    one = window_of(vi).get("/features/duo_chat_fix_code/gitlab", fragment=True).text
    every = window_of(vi).get("/features/gitlab").text
    assert "custom_openai/served" in one
    assert "aiFeatureSettingUpdate" in one
    assert "DUO_CHAT_FIX_CODE" in one
    assert "Disable General Chat" not in one
    assert "Disable General Chat" in every
    assert "sk-never-shown" not in every


def test_what_has_to_be_taken_note_of_again_is_said_in_the_row(
    window_of: OpenWindow, ports: Ports, ada: Actor, vi: Actor
) -> None:
    chosen = add_endpoint(ports, ada, **UNLISTED)
    assign(ports, ada, CHAT, chosen)
    assert "ake note again" not in row_of(window_of(ada).get("/features"))
    with ports.store.write() as session:
        session.execute(
            update(Endpoint).where(Endpoint.id == chosen).values(base_url="https://elsewhere.example.com/v1")
        )
    assert f"{PLACE}?endpoint_id={chosen}" in row_of(window_of(ada).get("/features"))
    assert "To be taken note of again" in row_of(window_of(vi).get("/features"))
    asked = window_of(ada).get(f"{PLACE}?endpoint_id={chosen}", fragment=True)
    assert 'name="version" value="1"' in asked.text
