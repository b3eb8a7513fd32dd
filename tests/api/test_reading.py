"""Bodies and preconditions are read strictly, and what does not fit is told as a problem."""

import json

import pytest

from app.api.app import MOST_BYTES
from app.services.ports import Ports
from tests.domain.endpoint_cases import GOOD
from tests.fixtures.api import Program
from tests.fixtures.pages import row_counts
from tests.fixtures.together import together

JSON = {"content_type": "application/json"}


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_only_json_is_taken_for_a_body(editor: Program, kind: str) -> None:
    answer = editor("POST", "/endpoints", data=json.dumps(GOOD), content_type=kind)
    assert (answer.status_code, answer.json["detail"]) == (415, "Send the body as application/json.")


@together(
    ("text", "told"),
    [
        ("", "The body is no JSON."),
        ("{", "The body is no JSON."),
        ('{"name": "a", "name": "b"}', "The body names a field twice."),
        ('{"headers": {"a": "1", "a": "2"}}', "The body names a field twice."),
        ('{"name": NaN}', "NaN is no JSON."),
        ('{"name": -Infinity}', "-Infinity is no JSON."),
        ("[" * 40 + "]" * 40, "The body is nested deeper than 32 levels."),
        ("[" * 100_000, "The body is nested deeper than 32 levels."),
        ('{"days": ' + "9" * 5000 + "}", "The body is no JSON."),
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(editor: Program, text: str, told: str) -> None:
    answer = editor("POST", "/endpoints", data=text, **JSON)
    assert (answer.status_code, answer.json["detail"]) == (400, told)


def test_bytes_that_are_no_text_are_refused(editor: Program) -> None:
    assert editor("POST", "/endpoints", data=b'{"name": "\xff"}', **JSON).status_code == 400


def test_a_body_beyond_ten_mebibytes_is_refused(editor: Program) -> None:
    answer = editor("POST", "/endpoints", data=b" " * (MOST_BYTES + 1), **JSON)
    assert (answer.status_code, answer.mimetype) == (413, "application/problem+json")


@pytest.mark.parametrize("body", [[], "text", 7, None])
def test_a_body_is_an_object(editor: Program, body: object) -> None:
    answer = editor("POST", "/endpoints", data=json.dumps(body), **JSON)
    assert (answer.status_code, answer.json["errors"]) == (422, {"": ["The body has to be a JSON object."]})


@together(
    ("given", "told"),
    [
        ({"colour": "red"}, {"colour": ["There is no such field."]}),
        ({"name": 7}, {"name": ["Write a text."]}),
        ({"headers": "X: y"}, {"headers": ["Write an object of names and values."]}),
        ({"headers": {"X-A": 1}}, {"headers.X-A": ["Write a text."]}),
        ({"quirks": "no_stop"}, {"quirks": ["Write a list."]}),
        ({"family": "f" * 256}, {"family": ["Use 255 characters at most."]}),
        ({"client_key": "a\0b"}, {"client_key": ["Remove the invisible characters."]}),
    ],
)
def test_a_wrong_type_is_told_at_its_field_and_nothing_is_written(
    editor: Program, ports: Ports, given: dict[str, object], told: dict[str, list[str]]
) -> None:
    before = row_counts(ports)
    answer = editor.post("/endpoints", {**GOOD, **given})
    assert (answer.status_code, answer.json["errors"]) == (422, told)
    assert row_counts(ports) == before


@pytest.mark.parametrize(
    ("query", "field", "told"),
    [
        ("limit=0", "limit", "Use 1 or more."),
        ("limit=101", "limit", "Use 100 or less."),
        ("limit=many", "limit", "Write a whole number."),
        ("verdict=good", "verdict", "Choose one of '', 'passed', 'warned', 'failed', 'unknown' or 'untested'."),
        ("platfrom=openai", "platfrom", "There is no such field."),
        ("cursor=eA", "cursor", "That is no place in this list. Take `next` as it was given, or begin anew."),
        ("cursor=ü", "cursor", "That is no place in this list. Take `next` as it was given, or begin anew."),
    ],
)
def test_a_parameter_that_makes_no_sense_is_told(viewer: Program, query: str, field: str, told: str) -> None:
    answer = viewer.get(f"/endpoints?{query}")
    assert (answer.status_code, answer.json["errors"]) == (422, {field: [told]})


def test_a_route_without_parameters_takes_none(viewer: Program) -> None:
    assert viewer.get("/features?section=x").json["errors"] == {"section": ["There is no such parameter here."]}


@pytest.mark.parametrize("address", ["/endpoints?q=%00", "/endpoints/%00", "/audit?%00=1"])
def test_a_nul_finds_nothing_and_breaks_nothing(admin: Program, address: str) -> None:
    assert admin.get(address).status_code == 400


@pytest.mark.parametrize("tag", ["1", 'W/"1"', '"one"', '"1", "2"', '"99999999999"', '"2147483648"', '""'])
def test_if_match_is_one_version_as_it_was_received(editor: Program, tag: str) -> None:
    made = editor.post("/endpoints", GOOD)
    answer = editor("PATCH", made.headers["Location"], {"owner": "x"}, match=tag)
    assert answer.status_code in ((200,) if tag == "1" else (412,))
