"""Reasoning that a model put into its answer: how servers mark it, and the answer without it.

Only what stands at the start is taken for reasoning: marks further on may be what the answer is about.
"""

import re

# Where reasoning begins and where it ends, as chat templates write it.
_MARKS = (
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    ("<|channel|>analysis", "<|channel|>final<|message|>"),
)
# The last of them by a server that drops special tokens and keeps the words between.
_BARE = ("analysis", "assistantfinal")
# What templates put before the first mark.
_OPENER = "<|start|>assistant"
_ENDINGS = ("<|return|>", "<|end|>", "<|START_RESPONSE|>", "<|END_RESPONSE|>")
# Some templates end the prompt with the opening mark, so that the answer holds only the closing one.
_CLOSED = re.compile(r"(?<![`'\"])(</think>|</thinking>|\[/THINK\]|◁/think▷)(?![`'\"])")


def leaks(text: str) -> bool:
    """Whether an answer holds reasoning, or the marks that would surround it."""
    return without_reasoning(text) != text


def without_reasoning(text: str) -> str:
    """The answer alone; "" where the reasoning never ends, and the very text where there is none."""
    rest, found = text, False
    while (after := _after_block(rest)) is not None:
        rest, found = after, True
    closing = None if found else _CLOSED.search(rest)
    if closing:
        rest, found = rest[closing.end() :], True
    return _bare(rest) if found else text


def _after_block(text: str) -> str | None:
    """What follows the block of reasoning at the start, None where no block stands there."""
    start = text.lstrip().removeprefix(_OPENER)
    for begin, end in _MARKS:
        if start.startswith(begin):
            return start.partition(end)[2]
    begin, end = _BARE
    return start.partition(end)[2] if start.startswith(begin) and end in start else None


def _bare(text: str) -> str:
    answer = text.strip()
    for each in _ENDINGS:
        answer = answer.removeprefix(each).removesuffix(each).strip()
    return answer
