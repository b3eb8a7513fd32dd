"""The catalogue for programs: found, read page by page and entry by entry."""

from typing import Any

import pytest

from app.domain.roles import Actor
from app.services import votes
from app.services.ports import Ports
from tests.fixtures.api import Program
from tests.fixtures.catalogue import DEPRECATED, GPT_OSS, MISTRAL, entry, report_elsewhere, shelf

pytestmark = pytest.mark.seeded


@pytest.fixture(autouse=True)
def shipped(ports: Ports) -> None:
    shelf(ports)


def walk(program: Program, query: str) -> list[dict[str, Any]]:
    """Every item of a list, page by page."""
    found: list[dict[str, Any]] = []
    cursor = ""
    while cursor is not None:
        page = program.get(f"/catalogue?{query}&cursor={cursor}").json
        found += page["items"]
        cursor = page["next"]
    return found


def test_an_item_has_the_shape_that_stays_put(viewer: Program) -> None:
    (found,) = viewer.get("/catalogue?q=Mistral+Small+24B+2506&host=vllm&limit=1").json["items"]
    assert (found["model"], found["host"], found["family"]) == ("Mistral Small 24B Instruct 2506", "vllm", "mistral")
    assert (found["tier"], found["rating"], found["confidence"], found["votes"]) == ("supported", None, 0.0, 0)
    assert set(found["levels"]) == {"code_completion", "code_generation", "chat", "agent_platform"}
    assert set(found["levels"].values()) <= {"full", "partial", "limited", None}
    assert found["source"]["page"].startswith("https://docs.gitlab.com/")


@pytest.mark.parametrize("sort", ["", "name", "rating", "votes", "size", "context"])
def test_pages_give_every_entry_once_in_the_finders_order(viewer: Program, ports: Ports, ada: Actor, sort: str) -> None:
    report_elsewhere(ports, entry(ports, MISTRAL).id, number=3)
    votes.vote(ports, ada, entry(ports, GPT_OSS).id, "want", wanted=True)
    whole = [each["id"] for each in walk(viewer, f"sort={sort}&limit=100")]
    assert [each["id"] for each in walk(viewer, f"sort={sort}&limit=7")] == whole
    assert len(whole) == len(set(whole)) > 50


def test_what_is_not_known_goes_last(viewer: Program) -> None:
    sizes = [each["size"] for each in walk(viewer, "sort=size&limit=100")]
    known = [each for each in sizes if each is not None]
    assert sizes == sorted(known) + [None] * (len(sizes) - len(known))


@pytest.mark.parametrize(
    ("query", "holds"),
    [
        ("host=vllm", lambda item: item["host"] == "vllm"),
        ("family=mistral", lambda item: item["family"] == "mistral"),
        ("tier=compatible", lambda item: item["tier"] == "compatible"),
        ("column=chat&level=full", lambda item: item["levels"]["chat"] == "full"),
        ("column=agent_platform", lambda item: item["levels"]["agent_platform"] or item["tier"] == "compatible"),
        ("column=agent_platform&level=limited", lambda item: item["levels"]["agent_platform"]),
        ("context=131072", lambda item: item["context"] >= 131_072),
        ("open_weights=true", lambda item: item["open_weights"]),
        ("gpus=1x+A100+40+GB", lambda item: item["stated_memory"] or item["estimated_memory"]),
    ],
)
def test_every_condition_of_the_finder_narrows(viewer: Program, query: str, holds: Any) -> None:
    found = walk(viewer, f"{query}&limit=100")
    assert found
    assert all(holds(item) for item in found)
    assert len(found) < len(walk(viewer, "limit=100"))


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("tier=gold", "tier"),
        ("column=speed", "column"),
        ("column=chat&level=best", "level"),
        ("level=full", "level"),
        ("gpus=many", "gpus"),
        ("sort=price", "sort"),
        ("context=-1", "context"),
        ("limit=101", "limit"),
        ("cursor=x", "cursor"),
        ("maker=Mistral", "maker"),
    ],
)
def test_what_cannot_be_meant_is_told_at_its_parameter(viewer: Program, query: str, field: str) -> None:
    refused = viewer.get(f"/catalogue?{query}")
    assert (refused.status_code, list(refused.json["errors"])) == (422, [field])


def test_a_cursor_of_another_order_is_refused(viewer: Program) -> None:
    cursor = viewer.get("/catalogue?limit=1").json["next"]
    assert viewer.get(f"/catalogue?limit=1&sort=name&cursor={cursor}").status_code == 422


def test_one_entry_is_read_with_what_stands_around_it(viewer: Program, ports: Ports, ada: Actor) -> None:
    known = entry(ports, MISTRAL)
    votes.vote(ports, ada, known.id, "works", wanted=True)
    found = viewer.get("/catalogue/" + "/".join(MISTRAL)).json
    assert (found["id"], found["votes"], found["votes_by_kind"], found["own_votes"]) == (
        known.id,
        1,
        {"works": 1},
        [],
    )
    assert found["url"].endswith("/catalogue/" + "/".join(MISTRAL))


def test_an_entry_names_the_gpus_that_were_stated(viewer: Program) -> None:
    stated = next(each for each in walk(viewer, "limit=100") if each["stated_memory"])
    (first, *_) = viewer.get(f"/catalogue/{stated['host']}/{stated['slug']}").json["hardware"]
    assert max(first["need"] or 0, first["count"] * first["memory"]) >= stated["stated_memory"]
    assert first["source"]["title"]


def test_the_tag_of_an_entry_changes_with_it(viewer: Program, ports: Ports, ada: Actor) -> None:
    place = "/catalogue/" + "/".join(MISTRAL)
    before = viewer.get(place).headers["ETag"]
    assert viewer.get(place).headers["ETag"] == before
    votes.vote(ports, ada, entry(ports, MISTRAL).id, "works", wanted=True)
    assert viewer.get(place).headers["ETag"] != before


def test_a_model_that_gitlab_gave_up_names_its_successor(viewer: Program, ports: Ports) -> None:
    found = viewer.get("/catalogue/" + "/".join(DEPRECATED)).json
    assert found["deprecated_since"]
    assert found["replacement"] in ports.facts.models


@pytest.mark.parametrize("place", ["vllm/none", "nowhere/gpt-oss-120b", "vllm/gpt-oss-120b?variant=AWQ"])
def test_an_entry_that_is_not_there_is_not_found(viewer: Program, place: str) -> None:
    assert viewer.get(f"/catalogue/{place}").status_code == 404
