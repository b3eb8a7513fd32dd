"""Code for a cursor that repeats what is there already."""

from dataclasses import replace

import pytest

from tests.domain import contract_cases
from tests.domain.contract_cases import codes

CODE = replace(contract_cases.CODE, max_lines=0)
PREFIX = "import re\nimport json\n\n\ndef total(lines):\n    return "
SUFFIX = "\n\n\ndef is_free(lines):\n    return total(lines) == 0\n"
AROUND = {"prefix": PREFIX, "suffix": SUFFIX}


@pytest.mark.parametrize("answer", ["sum(lines)", "(\n    sum(lines)\n)\n", "total", "return_value", "0\r\n"])
def test_new_code_is_right(answer: str) -> None:
    assert codes(CODE, answer, inputs=AROUND) == []


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("return sum(lines)", ["repeats_prefix"]),
        ("    return sum(lines)", ["repeats_prefix"]),
        ("import re\nimport json\n", ["repeats_prefix"]),
        ("def total(lines):\n    return \n", ["repeats_prefix"]),
        ("sum(lines)\n\n\ndef is_free(lines):", ["repeats_suffix"]),
        ("sum(lines)\ndef is_free(lines):\r\n    return total(lines) == 0", ["repeats_suffix"]),
        ("Sure!\n```\nreturn sum(lines)\n```", ["chatter_before", "fenced", "repeats_prefix"]),
        ("return 1\ndef is_free(lines):", ["repeats_prefix", "repeats_suffix"]),
    ],
)
def test_repeated_code_is_named(answer: str, expected: list[str]) -> None:
    assert codes(CODE, answer, inputs=AROUND) == expected


def test_the_head_of_a_block_begun_anew_is_named() -> None:
    assert codes(CODE, "for line in lines:\n    pass", inputs={"prefix": "for line in lines:\n"}) == ["repeats_prefix"]


@pytest.mark.parametrize(
    ("prefix", "answer", "suffix"),
    [
        ("", "a", ""),
        ("}\n", "}", "\n}\n"),
        ("    )\n", "    )\n}", "\n)\n"),
        ("long ", "long x", ""),
        ("x = not ", "not y", ""),
        ("print", "printer()", ""),
        ("\n \n", "a", "\n\t\n"),
    ],
)
def test_short_lines_come_twice_for_good_reasons(prefix: str, answer: str, suffix: str) -> None:
    assert codes(CODE, answer, inputs={"prefix": prefix, "suffix": suffix}) == []
