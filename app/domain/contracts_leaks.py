"""What no answer of any kind may hold: reasoning, tags that set inputs apart, marks of a gap in code."""

import re
from collections.abc import Iterator, Mapping

from app.domain.code_gaps import FOREIGN_MARK
from app.domain.contracts_fences import prose
from app.domain.contracts_values import Breach, lines_of, shown
from app.domain.reasoning import begins_with_reasoning

# A closing mark whose opening one stood at the prompt's end: its line ends with it, or the answer is glued to it.
_CLOSED = re.compile(
    r"(?<![`'\"])(?:</think>|</thinking>|\[/THINK\]|◁/think▷)(?:(?=[^\s.,;:!?`'\")\]])|[ \t]*(?:\r?\n|\Z))"
)
_OPENED = re.compile(r"<think>|<thinking>|\[THINK\]|◁think▷")
# Names of inputs that are also elements of HTML, which answers may be about.
_HTML = frozenset({"code", "title"})
_GAP_MARK = re.compile(
    r"</?(?:PRE|SUF|MID|EOT)>|<fim[_-](?:prefix|suffix|middle|pad)>|<file_sep>|<repo_name>|<filename>|\[/?INST\]"
    r"|\A\s*<s>|</s>\s*\Z"
)
_BRACKET_MARK = re.compile(r"(?m)(?P<line>^[ \t]*)?\[(?P<word>PREFIX|SUFFIX|MIDDLE)\]")
# The same words as names: PATHS[PREFIX] may be what is asked for.
_BRACKET_NAME = re.compile(r"(?<!\[)\b(PREFIX|SUFFIX|MIDDLE)\b")


def reasoning(answer: str) -> Iterator[Breach]:
    """Reasoning at the start; marks further on may be what the answer is about."""
    found = None if begins_with_reasoning(answer) else _CLOSED.search(answer)
    leaked = found is not None and not _OPENED.search(answer, 0, found.start()) and not _in_block(answer, found.start())
    if leaked or begins_with_reasoning(answer):
        start = answer[found.start() : found.end()] if found else answer.strip()
        yield Breach("reasoning", f"The answer holds the model's reasoning: {shown(start)}.")


def _in_block(answer: str, at: int) -> bool:
    return answer.count("```", 0, at) % 2 == 1


def tags(answer: str, inputs: Mapping[str, str], *, is_code: bool) -> Iterator[Breach]:
    """Tags that set inputs apart in a prompt, save those that an input holds itself."""
    names = "|".join(re.escape(name) for name in (*inputs, "tools"))
    pattern = re.compile(rf"</?\s*(?P<name>{names})(?P<number>-\d+)?\s*>", re.IGNORECASE)
    own = {found[0].casefold() for text in inputs.values() for found in pattern.finditer(text)}
    # Code in prose may be about any tag; around it they are leaks.
    text = answer if is_code else prose(answer)
    text = text.strip()
    for line in map(str.strip, lines_of(text)):
        for found in pattern.finditer(line):
            # As in a prompt, where a tag begins or ends the text, or has a line to itself.
            apart = found[0] == line or text.startswith(found[0]) or text.endswith(found[0])
            if found[0].casefold() not in own and (apart or _is_plain(found, is_code=is_code)):
                yield Breach("input_tag", f"The answer holds {shown(found[0])}, which sets a part of the prompt apart.")


def _is_plain(found: re.Match[str], *, is_code: bool) -> bool:
    """Whether it can be nothing but a leak."""
    name = found["name"].casefold()
    ambiguous = name in _HTML or (is_code and name not in {"prefix", "suffix"})
    return not ambiguous or found["number"] is not None


def gap_marks(answer: str, inputs: Mapping[str, str]) -> Iterator[Breach]:
    """Marks of forms that ask for the code at a cursor, and other special tokens, save those that an input holds."""
    given = "\n".join(inputs.values())
    names = frozenset(_BRACKET_NAME.findall(f"{given}\n{answer}"))
    found = [each[0].strip() for pattern in (FOREIGN_MARK, _GAP_MARK) for each in pattern.finditer(answer)]
    found += [
        f"[{each['word']}]"
        for each in _BRACKET_MARK.finditer(answer)
        if each["word"] not in names and (each["line"] is not None or given.strip())
    ]
    for mark in dict.fromkeys(found):
        if mark not in given:
            yield Breach("gap_mark", f"The code holds {shown(mark)}, a mark of the model's own format.")
