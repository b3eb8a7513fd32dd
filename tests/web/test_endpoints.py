"""The pages of one endpoint: new, shown, edited, copied, switched off, deleted."""

import pytest

from app.domain.endpoints import EndpointDraft
from app.domain.roles import Actor
from app.queries import endpoints as query
from app.queries.endpoints import EndpointRecord, Filter
from app.services import endpoints
from app.services.ports import Ports
from tests.domain.endpoint_cases import AZURE, GOOD
from tests.fixtures.pages import Page
from tests.fixtures.portal import OpenWindow, Window
from tests.fixtures.stock import add_endpoint, assign, audit_rows, judge, sent_headers

KEY = GOOD["api_key"]


@pytest.fixture
def window(window_of: OpenWindow, ed: Actor) -> Window:
    return window_of(ed)


@pytest.fixture
def stored(ports: Ports, ed: Actor) -> str:
    return endpoints.create(ports, ed, EndpointDraft(**GOOD))


def record(ports: Ports, endpoint_id: str) -> EndpointRecord:
    found = query.endpoint(ports.store, endpoint_id)
    assert found
    return found


def only(ports: Ports) -> EndpointRecord:
    (row,) = query.page_of(ports.store, Filter()).rows
    return record(ports, row.id)


@pytest.mark.every_database
def test_a_posted_form_is_stored_and_leads_to_its_page(window: Window, ports: Ports, ed: Actor) -> None:
    answer = window.post("/endpoints", data=GOOD)
    new = only(ports)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/endpoints/{new.id}")
    assert (new.name, new.identifier, new.family, new.owner, new.created_by) == (
        "Mistral Small", "custom_openai/mistral-small-24b", "mistral", "Platform team", ed.key,
    )  # fmt: skip


def test_htmx_is_led_to_the_page_as_a_whole(window: Window, ports: Ports) -> None:
    answer = window.post("/endpoints", data=GOOD, fragment=True)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, f"/endpoints/{only(ports).id}")


def test_azure_keeps_its_version_and_no_server(window: Window, ports: Ports) -> None:
    window.post("/endpoints", data={**GOOD, **AZURE, "server": "vllm"})
    new = only(ports)
    assert (new.server, new.api_version, new.identifier) == ("", "2024-10-21", "azure/gpt-4o")


def test_quirks_come_back_as_they_were_typed_and_of_headers_the_names(window: Window, ports: Ports) -> None:
    typed = {
        **GOOD,
        "headers": "X-Tenant: a\n\n X-Tenant : b\r\nX-Other: c:d",
        "quirks": ["no_system", "no_temperature"],
    }
    window.post("/endpoints", data=typed)
    new = only(ports)
    assert sent_headers(ports, new.id) == {"X-Tenant": "a, b", "X-Other": "c:d"}
    page = Page(window.get(f"/endpoints/{new.id}/edit"))
    assert page.value("headers") == "X-Tenant:\nX-Other:"
    assert page.value("quirks") == "no_temperature,no_system"


@pytest.mark.every_database
def test_ticked_models_become_endpoints_with_one_key(window: Window, ports: Ports) -> None:
    ticked = {**GOOD, "identifier": "typed before", "models": ["mistral-small-24b-instruct-2506", "other-thing"]}
    answer = window.post("/endpoints", data=ticked)
    assert answer.headers["Location"] == "/endpoints?q=Mistral+Small"
    rows = query.page_of(ports.store, Filter()).rows
    assert [(row.name, row.family, row.tier) for row in rows] == [
        ("Mistral Small (mistral-small-24b-instruct-2506)", "mistral", "supported"),
        ("Mistral Small (other-thing)", "other", "other"),
    ]
    assert {record(ports, row.id).key_fingerprint for row in rows} == {ports.sealer.fingerprint(KEY)}


def test_one_ticked_model_goes_before_a_typed_one(window: Window, ports: Ports) -> None:
    window.post("/endpoints", data={**GOOD, "models": "ticked"})
    assert only(ports).served_name == "ticked"


def test_the_page_tells_all_of_an_endpoint_but_its_key(window: Window, stored: str, ports: Ports, ada: Actor) -> None:
    assign(ports, ada, "duo_chat", stored)
    page = window.get(f"/endpoints/{stored}")
    for words in ("gpu-1.models.example:8000/v1", "mistral-small-24b", "vLLM", "Platform team", "Used by 1 feature"):
        assert words in page.text
    assert ports.sealer.fingerprint(KEY) in page.text
    assert "Not tested yet" in page.text
    assert (page.text.count("data-tier="), page.text.count("data-readiness=")) == (18 + 2, 18)


def test_an_endpoint_without_a_catalogue_model_leads_to_where_it_is_chosen(
    window_of: OpenWindow, ports: Ports, ed: Actor, vi: Actor
) -> None:
    nameless = endpoints.create(ports, ed, EndpointDraft(**{**GOOD, "model": ""}))
    choose = f"/endpoints/{nameless}/edit#choice"
    assert choose in Page(window_of(ed).get(f"/endpoints/{nameless}")).links()
    assert choose not in Page(window_of(vi).get(f"/endpoints/{nameless}")).links(), "a viewer changes nothing"
    named = endpoints.create(ports, ed, EndpointDraft(**{**GOOD, "name": "Named", "model": "GPT-oss-120B"}))
    assert f"/endpoints/{named}/edit#choice" not in Page(window_of(ed).get(f"/endpoints/{named}")).links()


@pytest.mark.every_database
def test_two_editors_at_once_both_see_what_the_other_did(window: Window, ports: Ports, stored: str, ada: Actor) -> None:
    theirs = EndpointDraft(**{**GOOD, "owner": "Adas team", "family": "other", "api_key": None})
    endpoints.update(ports, ada, stored, 1, theirs)
    mine = {**GOOD, "owner": "Eds team", "api_key": "sk-mine", "version": "1"}
    answer = window.post(f"/endpoints/{stored}/edit", data=mine, fragment=True)
    assert answer.status_code == 409
    page = Page(answer)
    told = page.words("conflict")
    assert "Owner Adas team Eds team" in told
    assert "Prompt family Other (general) Mistral" in told
    assert "Model name" not in told
    assert (page.value("owner"), page.value("version"), page.value("api_key")) == ("Eds team", "2", "")
    assert record(ports, stored).owner == "Adas team"
    again = window.post(f"/endpoints/{stored}/edit", data={**mine, "version": page.value("version")})
    assert again.status_code == 303
    assert record(ports, stored).owner == "Eds team"


def test_a_conflict_over_nothing_in_the_form_is_said_too(window: Window, ports: Ports, stored: str, ada: Actor) -> None:
    endpoints.set_enabled(ports, ada, stored, 1, enabled=False)
    answer = window.post(f"/endpoints/{stored}/edit", data={**GOOD, "api_key": "", "version": "1"})
    assert answer.status_code == 409
    assert "No field of this form" in Page(answer).words("conflict")


def test_a_copy_has_everything_but_name_and_key(window: Window, stored: str) -> None:
    answer = window.get(f"/endpoints/new?copy={stored}")
    page = Page(answer)
    assert (page.value("name"), page.value("base_url"), page.value("version")) == (
        "Mistral Small (copy)", GOOD["base_url"], "",
    )  # fmt: skip
    assert "Its key is not copied" in answer.text
    assert page.by_id("endpoint").get("action") == "/endpoints"


def test_a_name_of_full_length_can_be_copied(window: Window, ports: Ports, ed: Actor) -> None:
    endpoint_id = add_endpoint(ports, ed, "n" * 255)
    name = Page(window.get(f"/endpoints/new?copy={endpoint_id}")).value("name")
    assert (len(name), name.endswith("n (copy)")) == (255, True)


def test_an_endpoint_is_switched_off_and_on(window: Window, ports: Ports, stored: str) -> None:
    assert window.post(f"/endpoints/{stored}/disable", data={"version": "1"}).status_code == 303
    assert not record(ports, stored).enabled
    assert f"/endpoints/{stored}/enable" in Page(window.get(f"/endpoints/{stored}")).links()
    window.post(f"/endpoints/{stored}/enable", data={"version": "2"})
    assert record(ports, stored).enabled


def test_an_editor_is_neither_offered_nor_allowed_to_switch_off_anothers(
    window: Window, ports: Ports, ada: Actor
) -> None:
    adas = add_endpoint(ports, ada)
    assert f"/endpoints/{adas}/disable" not in Page(window.get(f"/endpoints/{adas}")).links()
    assert window.post(f"/endpoints/{adas}/disable", data={"version": "1"}).status_code == 403
    assert record(ports, adas).enabled


@pytest.mark.every_database
def test_a_used_endpoint_stays_and_its_uses_are_told(window_of: OpenWindow, ports: Ports, ada: Actor) -> None:
    window, endpoint_id = window_of(ada), add_endpoint(ports, ada)
    assign(ports, ada, "duo_chat", endpoint_id)
    deletion = {"version": "1", "confirm": "Mistral"}
    for act, data in (("disable", {"version": "1"}), ("delete", deletion)):
        page = window.post(f"/endpoints/{endpoint_id}/{act}", data=data)
        part = window.post(f"/endpoints/{endpoint_id}/{act}", data=data, fragment=True)
        assert (page.status_code, part.status_code, part.headers["HX-Retarget"]) == (409, 409, "#alerts")
        assert "General Chat" in page.text
        assert "General Chat" in part.text
    assert record(ports, endpoint_id).enabled


@pytest.mark.every_database
def test_a_deletion_asks_for_the_name(window_of: OpenWindow, ports: Ports, ada: Actor) -> None:
    window, endpoint_id = window_of(ada), add_endpoint(ports, ada, "Mistral")
    assert "Type Mistral to confirm" in Page(window.get(f"/endpoints/{endpoint_id}/delete")).words("delete")
    for typed in ("", "mistral", "Mistral 2"):
        refused = window.post(f"/endpoints/{endpoint_id}/delete", data={"confirm": typed, "version": "1"})
        assert (refused.status_code, Page(refused).value("confirm")) == (422, typed)
    stale = window.post(f"/endpoints/{endpoint_id}/delete", data={"confirm": "Mistral", "version": "7"})
    assert stale.status_code == 409
    gone = window.post(f"/endpoints/{endpoint_id}/delete", data={"confirm": " Mistral ", "version": "1"})
    assert (gone.status_code, gone.headers["Location"]) == (303, "/endpoints")
    assert query.endpoint(ports.store, endpoint_id) is None
    assert len(audit_rows(ports.store, "endpoint:delete")) == 1


@pytest.mark.parametrize("path", ["", "/edit", "/delete", "/row"])
def test_what_is_not_there_is_404(window_of: OpenWindow, ada: Actor, path: str) -> None:
    assert window_of(ada).get(f"/endpoints/nothing{path}").status_code == 404


@pytest.mark.every_database
def test_what_was_deleted_meanwhile_is_404_for_who_still_edits_it(
    window: Window, ports: Ports, stored: str, ada: Actor
) -> None:
    endpoints.delete(ports, ada, stored, 1)
    for address in (f"/endpoints/{stored}/edit", f"/endpoints/{stored}/disable", "/endpoints/draft/form"):
        answer = window.post(address, data={**GOOD, "version": "1", "endpoint_id": stored}, fragment=True)
        assert answer.status_code == 404


def test_a_viewer_sees_addresses_and_no_way_to_change_them(window_of: OpenWindow, stored: str, vi: Actor) -> None:
    page = window_of(vi).get(f"/endpoints/{stored}")
    assert GOOD["base_url"] in page.text
    links = Page(page).links()
    assert not [each for each in links if stored in each and each != f"/endpoints/{stored}"]


def test_a_page_in_a_frame_has_no_surroundings_and_a_way_out(window: Window, stored: str) -> None:
    framed = window.get(f"/endpoints/{stored}", headers={"Sec-Fetch-Dest": "iframe"})
    assert 'class="mp-embed"' in framed.text
    assert 'id="nav"' not in framed.text
    assert "Open in Modelport" in framed.text
    assert 'id="nav"' in window.get(f"/endpoints/{stored}").text


def test_the_last_tests_verdict_is_cleared_by_what_it_did_not_test(window: Window, ports: Ports, stored: str) -> None:
    judge(ports, stored, "passed")
    window.post(f"/endpoints/{stored}/edit", data={**GOOD, "api_key": "", "identifier": "another", "version": "1"})
    assert record(ports, stored).verdict == ""


def test_the_form_says_what_people_trip_over_with_the_chosen_server(window: Window) -> None:
    page = Page(window.post("/endpoints/draft/form", data={"platform": "openai_compatible", "server": "ollama"}))
    assert "OLLAMA_CONTEXT_LENGTH" in page.words("endpoint")
    assert "OLLAMA_CONTEXT_LENGTH" not in Page(window.get("/endpoints/new")).text
