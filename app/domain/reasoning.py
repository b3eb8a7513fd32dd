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
    ("<|channel|>final<|message|>", "<|channel|>final<|message|>"),
)
# Such channels by a server that drops special tokens and keeps the words between.
_BARE = ("analysis", "assistantfinal")
# What templates put before the first mark.
_OPENER = re.compile(r"\s*(?:<\|start\|>assistant)?")
_ENDINGS = ("<|return|>", "<|end|>", "<|START_RESPONSE|>", "<|END_RESPONSE|>")
# Some templates end the prompt with the opening mark, so that the answer holds only the closing one.
_CLOSED = re.compile(r"(?<![`'\"])(</think>|</thinking>|\[/THINK\]|◁/think▷)(?![`'\"])")


def leaks(text: str) -> bool:
    """Whether an answer holds reasoning, or the marks that would surround it."""
    return without_reasoning(text) != text


def without_reasoning(text: str) -> str:
    """The answer alone; "" where the reasoning never ends, and the very text where there is none."""
    begin = 0
    while (end := _block_end(text, begin)) is not None:
        begin = end
    closing = None if begin else _CLOSED.search(text)
    if closing:
        begin = closing.end()
    return _bare(text[begin:]) if begin else text


def _block_end(text: str, at: int) -> int | None:
    """Where the block of reasoning ends that begins here, None where none does."""
    opener = _OPENER.match(text, at)
    start = opener.end() if opener else at
    for begin, end in _MARKS:
        if text.startswith(begin, start):
            found = text.find(end, start)
            return len(text) if found < 0 else found + len(end)
    begin, end = _BARE
    found = text.find(end, start) if text.startswith(begin, start) else -1
    return None if found < 0 else found + len(end)


def _bare(text: str) -> str:
    answer = text.strip()
    for each in _ENDINGS:
        answer = answer.removeprefix(each).removesuffix(each).strip()
    return answer
