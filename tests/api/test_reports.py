"""Reports by programs: from an endpoint's test or in full, listed, read, taken back."""

from typing import Any

import pytest

from app.domain.roles import Actor, Role
from app.services.ports import Ports
from tests.fixtures.api import Program, ProgramOf
from tests.fixtures.catalogue import MISTRAL, entry, report_elsewhere, shelf
from tests.fixtures.measured import YES, answered, conclude
from tests.fixtures.pages import row_counts
from tests.fixtures.stock import add_endpoint
from tests.fixtures.together import together

pytestmark = pytest.mark.seeded

REPORT = {
    "model": "Mistral Small 24B Instruct 2506",
    "host": "vllm",
    "family": "mistral",
    "answers": {"duo_chat": "works"},
}


@pytest.fixture(autouse=True)
def shipped(ports: Ports) -> None:
    shelf(ports)


def listed(program: Program, ports: Ports) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = program.get(f"/reports?entry={entry(ports, MISTRAL).id}").json["items"]
    return found


def test_a_report_in_full_counts_at_once(editor: Program, ports: Ports) -> None:
    sent = editor.post("/reports", {**REPORT, "versions": {"server": "vLLM 0.11"}, "air_gapped": True})
    assert (sent.status_code, sent.json["grade"], sent.json["here"]) == (201, "claim", True)
    assert sent.json["versions"] == {"server": "vLLM 0.11", "air_gapped": True}
    assert editor.get(sent.headers["Location"]).json == sent.json
    assert [each["id"] for each in listed(editor, ports)] == [sent.json["id"]]
    assert editor.get("/catalogue/" + "/".join(MISTRAL)).json["reports"] == 1


def test_a_later_report_takes_the_place_of_the_former(editor: Program, ports: Ports) -> None:
    first = editor.post("/reports", REPORT)
    second = editor.post("/reports", {**REPORT, "answers": {"duo_chat": "fails"}})
    assert [each["id"] for each in listed(editor, ports)] == [second.json["id"]]
    assert editor.get(first.headers["Location"]).status_code == 404
    assert editor("DELETE", first.headers["Location"]).status_code == 404


def test_a_model_that_nobody_knew_becomes_an_entry(editor: Program) -> None:
    sent = editor.post("/reports", {**REPORT, "model": "House Model 7B", "family": "other", "variant": "AWQ"})
    found = editor.get("/catalogue/vllm/house-model-7b?variant=AWQ").json
    assert (found["id"], found["tier"], found["origin"]) == (sent.json["entry_id"], "other", "here")


@together(
    ("values", "field"),
    [
        ({"model": ""}, "model"),
        ({"host": "nowhere"}, "host"),
        ({"family": "none"}, "family"),
        ({"answers": {}}, "answers"),
        ({"answers": {"telepathy": "works"}}, "answers"),
        ({"answers": {"duo_chat": "notes"}}, "note"),
        ({"note": "It is at http://10.0.0.1/v1"}, "note"),
        ({"variant": "x" * 49}, "variant"),
        ({"versions": {"kernel": "6"}}, "versions.kernel"),
        ({"grade": "tested"}, "grade"),
    ],
)
def test_what_does_not_fit_is_told_at_its_field_and_nothing_is_written(
    editor: Program, ports: Ports, values: dict[str, object], field: str
) -> None:
    before = row_counts(ports)
    refused = editor.post("/reports", {**REPORT, **values})
    assert (refused.status_code, field in refused.json["errors"]) == (422, True)
    assert row_counts(ports) == before


@pytest.mark.parametrize(("attach", "grade"), [(True, "tested"), (False, "claim")])
def test_an_endpoints_last_test_fills_a_report_in(
    editor: Program, ports: Ports, ada: Actor, attach: bool, grade: str
) -> None:
    endpoint_id = add_endpoint(ports, ada)
    conclude(ports, ada, endpoint_id, answered(YES, context=32768))
    values = {"endpoint_id": endpoint_id, "attach": attach, "answers": {"duo_chat": "notes"}, "note": "It is slow."}
    sent = editor.post("/reports", values)
    assert (sent.status_code, sent.json["entry_id"]) == (201, entry(ports, MISTRAL).id)
    assert (sent.json["family"], sent.json["answers"], sent.json["grade"]) == ("mistral", {"duo_chat": "notes"}, grade)
    assert bool(sent.json["evidence"]) is attach


def test_an_endpoint_without_a_test_has_nothing_to_report(editor: Program) -> None:
    assert editor.post("/reports", {"endpoint_id": "none"}).status_code == 404


def test_a_viewer_reads_and_does_not_report(viewer: Program, ports: Ports) -> None:
    assert viewer.post("/reports", REPORT).status_code == 403
    report_elsewhere(ports, entry(ports, MISTRAL).id)
    (found,) = listed(viewer, ports)
    assert (found["here"], found["person_name"], found["has_evidence"], found["grade"]) == (False, "", True, "tested")
    assert viewer.get(f"/reports/{found['id']}").json["evidence"]["steps"]


def test_reports_come_page_by_page_the_newest_first(viewer: Program, ports: Ports) -> None:
    known = entry(ports, MISTRAL).id
    report_elsewhere(ports, known, number=5)
    first = viewer.get(f"/reports?entry={known}&limit=3").json
    rest = viewer.get(f"/reports?entry={known}&limit=3&cursor={first['next']}").json
    days = [each["at"] for each in first["items"] + rest["items"]]
    assert (len(days), days, rest["next"]) == (5, sorted(days, reverse=True), None)


def test_reports_of_no_entry_are_not_found(viewer: Program) -> None:
    assert viewer.get("/reports").status_code == 404
    assert viewer.get("/reports?entry=none").status_code == 404


def test_a_report_is_taken_back_by_its_author_or_an_admin(
    editor: Program, program_of: ProgramOf, admin: Program, ports: Ports, vi: Actor
) -> None:
    place = editor.post("/reports", REPORT).headers["Location"]
    other = program_of(Role.EDITOR, maker=vi)
    assert other("DELETE", place).status_code == 404
    assert editor("DELETE", place).status_code == 204
    assert listed(editor, ports) == []
    again = editor.post("/reports", REPORT).headers["Location"]
    assert admin("DELETE", again).status_code == 204
