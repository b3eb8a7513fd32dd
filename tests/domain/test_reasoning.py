"""Reasoning is told from the answer by its marks, at the start only."""

import pytest

from app.domain.reasoning import leaks, without_reasoning


@pytest.mark.parametrize(
    "text",
    [
        "<think>\nNine stay.\n</think>\n\nNine.",
        "\n<think></think>Nine.",
        "<thinking>Nine stay.</thinking>Nine.",
        "[THINK]Nine stay.[/THINK]Nine.",
        "◁think▷Nine stay.◁/think▷Nine.",
        "<think>Nine stay.</think><think>I am sure.</think> Nine.",
        "Okay, nine stay.\n</think>\n\nNine.",
        "<|START_THINKING|>Nine stay.<|END_THINKING|><|START_RESPONSE|>Nine.<|END_RESPONSE|>",
        "<|channel|>analysis<|message|>Nine stay.<|end|><|start|>assistant<|channel|>final<|message|>Nine.<|return|>",
        "<|start|>assistant<|channel|>final<|message|>Nine.<|return|>",
        "analysisNine stay.assistantfinalNine.",
    ],
)
def test_the_answer_is_what_follows_the_reasoning(text: str) -> None:
    assert leaks(text)
    assert without_reasoning(text) == "Nine."


@pytest.mark.parametrize("text", ["<think>Hm", "[THINK]", "<|channel|>analysis<|message|>Hm", " <thinking>"])
def test_reasoning_without_an_end_leaves_no_answer(text: str) -> None:
    assert leaks(text)
    assert without_reasoning(text) == ""


def test_megabytes_of_marks_are_read_through_once() -> None:
    assert without_reasoning("<think></think>" * 200_000 + "Nine.") == "Nine."


@pytest.mark.parametrize(
    "text",
    [
        "Nine.",
        " Nine.\n",
        "",
        "analysis of the sheep: nine.",
        "The mark `</think>` ends it.",
        'Split at "</think>".',
        "Write <think> first.",
        "x < think > y",
    ],
)
def test_what_only_looks_like_it_stays_as_it_is(text: str) -> None:
    assert not leaks(text)
    assert without_reasoning(text) == text
