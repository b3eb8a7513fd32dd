"""Giving one endpoint to a section or to all features, and putting one in another's place."""

import pytest

from app.domain.roles import Actor
from app.queries.assignments import serving
from app.queries.endpoints import endpoint as stored_endpoint
from app.services.ports import Ports
from tests.fixtures.pages import Page
from tests.fixtures.portal import OpenWindow, Window
from tests.fixtures.stock import UNLISTED, acknowledgements, add_endpoint, assign, ready, uses

PLACE = "/features/batch"
SECTION = "code_suggestions"
MEMBERS = {"code_completions", "code_generations"}


def listed(page: Page) -> set[str]:
    return {each.get("value", "") for each in page.controls("feature")}


def post(window: Window, page: Page, **more: str) -> int:
    features = [each.get("value", "") for each in page.controls("feature")]
    seen = [each.get("value", "") for each in page.controls("seen")]
    given = {"endpoint_id": page.value("endpoint_id"), "feature": features, "seen": seen, **more}
    return window.post(PLACE, data=given).status_code


def test_a_section_lists_what_suits_and_apart_what_does_not(window_of: OpenWindow, ports: Ports, ada: Actor) -> None:
    chosen = add_endpoint(ports, ada)
    ready(ports, chosen)
    ready(ports, chosen, "no", "code_completions")
    page = Page(window_of(ada).get(f"{PLACE}?section={SECTION}&endpoint_id={chosen}"))
    assert listed(page) == {"code_generations"}
    assert "Code Completion : Will not work. Said to be no." in page.words("batch")


def test_what_was_listed_is_assigned_at_once(window_of: OpenWindow, ports: Ports, ada: Actor) -> None:
    chosen, window = add_endpoint(ports, ada), window_of(ada)
    ready(ports, chosen)
    assert post(window, Page(window.get(f"{PLACE}?section={SECTION}&endpoint_id={chosen}"))) == 303
    assert set(serving(ports.store)) == MEMBERS


def test_in_the_dialog_the_list_comes_back_as_it_was_narrowed(window_of: OpenWindow, ports: Ports, ada: Actor) -> None:
    chosen, window = add_endpoint(ports, ada), window_of(ada)
    ready(ports, chosen)
    data = {"endpoint_id": chosen, "feature": "code_completions", "seen": "0"}
    here = {"HX-Current-URL": f"{window.origin}/features?q=completion"}
    answer = window.post(PLACE, data=data, fragment=True, headers=here)
    assert answer.text.count("data-feature=") == 1
    assert "The model is assigned to 1 feature." in answer.headers["HX-Trigger"]
    wrong = window.post(PLACE, data={**data, "endpoint_id": "x"}, fragment=True)
    assert (wrong.status_code, wrong.headers["HX-Retarget"]) == (409, "#dlg-body")


def test_everything_it_suits_takes_one_note(window_of: OpenWindow, ports: Ports, ada: Actor) -> None:
    chosen, window = add_endpoint(ports, ada, **UNLISTED), window_of(ada)
    ready(ports, chosen, "limits", *MEMBERS)
    page = Page(window.get(f"{PLACE}?endpoint_id={chosen}"))
    assert listed(page) == MEMBERS
    assert post(window, page) == 422
    assert serving(ports.store) == {}
    assert post(window, page, acknowledged="y") == 303
    assert (len(serving(ports.store)), acknowledgements(ports.store)) == (2, 2)


def test_somebody_elses_change_stops_all_of_it(window_of: OpenWindow, ports: Ports, ada: Actor) -> None:
    chosen, window = add_endpoint(ports, ada), window_of(ada)
    ready(ports, chosen)
    page = Page(window.get(f"{PLACE}?section={SECTION}&endpoint_id={chosen}"))
    assign(ports, ada, "code_completions", add_endpoint(ports, ada, "other"))
    assert post(window, page) == 409
    assert set(serving(ports.store)) == {"code_completions"}


def test_what_no_longer_suits_stops_all_of_it(window_of: OpenWindow, ports: Ports, ada: Actor) -> None:
    chosen, window = add_endpoint(ports, ada), window_of(ada)
    ready(ports, chosen)
    page = Page(window.get(f"{PLACE}?section={SECTION}&endpoint_id={chosen}"))
    ready(ports, chosen, "no", "code_completions")
    assert post(window, page) == 422
    assert serving(ports.store) == {}


@pytest.mark.parametrize("asked", ["?section=nowhere", "?section=x&endpoint_id=y"])
def test_an_unknown_section_is_not_found(window_of: OpenWindow, ada: Actor, asked: str) -> None:
    assert window_of(ada).get(PLACE + asked).status_code == 404


def test_an_unknown_endpoint_suits_nothing(window_of: OpenWindow, ada: Actor) -> None:
    page = Page(window_of(ada).get(f"{PLACE}?endpoint_id=nowhere"))
    assert "It was not found to suit any of these features." in page.text
    assert listed(page) == set()


def test_an_endpoint_is_replaced_everywhere_after_a_look(window_of: OpenWindow, ports: Ports, ada: Actor) -> None:
    old, new, window = add_endpoint(ports, ada, "old"), add_endpoint(ports, ada, "new", **UNLISTED), window_of(ada)
    assign(ports, ada, "duo_chat", old)
    place = f"/endpoints/{old}/replace"
    assert place in window.get(f"/endpoints/{old}").text
    page = Page(window.get(f"{place}?replacement_id={new}"))
    assert "The tier falls from supported to other." in page.text
    sent = {"replacement_id": new, "version": page.value("version")}
    assert window.post(place, data=sent).status_code == 422
    assert window.post(place, data={**sent, "acknowledged": "y"}).status_code == 303
    assert uses(ports.store, "duo_chat") == ["new"]


def test_switching_a_used_one_off_offers_its_replacement(window_of: OpenWindow, ports: Ports, ada: Actor) -> None:
    old, new, window = add_endpoint(ports, ada, "old"), add_endpoint(ports, ada, "new"), window_of(ada)
    assign(ports, ada, "duo_chat", old)
    refused = window.post(f"/endpoints/{old}/disable", data={"version": 1})
    assert (refused.status_code, f"/endpoints/{old}/replace?off=y" in refused.text) == (409, True)
    sent = {"replacement_id": new, "version": "1", "off": "y"}
    assert window.post(f"/endpoints/{old}/replace", data={**sent, "version": "0"}).status_code == 409
    assert window.post(f"/endpoints/{old}/replace", data=sent).status_code == 303
    record = stored_endpoint(ports.store, old)
    assert record is not None
    assert (uses(ports.store, "duo_chat"), record.enabled) == (["new"], False)


@pytest.mark.parametrize("new", ["", "nowhere", "itself"])
def test_what_cannot_replace_is_told_at_its_field(window_of: OpenWindow, ports: Ports, ada: Actor, new: str) -> None:
    old = add_endpoint(ports, ada)
    assign(ports, ada, "duo_chat", old)
    answer = window_of(ada).post(f"/endpoints/{old}/replace", data={"replacement_id": old if new == "itself" else new})
    assert answer.status_code == 422
    assert "Choose" in Page(answer).error("replacement_id")
    assert uses(ports.store, "duo_chat") == ["Mistral"]
