"""What Modelport ships, in JSON: features, families, platforms, models; and the audit."""

import pytest

from app.data.facts import Facts
from app.domain.roles import Actor
from app.services.ports import Ports
from tests.fixtures.api import Program
from tests.fixtures.statements import statements
from tests.fixtures.stock import add_endpoint


@pytest.mark.parametrize("noun", ["features", "families", "platforms", "models"])
def test_each_fact_has_the_marks_of_an_object(viewer: Program, noun: str) -> None:
    answer = viewer.get(f"/{noun}").json
    assert answer["next"] is None
    assert len(answer["items"]) > 2
    for each in answer["items"]:
        assert {"id", "version", "created_at", "updated_at"} <= each.keys()


def test_every_feature_is_listed_with_its_needs(viewer: Program, facts: Facts) -> None:
    listed = viewer.get("/features").json["items"]
    assert [each["id"] for each in listed] == list(facts.features)
    chat = viewer.get("/features/duo_chat")
    assert chat.json["needs"] == {"must": ["chat", "stream"], "should": ["system"], "context": 8000,
                                  "comfortable": 32_000}  # fmt: skip
    assert (chat.json["column"], "mistral" in chat.json["families"]) == ("chat", True)
    assert chat.json in listed
    assert viewer.get("/features/telepathy").status_code == 404


def test_only_platforms_that_may_be_chosen_are_listed(viewer: Program, facts: Facts) -> None:
    listed = {each["slug"]: each for each in viewer.get("/platforms").json["items"]}
    assert list(listed) == [slug for slug in facts.platforms if facts.platform_problem(slug) is None]
    assert listed["openai_compatible"]["required"] == ["name", "identifier", "base_url"]
    assert [each["slug"] for each in listed["openai_compatible"]["servers"]] == list(facts.servers)
    assert "api_key" in listed["openai"]["required"]


def test_a_listed_model_is_one_that_an_endpoint_takes(viewer: Program, editor: Program) -> None:
    name = viewer.get("/models").json["items"][0]["name"]
    values = {"name": "x", "base_url": "https://a.example/v1", "identifier": "m", "model": name}
    assert editor.post("/endpoints", values).status_code == 201


def test_readiness_is_told_for_every_feature(viewer: Program, ports: Ports, ada: Actor) -> None:
    place = f"/endpoints/{add_endpoint(ports, ada)}"
    listed = viewer.get(f"{place}/readiness").json["items"]
    assert [each["feature"] for each in listed] == list(ports.facts.features)
    chat = next(each for each in listed if each["feature"] == "duo_chat")
    assert (chat["readiness"], chat["tier"], chat["level"], chat["measured_at"]) == (
        "unknown",
        "supported",
        "full",
        None,
    )
    assert viewer.get(f"{place}/capabilities").json == {"items": [], "next": None}


def test_the_audit_is_read_newest_first_and_page_by_page(admin: Program, ports: Ports, ada: Actor) -> None:
    for number in range(3):
        add_endpoint(ports, ada, f"Endpoint {number}")
    first = admin.get("/audit?limit=2&type=endpoint").json
    rest = admin.get(f"/audit?limit=2&type=endpoint&cursor={first['next']}").json
    names = [each["object_name"] for each in first["items"] + rest["items"]]
    assert (names, rest["next"]) == (["Endpoint 2", "Endpoint 1", "Endpoint 0"], None)
    assert first["items"][0]["changes"]["name"] == [None, "Endpoint 2"]


@pytest.mark.parametrize(
    ("query", "count"),
    [("since=2999-01-01", 0), ("until=9999-12-31", 2), ("person=Ada", 2), ("object=Mistral", 1), ("action=x:y", 0)],
)
def test_the_audit_is_narrowed_as_its_page_is(admin: Program, ports: Ports, ada: Actor, query: str, count: int) -> None:
    add_endpoint(ports, ada)
    assert len(admin.get(f"/audit?{query}").json["items"]) == count


def test_an_audit_page_costs_one_statement_beside_the_tokens(admin: Program, ports: Ports) -> None:
    admin.get("/audit")
    with statements(ports.store) as sent:
        admin.get("/audit")
    assert len(sent) == 2
