"""Reasoning, tags of the prompt and marks of gaps, told from answers that are about them."""

import pytest

from tests.domain.contract_cases import CODE, MARKDOWN, codes

INPUTS = {"prefix": "a = ", "suffix": "\nb", "code": "x", "question": "Why?"}


@pytest.mark.parametrize(
    "answer",
    [
        "<think>Nine stay.</think>\nNine.",
        "Nine stay.\n</think>\n\nNine.",
        "Nine stay.</think>Nine.",
        "[THINK]Nine stay.[/THINK]Nine.",
    ],
)
def test_reasoning_is_one_breach(answer: str) -> None:
    assert codes(MARKDOWN, answer) == ["reasoning"]


def test_the_rest_is_judged_without_reasoning() -> None:
    assert codes(CODE, "<think>\nSure!\n```\n</think>\n```\na = 1\n```") == ["reasoning", "fenced"]
    assert codes(CODE, "<think>It never ends") == ["reasoning"]


@pytest.mark.parametrize(
    "answer",
    [
        "The mark `</think>` ends it.",
        "Models write <think> before and </think> behind.",
        "Split it:\n```\n<think>\na\n</think>\n```",
        "Write </think>, then the answer.",
    ],
)
def test_an_answer_may_be_about_marks_of_reasoning(answer: str) -> None:
    assert codes(MARKDOWN, answer) == []


@pytest.mark.parametrize(
    "answer",
    [
        "<question>\nWhy?\n</question>\nNine.",
        "It says so in <question>.",
        "Nine. </QUESTION>",
        "</ question >",
        "<code>\nx\n</code>",
        "<code-2>x</code-2>",
        "<tools>\nread_file\n</tools>",
        "<code>x</code> is it",
    ],
)
def test_tags_of_the_prompt_are_named(answer: str) -> None:
    assert set(codes(MARKDOWN, answer, inputs=INPUTS)) == {"input_tag"}


@pytest.mark.parametrize(
    "answer",
    [
        "Write `<question>` around it.",
        "```\n<question>\n```",
        "Use the <code> element for it.",
        "a <questions> b",
        "a < code, b > c",
    ],
)
def test_an_answer_may_be_about_tags(answer: str) -> None:
    assert codes(MARKDOWN, answer, inputs=INPUTS) == []


def test_tags_that_an_input_holds_are_no_leak() -> None:
    assert codes(MARKDOWN, "It is <question>.", inputs={"question": "What is <question>?"}) == []


def test_code_may_have_elements_of_these_names() -> None:
    assert codes(CODE, "x = '<question>' + y", inputs=INPUTS) == []
    assert codes(CODE, "<question>\nx\n</question>", inputs=INPUTS) == ["input_tag", "input_tag"]
    assert codes(CODE, "x = '<suffix>' + y", inputs=INPUTS) == ["input_tag"]


@pytest.mark.parametrize(
    "mark",
    ["<|endoftext|>", "<｜fim▁end｜>", "<fim_middle>", "<PRE>", "<SUF>", "</s>", "[INST]", "[SUFFIX]", "<file_sep>"],  # noqa: RUF001 (so it is written)
)
def test_marks_of_gaps_are_named_once(mark: str) -> None:
    assert codes(CODE, f"x = 1{mark * 2}", inputs=INPUTS) == ["gap_mark"]


@pytest.mark.parametrize(
    "answer", ["PATHS[PREFIX]\nPREFIX", "x = 1 < PRE > 2", "<pre>x</pre>", "a <s> b", "Tag[MIDDLE_AGE]"]
)
def test_names_and_elements_are_no_marks(answer: str) -> None:
    assert codes(CODE, answer, inputs=INPUTS) == []
