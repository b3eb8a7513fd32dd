"""One JSON value that fits a schema."""

import pytest

from app.domain.contracts_schema import fits
from tests.domain.contract_cases import JSON, codes, sentences


@pytest.mark.parametrize(
    "answer",
    [
        '{"names": []}',
        '\r\n {"names": ["a", "b"]}\r\n',
        '{"names": ["äöü😀1"], "size": 9, "share": 0.5, "state": "on", "is_new": false, "rest": null}',
        '{"names": [], "size": 1.0}',
        '{"names": ["```"]}',
    ],
)
def test_a_value_that_fits_is_right(answer: str) -> None:
    assert codes(JSON, answer) == []


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("", ["empty"]),
        ("no", ["not_json"]),
        ("{'names': []}", ["not_json"]),
        ('{"names": [],}', ["not_json"]),
        ('{"names": [}', ["not_json"]),
        ('{"names": [], "share": NaN}', ["not_json"]),
        ('{"names": [], "share": 1e999}', ["not_json"]),
        ('{"names": [], "size": ' + "9" * 5_000 + "}", ["not_json"]),
        ('{"names": [], "names": []}', ["duplicate_key"]),
        ('```json\n{"names": []}\n```', ["fenced"]),
        ('Here:\n```\n{"names": []}\n```\nDone.', ["fenced", "text_around"]),
        ('Here it is: {"names": []}', ["text_around"]),
        ('As asked [of me]: {"names": []}', ["text_around"]),
        ('{"names": []}{"names": []}', ["text_around"]),
        ('{"names": []} Hope this helps!', ["text_around"]),
        ('\ufeff{"names": []}', ["text_around"]),
    ],
)
def test_what_is_no_json_alone_is_named(answer: str, expected: list[str]) -> None:
    assert codes(JSON, answer) == expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("[]", ["wrong_type"]),
        ('"names"', ["wrong_type"]),
        ("{}", ["missing_key"]),
        ('{"names": [], "more": 1}', ["unknown_key"]),
        ('{"names": ["a", "b", "c"]}', ["too_many_items"]),
        ('{"names": ["", "abcdef", 1]}', ["too_many_items", "too_short", "too_long", "wrong_type"]),
        ('{"names": [], "size": 0}', ["too_small"]),
        ('{"names": [], "size": 10}', ["too_large"]),
        ('{"names": [], "size": 1.5}', ["wrong_type"]),
        ('{"names": [], "size": true}', ["wrong_type"]),
        ('{"names": [], "state": "On"}', ["not_in_enum"]),
        ('{"names": [], "is_new": 1, "rest": 0, "share": "1"}', ["wrong_type"] * 3),
        ("Here: []", ["text_around", "wrong_type"]),
    ],
)
def test_what_does_not_fit_is_named(answer: str, expected: list[str]) -> None:
    assert codes(JSON, answer) == expected


def test_the_sentence_says_where() -> None:
    assert sentences(JSON, '{"names": ["a", ["b"]]}') == "$.names[1]: has to be of type string, and is a list."
    assert "line 2, column 1" in sentences(JSON, '{"names": \n}')


@pytest.mark.parametrize(
    "schema",
    [
        {"pattern": "a"},
        {"type": "text"},
        {"additionalProperties": {}},
        {"properties": {"a": {"format": "date"}}},
        {"items": {"items": {"oneOf": []}}},
    ],
)
def test_a_schema_that_nobody_checks_is_refused(schema: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"schema|additionalProperties"):
        list(fits(schema, None))
