"""Fenced blocks of an answer, as CommonMark reads them (https://spec.commonmark.org/0.31.2/#fenced-code-blocks)."""

import re
from dataclasses import dataclass

from app.domain.contracts_values import lines_of

_OPENS = re.compile(r" {0,3}(?P<fence>`{3,}(?=[^`]*$)|~{3,})[ \t]*(?P<info>[^ \t]*).*")
_TICKS = re.compile(r"`+")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block; `info` is the word behind the opening fence, in small letters."""

    info: str
    content: str
    closed: bool


@dataclass(frozen=True, slots=True)
class Parts:
    """An answer in its blocks and the lines outside of them; `outside` has an empty line in place of each inner one."""

    blocks: tuple[Block, ...]
    outside: tuple[str, ...]


def parts(text: str) -> Parts:
    """Take an answer apart."""
    blocks: list[Block] = []
    outside: list[str] = []
    fence, info, inner = "", "", list[str]()
    for line in lines_of(text):
        opening = _OPENS.fullmatch(line) if line and not fence else None
        if opening:
            fence, info, inner = opening["fence"], opening["info"].casefold(), []
        elif fence and _closes(line, fence):
            blocks.append(Block(info, "\n".join(inner), closed=True))
            fence = ""
        elif fence:
            inner.append(line)
        else:
            outside.append(line)
            continue
        outside.append("")
    if fence:
        blocks.append(Block(info, "\n".join(inner), closed=False))
    return Parts(tuple(blocks), tuple(outside))


def _closes(line: str, fence: str) -> bool:
    mark = line.strip()
    return len(mark) >= len(fence) and set(mark) == {fence[0]} and len(line) - len(line.lstrip()) <= 3


def whole(text: str) -> Block | None:
    """The one block that an answer is, None where there is more or nothing of the kind."""
    found = parts(text)
    alone = len(found.blocks) == 1 and not any(line.strip() for line in found.outside)
    return found.blocks[0] if alone else None


def prose(text: str) -> str:
    """An answer without its fenced blocks and without code inside its lines."""
    return "\n".join(_without_spans(line) if "`" in line else line for line in parts(text).outside)


def _without_spans(line: str) -> str:
    """A line without its code: a run of backticks, the next one that is as long, and what stands between."""
    runs = list(_TICKS.finditer(line))
    later: dict[int, int] = {}
    partners: list[int | None] = [None] * len(runs)
    for index in reversed(range(len(runs))):
        partners[index] = later.get(len(runs[index][0]))
        later[len(runs[index][0])] = index
    kept, at, index = list[str](), 0, 0
    while index < len(runs):
        partner = partners[index]
        if partner is not None:
            kept.append(line[at : runs[index].start()])
            at, index = runs[partner].end(), partner
        index += 1
    return "".join((*kept, line[at:]))
