"""Usage in the JSON API."""

import pytest

from app.domain.roles import Actor, Role
from app.services import endpoints
from app.services.ports import Ports
from tests.fixtures.api import Program, ProgramOf
from tests.fixtures.stock import add_endpoint
from tests.fixtures.traffic import used


def test_what_each_feature_used_is_listed(viewer: Program, ports: Ports) -> None:
    used(
        ports, {"prompt_tokens": 9, "first_token_ms": 30.0, "duration_ms": 15.0}, {"error": "broken", "fallback": True}
    )
    used(ports, {"feature": "endpoint:mistral", "estimated": True})
    first, second = viewer.get("/usage").json["items"]
    assert {name: first[name] for name in ("id", "name", "by", "gone", "requests", "errors", "fallbacks")} == {
        "id": "duo_chat",
        "name": "General Chat",
        "by": "feature",
        "gone": False,
        "requests": 2,
        "errors": 1,
        "fallbacks": 1,
    }
    assert (first["prompt_tokens"], first["first_token_p50_ms"]) == (9, 30.0)
    assert (second["id"], second["name"], second["estimated"]) == ("endpoint:mistral", "mistral", 1)
    assert second["first_token_p95_ms"] is None
    assert first["begin"] < first["end"]


def test_the_period_decides_what_counts(viewer: Program, ports: Ports) -> None:
    used(ports, {}, {"hours": 40}, {"hours": 24 * 20}, {"hours": 24 * 80}, {"hours": 24 * 200})
    counts = [viewer.get(f"/usage?period={each}").json["items"][0]["requests"] for each in ("24h", "7d", "30d", "90d")]
    assert counts == [1, 2, 3, 4]


def test_names_of_endpoints_outlive_them(viewer: Program, ports: Ports, ada: Actor) -> None:
    gone = add_endpoint(ports, ada, "Gone")
    used(ports, {"endpoint_id": gone}, {"endpoint_id": "0"})
    endpoints.delete(ports, ada, gone, 1)
    items = viewer.get("/usage?by=endpoint").json["items"]
    assert {each["id"]: (each["name"], each["gone"]) for each in items} == {gone: ("Gone", True), "0": ("", True)}


def test_usage_by_token_is_an_admins(viewer: Program, editor: Program, admin: Program, ports: Ports) -> None:
    used(ports, {"token_id": "t1"})
    for program in (viewer, editor):
        assert program.get("/usage?by=token").status_code == 403
    assert [each["id"] for each in admin.get("/usage?by=token").json["items"]] == ["t1"]


def test_pages_give_everything_once(viewer: Program, ports: Ports) -> None:
    used(ports, *({"endpoint_id": f"e{number:02}"} for number in range(7)))
    seen: list[str] = []
    cursor = ""
    while cursor is not None:
        page = viewer.get(f"/usage?by=endpoint&limit=3&cursor={cursor}").json
        seen += [each["id"] for each in page["items"]]
        cursor = page["next"]
    assert seen == [f"e{number:02}" for number in range(7)]


def test_a_cursor_of_another_period_or_grouping_is_refused(viewer: Program, ports: Ports) -> None:
    used(ports, {}, {"feature": "other"})
    cursor = viewer.get("/usage?limit=1").json["next"]
    assert viewer.get(f"/usage?limit=1&cursor={cursor}").status_code == 200
    for query in ("by=endpoint", "period=24h"):
        assert viewer.get(f"/usage?limit=1&cursor={cursor}&{query}").status_code == 422


@pytest.mark.parametrize("query", ["period=year", "by=person", "by=", "limit=0", "feature=duo_chat"])
def test_what_cannot_be_meant_is_told(viewer: Program, query: str) -> None:
    assert viewer.get(f"/usage?{query}").status_code == 422


def test_without_calls_the_list_is_empty(viewer: Program) -> None:
    assert viewer.get("/usage").json == {"items": [], "next": None}


def test_a_token_for_features_sees_no_usage(program_of: ProgramOf) -> None:
    assert program_of(None, "duo_chat").get("/usage").status_code == 403
    assert program_of(Role.VIEWER).get("/usage").status_code == 200


def test_the_parameters_are_described_whole(viewer: Program) -> None:
    described = viewer.get("/openapi.json").json["paths"]["/usage"]["get"]["parameters"]
    choices = {each["name"]: each["schema"].get("enum") for each in described}
    assert choices["period"] == ["24h", "7d", "30d", "90d"]
    assert choices["by"] == ["feature", "endpoint", "token"]
