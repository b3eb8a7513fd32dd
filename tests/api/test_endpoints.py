"""Endpoints in JSON: added, listed, merged, switched, deleted; versions and secrets kept straight."""

from datetime import datetime

import pytest
from werkzeug.test import TestResponse

from app.domain.breaker import RESTS
from app.domain.roles import Actor
from app.queries import endpoints as query
from app.services import endpoints as service
from app.services.ports import Ports
from tests.domain.endpoint_cases import CASES, GOOD
from tests.fixtures.api import Program
from tests.fixtures.pages import everything_stored, row_counts
from tests.fixtures.statements import statements
from tests.fixtures.stock import SUPPORTED, add_endpoint, assign, judge, rest, sent_headers


@pytest.fixture
def place(editor: Program) -> str:
    """The address of an endpoint with a key."""
    return str(editor.post("/endpoints", GOOD).headers["Location"])


def key_of(ports: Ports, place: str) -> str | None:
    from app.models.endpoint import Endpoint
    from app.services.targets import stored_key

    with ports.store.read() as session:
        row = session.get(Endpoint, place.rpartition("/")[2])
        assert row is not None
        return stored_key(ports, row)


def test_what_is_added_is_answered_with_its_address_and_version(editor: Program, viewer: Program) -> None:
    made = editor.post("/endpoints", GOOD)
    assert (made.status_code, made.headers["ETag"], made.json["version"]) == (201, '"1"', 1)
    seen = viewer.get(made.headers["Location"])
    assert (seen.status_code, seen.headers["ETag"], seen.json["id"]) == (200, '"1"', made.json["id"])
    expected = {
        "slug": "mistral-small",
        "identifier": "custom_openai/mistral-small-24b",
        "enabled": True,
        "verdict": "",
    }
    assert expected.items() <= seen.json.items()
    assert {"tier", "tier_reasons", "created_at", "updated_at", "served_name"} <= seen.json.keys()


def test_no_secret_comes_out(editor: Program, place: str) -> None:
    answer = editor.get(place)
    assert (answer.json["has_key"], "sk-of-the-tests" in answer.text) == (True, False)
    assert not {"api_key", "session_token", "client_key"} & answer.json.keys()


def test_of_headers_the_names_are_answered_and_what_is_sent_back_keeps_the_values(
    editor: Program, viewer: Program, ports: Ports
) -> None:
    place = editor.post("/endpoints", {**GOOD, "headers": {"X-Tenant": "platform"}}).headers["Location"]
    answered = editor.get(place).json["headers"]
    assert (answered, viewer.get(place).json["headers"]) == ({"X-Tenant": ""}, {"X-Tenant": ""})
    changed = editor("PATCH", place, {"headers": {**answered, "X-More": "b"}, "owner": "x"}, match="*")
    assert changed.json["headers"] == {"X-Tenant": "", "X-More": ""}
    assert sent_headers(ports, changed.json["id"]) == {"X-Tenant": "platform", "X-More": "b"}
    refused = editor("PATCH", place, {"headers": {"X-New": ""}}, match="*")
    assert "X-New has no value" in refused.json["errors"]["headers"][0]


def complaint(answer: TestResponse, field: str, message: str) -> str:
    """What is wrong with the answer to one wrong value, "" for nothing."""
    told = answer.json.get("errors")
    return "" if (answer.status_code, told) == (422, {field: [message]}) else f"{answer.status_code} {told}"


def test_wrong_values_get_the_very_sentences_of_the_form(editor: Program, ports: Ports, place: str) -> None:
    before = everything_stored(ports)
    for case in CASES:
        added = editor.post("/endpoints", case.values)
        changed = editor("PATCH", place, case.typed, match="*")
        assert [complaint(each, case.field, case.message) for each in (added, changed)] == ["", ""], case.title
    assert everything_stored(ports) == before


def test_a_taken_name_is_told_at_the_name(editor: Program, place: str) -> None:
    told = editor.post("/endpoints", {**GOOD, "name": " MISTRAL small"})
    assert "Another endpoint is called" in told.json["errors"]["name"][0]
    assert (told.status_code, editor.get(place).json["version"]) == (422, 1)


def test_a_change_merges_what_is_named(editor: Program, ports: Ports, place: str) -> None:
    changed = editor("PATCH", place, {"owner": None, "headers": {"X-A": "1", "X-B": "2"}}, match='"1"')
    assert (changed.status_code, changed.headers["ETag"]) == (200, '"2"')
    assert (changed.json["owner"], changed.json["family"], changed.json["has_key"]) == ("", "mistral", True)
    again = editor("PATCH", place, {"headers": {"X-A": None, "X-C": "3"}}, match='"2"')
    assert again.json["headers"] == {"X-B": "", "X-C": ""}
    assert sent_headers(ports, again.json["id"]) == {"X-B": "2", "X-C": "3"}
    assert editor("PATCH", place, {"headers": None}, match='"3"').json["headers"] == {}
    assert key_of(ports, place) == "sk-of-the-tests"


@pytest.mark.parametrize("nothing", ["", None])
def test_a_secret_goes_when_it_is_emptied(editor: Program, place: str, nothing: str | None) -> None:
    assert editor("PATCH", place, {"api_key": nothing}, match="*").json["has_key"] is False


def test_a_key_does_not_follow_to_another_host(editor: Program, ports: Ports, place: str) -> None:
    elsewhere = {"base_url": "https://elsewhere.example/v1"}
    told = editor("PATCH", place, elsewhere, match="*")
    assert (told.status_code, list(told.json["errors"])) == (422, ["api_key"])
    assert editor("PATCH", place, {**elsewhere, "api_key": "sk-another-one"}, match="*").status_code == 200
    assert key_of(ports, place) == "sk-another-one"


def test_another_platform_begins_anew_with_what_belongs_to_it(editor: Program, place: str) -> None:
    to_azure = {
        "platform": "azure_openai", "base_url": "https://company.openai.azure.com", "identifier": "gpt-4o",
        "api_version": "2024-10-21", "api_key": "x" * 12,
    }  # fmt: skip
    changed = editor("PATCH", place, to_azure, match="*")
    assert (changed.status_code, changed.json["server"], changed.json["platform"]) == (200, "", "azure_openai")


def test_a_change_says_which_version_it_saw(editor: Program, ports: Ports, place: str) -> None:
    before = everything_stored(ports)
    missing, stale = editor("PATCH", place, {"owner": "x"}), editor("PATCH", place, {"owner": "x"}, match='"7"')
    assert (missing.status_code, stale.status_code, stale.json["current_version"]) == (428, 412, 1)
    assert everything_stored(ports) == before
    assert editor("PATCH", place, {"owner": "x"}, match="*").json["version"] == 2


def test_deleting_takes_an_admin_a_version_and_no_uses(
    admin: Program, editor: Program, ports: Ports, ada: Actor, place: str
) -> None:
    assert editor("DELETE", place, match="*").status_code == 403
    assert admin("DELETE", place).status_code == 428
    assert admin("DELETE", place, match='"9"').status_code == 412
    assign(ports, ada, "duo_chat", place.rpartition("/")[2])
    used = admin("DELETE", place, match="*")
    assert (used.status_code, used.json["code"], used.json["uses"]) == (409, "in_use", ["General Chat"])
    spare = add_endpoint(ports, ada, "Spare")
    gone = admin("DELETE", f"/endpoints/{spare}", match='"1"')
    assert (gone.status_code, gone.data, "Content-Type" in gone.headers) == (204, b"", False)
    assert admin.get(f"/endpoints/{spare}").status_code == 404


def test_switching_off_and_on_is_idempotent_and_heeds_a_version(editor: Program, place: str) -> None:
    assert editor.post(f"{place}/disable", match='"4"').status_code == 412
    assert [editor.post(f"{place}/disable").json["enabled"] for _ in range(2)] == [False, False]
    assert (editor.get(place).json["version"], editor.post(f"{place}/enable").json["enabled"]) == (2, True)


def test_an_editors_token_switches_what_it_added_alone(editor: Program, ports: Ports, ada: Actor) -> None:
    foreign = add_endpoint(ports, ada)
    refused = editor.post(f"/endpoints/{foreign}/disable")
    assert (refused.status_code, query.endpoint(ports.store, foreign).enabled) == (403, True)  # type: ignore[union-attr]


def test_unknown_endpoints_are_not_found(admin: Program) -> None:
    for method, path, body in (
        ("GET", "", None), ("PATCH", "", {"owner": "x"}), ("DELETE", "", None), ("POST", "/enable", None),
        ("GET", "/probes", None), ("POST", "/probes", {}), ("GET", "/capabilities", None), ("GET", "/readiness", None),
    ):  # fmt: skip
        assert admin(method, f"/endpoints/none{path}", body, match="*").status_code == 404, (method, path)


def test_a_list_goes_page_by_page_to_its_end(viewer: Program, ports: Ports, ada: Actor) -> None:
    for number in range(7):
        add_endpoint(ports, ada, f"Endpoint {number}")
    names, address = [], "/endpoints?limit=3"
    while address:
        page = viewer.get(address).json
        names.append([each["name"][-1] for each in page["items"]])
        address = page["next"] and f"/endpoints?limit=3&cursor={page['next']}"
    assert names == [["0", "1", "2"], ["3", "4", "5"], ["6"]]


def test_a_cursor_of_another_list_or_a_changed_one_is_refused(admin: Program, ports: Ports, ada: Actor) -> None:
    for number in range(2):
        add_endpoint(ports, ada, f"Endpoint {number}")
    cursor = admin.get("/endpoints?limit=1").json["next"]
    assert admin.get(f"/audit?cursor={cursor}").status_code == 422
    assert admin.get(f"/endpoints?cursor={cursor[:-4]}AAAA").status_code == 422


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=llama", ["Llama"]), ("platform=openai_compatible", ["Llama", "Mistral"]), ("platform=bedrock", []),
        ("tier=supported", ["Mistral"]), ("tier=other", ["Llama"]), ("verdict=failed", ["Llama"]),
        ("verdict=untested", ["Mistral"]), ("owner=Team", ["Llama"]), ("q=mistral&tier=other", []),
    ],
)  # fmt: skip
def test_the_list_takes_the_pages_filters(
    viewer: Program, ports: Ports, ada: Actor, query: str, found: list[str]
) -> None:
    add_endpoint(ports, ada, "Mistral", **SUPPORTED)
    judge(ports, add_endpoint(ports, ada, "Llama", model="", family="llama3", owner="Team"), "failed")
    assert [each["name"] for each in viewer.get(f"/endpoints?{query}").json["items"]] == found


def test_a_list_costs_the_same_statements_however_long_it_is(viewer: Program, ports: Ports, ada: Actor) -> None:
    def sent() -> int:
        with statements(ports.store) as noted:
            assert viewer.get("/endpoints?limit=100").status_code == 200
        return len(noted)

    sent()
    few = sent()
    for number in range(20):
        add_endpoint(ports, ada, f"Endpoint {number}")
    assert (few, sent()) == (3, 3)


def test_any_version_merges_into_the_newest(
    editor: Program, ports: Ports, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity, real = place.rpartition("/")[2], service.update

    def be_overtaken(*arguments: object) -> None:
        monkeypatch.setattr(service, "update", real)
        assert editor("PATCH", place, {"family": "llama3"}, match="*").status_code == 200
        real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(service, "update", be_overtaken)
    assert editor("PATCH", place, {"owner": "mine"}, match="*").status_code == 200
    stored = query.endpoint(ports.store, identity)
    assert stored is not None
    assert (stored.family, stored.owner) == ("llama3", "mine")


def test_adding_leaves_nothing_behind_when_it_is_refused(editor: Program, ports: Ports) -> None:
    before = row_counts(ports)
    assert editor.post("/endpoints", {}).json["errors"].keys() == {"name", "base_url", "identifier"}
    assert row_counts(ports) == before


def test_the_breaker_is_answered_with_its_endpoint(viewer: Program, ports: Ports, ada: Actor) -> None:
    chosen, _ = add_endpoint(ports, ada, "a"), add_endpoint(ports, ada, "b")
    closed = {"state": "closed", "since": None, "reason": "", "retry_at": None}
    assert viewer.get(f"/endpoints/{chosen}").json["breaker"] == closed
    rest(ports, chosen)
    told = viewer.get(f"/endpoints/{chosen}").json["breaker"]
    assert (told["state"], told["reason"]) == ("open", "status_503")
    assert datetime.fromisoformat(told["retry_at"]) - datetime.fromisoformat(told["since"]) == RESTS
    assert [each["breaker"] for each in viewer.get("/endpoints").json["items"]] == [told, closed]
    schemas = viewer.get("/openapi.json").json["components"]["schemas"]
    assert schemas["BreakerAnswer"]["required"] == ["state", "since", "reason", "retry_at"]
    assert schemas["EndpointAnswer"]["properties"]["breaker"] == {"$ref": "#/components/schemas/BreakerAnswer"}
