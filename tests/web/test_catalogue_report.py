"""Reporting to the catalogue: from a test or an entry, over the preview, to the entry's page."""

import json
from typing import Any

import pytest

from app.domain.roles import Actor
from app.queries import catalogue_reports
from app.queries.catalogue_reports import ReportRecord
from app.services.ports import Ports
from tests.fixtures.catalogue import MISTRAL, entry, shelf
from tests.fixtures.findings import SUITED, UNSUITED, measure
from tests.fixtures.pages import Page, row_counts
from tests.fixtures.portal import OpenWindow, Window
from tests.fixtures.stock import add_endpoint

pytestmark = pytest.mark.seeded

MODEL = "Mistral Small 24B Instruct 2506"
ADDRESS = "/catalogue/vllm/mistral-small-24b-instruct-2506"
GOOD: dict[str, Any] = {"model": MODEL, "host": "vllm", "family": "mistral", "answer_duo_chat": "works"}


@pytest.fixture
def window(window_of: OpenWindow, ports: Ports, ed: Actor) -> Window:
    shelf(ports)
    return window_of(ed)


@pytest.fixture
def tested(ports: Ports, ed: Actor) -> str:
    """An endpoint with a finished test."""
    endpoint_id = add_endpoint(
        ports, ed, "In Frankfurt", base_url="https://secret-host.example/v1", api_key="sk-hidden"
    )
    measure(ports, ed, endpoint_id, *SUITED)
    return endpoint_id


def stored(ports: Ports) -> ReportRecord:
    (report,) = catalogue_reports.page_of(ports.store, entry(ports, MISTRAL).id).rows
    return report


def test_a_finished_test_becomes_a_report_in_three_presses(window: Window, ports: Ports, tested: str) -> None:
    assert f"/catalogue/report?endpoint={tested}" in Page(window.get(f"/endpoints/{tested}")).links()
    form = Page(window.get(f"/catalogue/report?endpoint={tested}"))
    assert (form.value("model"), form.value("host"), form.value("family")) == (MODEL, "vllm", "mistral")
    assert (form.value("answer_duo_chat"), form.value("attach")) == ("works", "y")
    preview = Page(window.post("/catalogue/report/preview", data=form.filled("report") | {"gpus": "2x L40S"}))
    answer = window.post("/catalogue/report", data=preview.filled("send"))
    assert answer.status_code == 303
    report = stored(ports)
    assert report.versions == {"gpus": "2x L40S"}
    assert report.passed == (7, 7)
    page = Page(window.get(answer.headers["Location"]))
    assert page.words("toasts").startswith("Your report is stored and counts. An endpoint's tier follows once")
    assert "Test attached: 7 of 7 steps passed · this installation, Ed Editor" in page.words("evidence")


def test_the_preview_is_to_the_letter_what_is_stored_and_stores_nothing(
    window: Window, ports: Ports, tested: str
) -> None:
    form = Page(window.get(f"/catalogue/report?endpoint={tested}"))
    before = row_counts(ports)
    preview = Page(window.post("/catalogue/report/preview", data=form.filled("report")))
    assert row_counts(ports) == before
    told = json.loads("".join(next(preview.tree.iter("pre")).itertext()))
    for revealing in ("secret-host", "sk-hidden", "In Frankfurt"):
        assert revealing not in json.dumps(told)
    window.post("/catalogue/report", data=preview.filled("send"))
    report = stored(ports)
    assert told["answers"] == report.answers
    assert told["evidence"] == report.evidence


def test_without_the_tick_nothing_of_the_test_goes_with_it(window: Window, ports: Ports, tested: str) -> None:
    values = Page(window.get(f"/catalogue/report?endpoint={tested}")).filled("report")
    del values["attach"]
    preview = Page(window.post("/catalogue/report/preview", data=values))
    assert "None attached" in preview.words("told")
    window.post("/catalogue/report", data=preview.filled("send"))
    assert stored(ports).evidence is None


def test_limits_of_a_test_begin_as_notes(window: Window, ports: Ports, ed: Actor) -> None:
    endpoint_id = add_endpoint(ports, ed, "Poor")
    measure(ports, ed, endpoint_id, *UNSUITED)
    form = Page(window.get(f"/catalogue/report?endpoint={endpoint_id}"))
    assert form.value("answer_duo_chat") == "fails"
    assert form.value("answer_generate_commit_message") == "notes"
    assert form.value("note")


def test_from_an_entry_model_and_host_are_filled_in_and_no_test_goes_with_it(window: Window, ports: Ports) -> None:
    form = Page(window.get(f"/catalogue/report?entry={entry(ports, MISTRAL).id}"))
    assert (form.value("model"), form.value("host"), form.value("answer_duo_chat")) == (MODEL, "vllm", "")
    assert not form.controls("attach")


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"answer_duo_chat": ""}, "answers", "Say of at least one feature"),
        ({"answer_duo_chat": "perhaps"}, "answers", "works, notes or fails"),
        ({"answer_duo_chat": "notes"}, "note", "Say what the notes are"),
        ({"note": "see https://10.0.0.1/v1"}, "note", "Leave out addresses and keys"),
        ({"gpus": "at glpat-abcdefgh1234"}, "gpus", "Leave out addresses and keys"),
        ({"model": " "}, "model", "Name the model."),
        ({"host": "abacus"}, "host", "Choose one of the listed"),
        ({"family": "roses"}, "family", "Choose one of the listed"),
        ({"server": "x" * 61}, "server", "Shorten it"),
    ],
)
@pytest.mark.parametrize("address", ["/catalogue/report/preview", "/catalogue/report"])
def test_bad_input_is_told_at_its_field_keeps_the_rest_and_stores_nothing(
    window: Window, ports: Ports, values: dict[str, str], field: str, words: str, address: str
) -> None:
    before = row_counts(ports)
    answer = window.post(address, data=GOOD | {"gitlab": "19.2", "answer_review_merge_request": ""} | values)
    page = Page(answer)
    assert answer.status_code == 422
    assert words in page.error(field)
    assert page.value("gitlab") == "19.2"
    assert page.value("note") == values.get("note", "")
    assert row_counts(ports) == before


def test_what_was_typed_comes_back_from_the_preview(window: Window) -> None:
    preview = Page(window.post("/catalogue/report/preview", data=GOOD | {"note": "One <b>.", "air_gapped": "y"}))
    again = Page(window.post("/catalogue/report/form", data=preview.filled("send")))
    assert (again.value("note"), again.value("air_gapped"), again.value("answer_duo_chat")) == (
        "One <b>.",
        "y",
        "works",
    )


def test_a_test_of_another_endpoint_does_not_go_with_a_report(
    window: Window, ports: Ports, ed: Actor, tested: str
) -> None:
    other = add_endpoint(ports, ed, "Another")
    probe = Page(window.get(f"/catalogue/report?endpoint={tested}")).value("probe_id")
    answer = window.post("/catalogue/report", data=GOOD | {"endpoint": other, "probe_id": probe, "attach": "y"})
    assert answer.status_code == 422
    assert "This test is not to be had any more" in answer.text


def test_a_report_is_taken_back_by_who_made_it_or_an_admin(
    window_of: OpenWindow, window: Window, ports: Ports, ed: Actor
) -> None:
    window.post("/catalogue/report", data=GOOD)
    report = stored(ports)
    other = window_of(Actor(ed.issuer, "edna", "Edna", ed.role, ed.groups))
    assert other.post(f"/catalogue/reports/{report.id}/withdraw").status_code == 404
    answer = window.post(f"/catalogue/reports/{report.id}/withdraw")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{ADDRESS}?said=withdrawn")
    assert entry(ports, MISTRAL).reports == 0
    assert window.post(f"/catalogue/reports/{report.id}/withdraw").status_code == 404
    assert window.post("/catalogue/reports/nothing/withdraw").status_code == 404


def test_a_viewer_may_not_report(window_of: OpenWindow, ports: Ports, vi: Actor) -> None:
    shelf(ports)
    viewer = window_of(vi)
    assert viewer.get("/catalogue/report").status_code == 403
    assert viewer.post("/catalogue/report", data=GOOD).status_code == 403
    assert "Report what you see" not in viewer.get(ADDRESS).text


@pytest.mark.parametrize("query", ["endpoint=nothing", "entry=nothing"])
def test_what_is_not_there_is_not_found(window: Window, query: str) -> None:
    assert window.get(f"/catalogue/report?{query}").status_code == 404


def test_an_endpoint_without_a_finished_test_has_none_to_report(window: Window, ports: Ports, ed: Actor) -> None:
    endpoint_id = add_endpoint(ports, ed, "Untested")
    assert window.get(f"/catalogue/report?endpoint={endpoint_id}").status_code == 404
    assert "/catalogue/report" not in window.get(f"/endpoints/{endpoint_id}").text
