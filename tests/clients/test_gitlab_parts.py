"""A part of an answer is never taken for the whole."""

from typing import Any

import pytest

from app.domain.instance_troubles import InstanceError
from tests.clients.gitlab_script import LAST, NODE, SHAPE_19, Line, answer, complaint, gitlab, models_page, more


def _unending() -> Line:
    numbers = iter(range(10_000))
    return lambda _call: models_page(info=more(f"c{next(numbers)}"))


PARTS: list[tuple[str, list[Line]]] = [
    ("a null row", [models_page(NODE, None)]),
    ("no rows", [answer({"data": {"aiSelfHostedModels": {"nodes": None, "pageInfo": LAST}}})]),
    ("no page info", [models_page(NODE, info=None)]),
    ("no word on the end", [models_page(NODE, info={"endCursor": "c"})]),
    ("no cursor", [models_page(NODE, info=more(None))]),
    ("an empty cursor", [models_page(NODE, info=more(""))]),
    ("a circle", [models_page(info=more("c"))]),
    ("no end", [_unending()]),
    ("twice the same", [models_page(NODE, info=more("c")), models_page(NODE)]),
    ("no name", [models_page({**NODE, "name": None})]),
    ("no id", [models_page({**NODE, "id": ""})]),
    ("no platform", [models_page({**NODE, "provider": None})]),
    ("a number", [models_page({**NODE, "endpoint": 7})]),
    ("no word on the key", [models_page({**NODE, "hasApiToken": None})]),
]


@pytest.mark.parametrize("lines", [row[1] for row in PARTS], ids=[row[0] for row in PARTS])
def test_a_part_is_not_taken_for_the_whole(lines: list[Line]) -> None:
    client, _, _ = gitlab(*lines)
    with pytest.raises(InstanceError) as found:
        client.models(SHAPE_19)
    assert found.value.code == "incomplete"


SETTING = {"feature": "duo_chat", "title": "General Chat", "mainFeature": "Chat", "provider": "self_hosted",
           "releaseState": "GA", "compatibleLlms": None, "selfHostedModel": None, "gitlabModel": None}  # fmt: skip


@pytest.mark.parametrize(
    "odd", [{"provider": "by_magic"}, {"feature": None}, {"compatibleLlms": [1]}, {"gitlabModel": 1}]
)
def test_a_feature_that_cannot_be_read_makes_the_list_incomplete(odd: dict[str, Any]) -> None:
    connection = {"nodes": [SETTING | odd], "pageInfo": LAST}
    client, _, _ = gitlab(answer({"data": {"aiFeatureSettings": connection}}))
    with pytest.raises(InstanceError) as found:
        client.features()
    assert found.value.code == "incomplete"


OFF = [
    answer({"data": {"create": None, "families": None, "features": None, "platforms": None}}),
    complaint("Field '__type' doesn't exist on type 'Query'"),
    complaint("GraphQL introspection is not allowed"),
    answer({"data": {"create": {"inputFields": []}, "families": None, "features": None, "platforms": None}}),
]


@pytest.mark.parametrize("line", OFF)
def test_a_schema_without_it_is_too_old(line: Line) -> None:
    client, _, _ = gitlab(line)
    with pytest.raises(InstanceError) as found:
        client.shape()
    assert found.value.code == "too_old"
    assert found.value.words


def test_a_circle_of_pages_is_left_at_once() -> None:
    client, door, _ = gitlab(models_page(info=more("a")), models_page(info=more("b")), models_page(info=more("a")))
    with pytest.raises(InstanceError) as found:
        client.models(SHAPE_19)
    assert found.value.code == "incomplete"
    assert [call.json["variables"]["after"] for call in door.calls] == [None, "a", "b"]
