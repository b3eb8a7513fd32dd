"""Composing what a feature is given, looking at the difference, applying it."""

from datetime import timedelta
from xml.etree.ElementTree import Element

import pytest
from werkzeug.test import TestResponse

from app.domain.roles import Actor
from app.queries.assignments import assignment
from app.queries.responsibilities import responsibility
from app.services.ports import Ports
from tests.fixtures.pages import Page, row_counts
from tests.fixtures.portal import OpenWindow, Window
from tests.fixtures.stock import UNLISTED, acknowledgements, add_endpoint, assign, attest, ready, uses

CHAT = "duo_chat"
PLACE = f"/features/{CHAT}/edit"


def send(window: Window, step: str, first: str, *behind: str, version: int = 0, **more: str) -> TestResponse:
    families = [""] * len(behind)
    data = {"version": version, "endpoint_id": first, "fallback_id": list(behind), "fallback_family": families, **more}
    return window.post(PLACE + step, data=data)


@pytest.fixture
def three(ports: Ports, ada: Actor) -> list[str]:
    return [add_endpoint(ports, ada, name) for name in ("one", "two", "three")]


def chosen(page: Page) -> list[str]:
    return [page.value("endpoint_id"), *(_chosen(each) for each in page.controls("fallback_id"))]


def _chosen(select: Element) -> str:
    return next((each.get("value", "") for each in select.iter("option") if each.get("selected") is not None), "")


def test_the_form_holds_what_is_stored(window_of: OpenWindow, ports: Ports, ada: Actor, three: list[str]) -> None:
    window = window_of(ada)
    assert send(window, "", *three, family="other").status_code == 303
    page = Page(window.get(PLACE))
    assert chosen(page) == three
    assert (page.value("family"), page.value("version")) == ("other", "1")
    assert uses(ports.store, CHAT) == ["one", "two", "three"]


def test_without_a_script_places_are_added_moved_and_removed(
    window_of: OpenWindow, ports: Ports, ada: Actor, three: list[str]
) -> None:
    window, (one, two, three_) = window_of(ada), three
    assert chosen(Page(send(window, "/add", one, two))) == [one, two, ""]
    assert chosen(Page(send(window, "/down/0", one, two, three_))) == [one, three_, two]
    assert chosen(Page(send(window, "/up/1", one, two, three_))) == [one, three_, two]
    assert chosen(Page(send(window, "/drop/0", one, two, three_))) == [one, three_]
    assert chosen(Page(send(window, "/drop/7", one, two))) == [one, two]
    assert assignment(ports.store, CHAT).version == 0


def test_the_difference_is_told_before_anything_is_written(
    window_of: OpenWindow, ports: Ports, ada: Actor, three: list[str]
) -> None:
    weak = add_endpoint(ports, ada, "weak", **UNLISTED)
    ready(ports, three[0])
    attest(ports, ada, three[0], "EU")
    attest(ports, ada, three[1], "US")
    assign(ports, ada, CHAT, three[0])
    before = row_counts(ports)
    page = Page(send(window_of(ada), "/review", weak, three[1], version=1))
    assert "The tier falls from supported to other." in page.text
    assert "Readiness goes from “Works” to “Not judged”." in page.text
    assert "Its region is not recorded, so data may leave EU." in page.text
    assert page.controls("acknowledged")
    assert row_counts(ports) == before


def test_the_last_acknowledgement_is_named(window_of: OpenWindow, ports: Ports, ada: Actor) -> None:
    weak = add_endpoint(ports, ada, "weak", **UNLISTED)
    assign(ports, ada, CHAT, weak)
    page = Page(send(window_of(ada), "/review", weak, version=1, family="mistral"))
    assert "Ada Admin took note of weak (other)" in page.words("review")
    assert not page.controls("acknowledged")


@pytest.mark.parametrize(
    ("behind", "sentence"),
    [("11", "stands among the fallbacks twice"), ("0", "one answers first already"), ("1212", "At most 3 fallbacks")],
)
def test_a_chain_that_is_wrong_is_told_at_its_field_and_kept(
    window_of: OpenWindow, ports: Ports, ada: Actor, three: list[str], behind: str, sentence: str
) -> None:
    links = [three[int(each)] for each in behind]
    for step in ("/review", ""):
        answer = send(window_of(ada), step, three[0], *links)
        page = Page(answer)
        assert (answer.status_code, chosen(page)) == (422, [three[0], *links])
        assert sentence in page.error("fallbacks")
    assert assignment(ports.store, CHAT).version == 0


def test_what_is_no_endpoint_and_no_family_is_told_too(window_of: OpenWindow, ada: Actor) -> None:
    page = Page(send(window_of(ada), "/review", "nowhere", family="x"))
    assert page.error("endpoint_id") == "Choose one of the listed endpoints."
    assert page.error("family").startswith("Choose one of the listed prompt families")


def test_the_note_is_asked_for_and_recorded_once_for_the_chain(
    window_of: OpenWindow, ports: Ports, ada: Actor, three: list[str]
) -> None:
    window, weak = window_of(ada), add_endpoint(ports, ada, "weak", **UNLISTED)
    missed = send(window, "", three[0], weak)
    assert (missed.status_code, "Tick this box first." in missed.text) == (422, True)
    assert send(window, "", three[0], weak, acknowledged="y").status_code == 303
    assert (uses(ports.store, CHAT), acknowledgements(ports.store)) == (["one", "weak"], 1)


def test_the_record_is_asked_for_along_with_the_note(window_of: OpenWindow, ports: Ports, ada: Actor) -> None:
    window, weak = window_of(ada), add_endpoint(ports, ada, "weak", **UNLISTED)
    assert Page(send(window, "/review", weak)).value("attested_id") == weak
    typed = {"attested_id": weak, "acknowledged": "y", "training_use": "no", "processor": "Acme"}
    page = Page(send(window, "", weak, **typed))
    assert (page.value("processor"), page.error("region")) == (
        "Acme", "Say where the data are processed, for example EU (Frankfurt).",
    )  # fmt: skip
    assert assignment(ports.store, CHAT).version == 0
    until = (ports.clock().date() + timedelta(days=9)).isoformat()
    assert send(window, "", weak, **typed, region="EU", valid_until=until).status_code == 303
    record = responsibility(ports.store, weak)
    assert record is not None
    assert (record.region, record.attested_name) == ("EU", "Ada Admin")


def test_the_record_may_stay_empty(window_of: OpenWindow, ports: Ports, ada: Actor) -> None:
    weak = add_endpoint(ports, ada, "weak", **UNLISTED)
    answer = send(window_of(ada), "", weak, attested_id=weak, acknowledged="y", training_use="unknown", region=" ")
    assert (answer.status_code, responsibility(ports.store, weak)) == (303, None)


def test_somebody_elses_change_is_shown_and_the_second_decides(
    window_of: OpenWindow, ports: Ports, ada: Actor, three: list[str]
) -> None:
    assign(ports, ada, CHAT, three[0])
    window = window_of(ada)
    stale = send(window, "", three[1], version=0)
    page = Page(stale)
    assert (stale.status_code, page.value("version"), uses(ports.store, CHAT)) == (409, "1", ["one"])
    assert "Ada Admin changed this feature after you opened it." in page.text
    assert (page.words("chain-before")[:3], page.words("chain-after")[:3]) == ("one", "two")
    assert send(window, "", three[1], version=1).status_code == 303


def test_in_the_dialog_the_row_comes_back_and_the_dialog_closes(
    window_of: OpenWindow, ada: Actor, three: list[str]
) -> None:
    data = {"version": 0, "endpoint_id": three[0], "fallback_id": three[1], "fallback_family": ""}
    answer = window_of(ada).post(PLACE, data=data, fragment=True)
    assert "app:close-dialog" in answer.headers["HX-Trigger"]
    assert "<b>1</b> two" in answer.text
    wrong = window_of(ada).post(f"{PLACE}/review", data={**data, "fallback_id": three[0]}, fragment=True)
    assert (wrong.status_code, wrong.headers["HX-Retarget"]) == (422, "#dlg-body")


def test_with_too_many_to_list_a_search_narrows_and_keeps_what_is_chosen(
    window_of: OpenWindow, ada: Actor, three: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.web.feature_choices.MOST_LISTED", 1)
    page = Page(send(window_of(ada), "/find", three[0], three[1], q="three"))
    assert chosen(page) == three[:2]
    assert {each.get("value") for each in page.by_id("endpoint_id").iter("option")} >= set(three)


def test_nothing_of_it_is_for_a_viewer(window_of: OpenWindow, vi: Actor, three: list[str]) -> None:
    window = window_of(vi)
    assert window.get(PLACE).status_code == 403
    assert send(window, "", three[0]).status_code == 403
    assert "/edit" not in window.get("/features").text
