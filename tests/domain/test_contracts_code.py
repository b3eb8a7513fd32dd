"""Code alone, and code in fences."""

import pytest

from tests.domain.contract_cases import CODE, FENCED, codes, sentences


@pytest.mark.parametrize(
    "answer",
    [
        "a = 1\nb = 2\n",
        "a = 1\r\nb = 2\r\n",
        "sum(values)",
        "Shop().open()  # It is Monday.",
        'print("Here is the code:")',
        "# This adds both of the numbers.\na + b",
        "größe = „ß“",
        "a = 1\x0c\nb = 2\u2028\nc = 3\x85",
        "CANNOT",
        "\n CANNOT \n",
    ],
)
def test_code_alone_is_right(answer: str) -> None:
    assert codes(CODE, answer) == []


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("", ["empty"]),
        (" \r\n\t", ["empty"]),
        ("```py\na = 1\n```", ["fenced"]),
        ("````\n```\na\n```\n````", ["fenced"]),
        ("Sure!\na = 1", ["chatter_before"]),
        ("Here's the code you asked for:\na = 1", ["chatter_before"]),
        ("This adds the two numbers together.\na = 1", ["chatter_before"]),
        ("a = 1\nLet me know if you need more.", ["chatter_after"]),
        ("a = 1\nThis adds the two numbers together.", ["chatter_after"]),
        ("Sure!\n```\na = 1\n```\nI hope this helps!", ["chatter_before", "chatter_after", "fenced"]),
        ("I am an AI and cannot do this.", ["chatter_before"]),
        ("a\nb\nc\nd", ["too_many_lines"]),
        ("CANNOT, because it is no code.", ["refusal_not_alone"]),
        ("```\nCANNOT\n```", ["refusal_not_alone", "fenced"]),
        ("a<|fim_suffix|>b", ["gap_mark"]),
        ("[PREFIX]\na", ["gap_mark"]),
    ],
)
def test_what_stands_beside_code_is_named(answer: str, expected: list[str]) -> None:
    assert codes(CODE, answer) == expected


def test_an_empty_answer_may_have_been_a_refusal() -> None:
    assert sentences(FENCED, "") == "The answer is empty."
    assert "It may have been CANNOT" in sentences(CODE, "")


def test_sentences_and_fences_are_the_content_of_texts() -> None:
    answer = "It has to be installed first.\n```\nnpm ci\n```"
    assert codes(CODE, answer) == ["chatter_before", "fenced"]
    assert codes(CODE, answer, inputs={"file_name": "README.md"}) == []
    assert codes(CODE, answer, inputs={"file_name": "a.py", "language": "HTML"}) == []


@pytest.mark.parametrize("prefix", ["a = 1  # ", '"""', "/* One.\n"])
def test_sentences_may_go_on_where_the_cursor_stands_in_one(prefix: str) -> None:
    answer = "This adds the two numbers together."
    assert codes(CODE, answer, inputs={"prefix": prefix}) == []
    assert codes(CODE, answer) == ["chatter_before"]


def test_what_the_inputs_hold_is_no_leak() -> None:
    assert codes(CODE, 'if word == "CANNOT":', inputs={"prefix": 'RAISED = "CANNOT"'}) == []
    assert codes(CODE, "split('<|end|>')", inputs={"prefix": "join('<|end|>')"}) == []


@pytest.mark.parametrize(
    "answer",
    [
        "```py\na = 1\n```",
        "```py\r\na = 1\r\n```\r\n",
        "It divided by zero.\n\n~~~\na = 1\n~~~\n",
        "````md\n```\ninner\n```\n````",
        "```\na = 'ß'\n```\n\n— ü ö ä —",
    ],
)
def test_one_block_with_few_words_is_right(answer: str) -> None:
    assert codes(FENCED, answer) == []


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("a = 1", ["block_count"]),
        ("```\na\n```\n```\nb\n```", ["block_count"]),
        ("```\nx = '''\n```\na\n```\n'''\n```", ["block_count"]),
        ("```\na", ["fence_not_closed"]),
        ("```\n \n```", ["empty_block"]),
        ("```", ["fence_not_closed", "empty_block"]),
        ("These are five words now\n```\na\n```", ["too_many_words"]),
        ("Sure!\n```\na\n```", ["chatter_before"]),
        ("```\na\n```\nAnything else?", ["chatter_after"]),
    ],
)
def test_what_is_wrong_with_fenced_code_is_named(answer: str, expected: list[str]) -> None:
    assert codes(FENCED, answer) == expected
