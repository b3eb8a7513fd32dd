"""Proposals by programs: made, listed for who may see them, asked about, decided."""

import pytest

from app.services.ports import Ports
from tests.fixtures.api import Program
from tests.fixtures.catalogue import MISTRAL, entry, shelf

pytestmark = pytest.mark.seeded

MODEL = {"kind": "model", "fields": {"model": "House Model 7B", "host": "vllm", "family": "other", "size": 7}}


@pytest.fixture(autouse=True)
def shipped(ports: Ports) -> None:
    shelf(ports)


def test_a_model_is_proposed_and_accepted_into_the_catalogue(viewer: Program, admin: Program) -> None:
    made = viewer.post("/proposals", MODEL)
    place = made.headers["Location"]
    assert (made.status_code, made.json["state"], made.json["own"]) == (201, "open", True)
    taken = admin.post(f"{place}/decision", {"decision": "accept"}, match='"1"')
    assert (taken.status_code, taken.json["state"], taken.json["own"]) == (200, "accepted", False)
    found = viewer.get(f"/catalogue/{taken.json['host']}/{taken.json['slug']}").json
    assert (found["model"], found["size"], found["id"]) == ("House Model 7B", 7.0, taken.json["entry_id"])


def test_a_correction_tells_what_it_changes(editor: Program, admin: Program, ports: Ports) -> None:
    known = entry(ports, MISTRAL)
    values = {"kind": "correction", "entry_id": known.id, "fields": {"licence": "Other"}}
    made = editor.post("/proposals", values).json
    (change,) = made["changes"]
    assert (change["name"], change["before"], change["after"]) == ("licence", known.licence, "Other")
    admin.post(f"/proposals/{made['id']}/decision", {"decision": "accept"}, match="*")
    assert editor.get("/catalogue/" + "/".join(MISTRAL)).json["licence"] == "Other"


def test_a_question_goes_to_the_author_and_back(viewer: Program, editor: Program, admin: Program) -> None:
    place = viewer.post("/proposals", MODEL).headers["Location"]
    asked = admin.post(f"{place}/decision", {"decision": "ask", "words": "Which server?"}, match="*").json
    assert (asked["state"], asked["reason"]) == ("asked", "Which server?")
    assert editor.post(f"{place}/answer", {"answer": "Mine."}, match="*").status_code == 404
    told = viewer.post(f"{place}/answer", {"answer": "vLLM 0.11"}, match=f'"{asked["version"]}"').json
    assert (told["state"], told["answer"]) == ("open", "vLLM 0.11")
    declined = admin.post(f"{place}/decision", {"decision": "decline", "words": "Too old."}, match="*").json
    assert (declined["state"], declined["reason"], declined["decided_by"]) == (
        "declined",
        "Too old.",
        "of the admin tests",
    )


def test_a_decision_says_which_version_it_saw_and_comes_once(viewer: Program, admin: Program) -> None:
    place = f"{viewer.post('/proposals', MODEL).headers['Location']}/decision"
    accept = {"decision": "accept"}
    assert [admin.post(place, accept, match=tag).status_code for tag in (None, '"9"')] == [428, 412]
    assert admin.post(place, accept, match='"1"').status_code == 200
    again = admin.post(place, accept, match="*")
    assert (again.status_code, again.json["current_version"]) == (412, 2)


def test_only_admins_decide_and_see_the_queue(viewer: Program, editor: Program, admin: Program) -> None:
    made = viewer.post("/proposals", MODEL)
    place, proposal_id = made.headers["Location"], made.json["id"]
    assert editor.post(f"{place}/decision", {"decision": "accept"}, match="*").status_code == 403
    assert editor.get(place).status_code == 404
    assert editor.get("/proposals").json["items"] == []
    assert [each["id"] for each in viewer.get("/proposals").json["items"]] == [proposal_id]
    assert [each["id"] for each in admin.get("/proposals").json["items"]] == [proposal_id]
    assert admin.get("/proposals?mine=true").json["items"] == []
    assert admin.get("/proposals?state=accepted").json["items"] == []


def test_the_queue_comes_page_by_page(viewer: Program, admin: Program) -> None:
    for number in range(3):
        viewer.post("/proposals", {**MODEL, "fields": {**MODEL["fields"], "model": f"House {number}"}})
    first = admin.get("/proposals?limit=2").json
    rest = admin.get(f"/proposals?limit=2&cursor={first['next']}").json
    titles = [each["title"] for each in first["items"] + rest["items"]]
    assert (len(set(titles)), rest["next"]) == (3, None)
    assert admin.get(f"/proposals?limit=2&state=asked&cursor={first['next']}").status_code == 422


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({**MODEL, "kind": "idea"}, "kind"),
        ({"kind": "model", "fields": {"model": "X", "family": "other"}}, "host"),
        ({"kind": "model", "fields": {"model": "X", "host": "vllm", "family": "other", "tier": "supported"}}, ""),
        ({"kind": "model", "fields": {"model": MISTRAL[1], "host": "vllm", "family": "mistral"}}, "model"),
        ({"kind": "model"}, "fields"),
    ],
)
def test_what_does_not_fit_is_told_at_its_field(viewer: Program, body: dict[str, object], field: str) -> None:
    refused = viewer.post("/proposals", body)
    assert (refused.status_code, field in refused.json["errors"]) == (422, True)


def test_what_is_not_there_is_not_found(viewer: Program, admin: Program) -> None:
    assert viewer.get("/proposals/none").status_code == 404
    assert admin.post("/proposals/none/decision", {"decision": "accept"}, match="*").status_code == 404
    wrong = {"kind": "correction", "entry_id": "none", "fields": {"licence": "MIT"}}
    assert viewer.post("/proposals", wrong).status_code == 404


@pytest.mark.parametrize("decision", ["ask", "decline"])
def test_a_question_and_a_refusal_need_words(viewer: Program, admin: Program, decision: str) -> None:
    place = viewer.post("/proposals", MODEL).headers["Location"]
    assert admin.post(f"{place}/decision", {"decision": decision}, match="*").status_code == 422
