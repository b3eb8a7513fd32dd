"""Answers that are code: bare, to go in at a cursor, or in fenced blocks."""

import re
from collections.abc import Iterator, Mapping

from app.domain.contracts_chatter import without_chatter
from app.domain.contracts_fences import parts
from app.domain.contracts_repeats import repeats
from app.domain.contracts_values import Breach, amount, lines_of, shown
from app.domain.prompts import Contract

_FENCE_LINE = re.compile(r"(?m)^[ \t]*(?:```+|~~~+)")
# A capital, words, and the end of a sentence: no line of code. Nothing is tried twice, however long the line.
_SENTENCE = re.compile(r"[A-Z][a-z'\u2019]*+(?:,? [\w'\u2019`()/-]++){3}[^;{}=]*")
_SENTENCE_ENDS = (".", ":", "!", "?")
_PROSE_FILE = re.compile(r"\.(?:md|mdx|markdown|rst|adoc|asciidoc|txt|tex|html?|org)$", re.IGNORECASE)
_PROSE_LANGUAGES = frozenset({"markdown", "restructuredtext", "asciidoc", "text", "plain text", "latex", "html"})
# Where the cursor stands in a comment or a long text, sentences are what is missing.
_COMMENT = re.compile(r"^\s*(?:#|//|--|;|%|\*|/\*|<!--|\"{3}|'{3})|(?:#|//|--) |[\"'`][^\"'`]*$")
_LONG_TEXTS = ('"""', "'''")


def code(contract: Contract, answer: str, inputs: Mapping[str, str]) -> Iterator[Breach]:
    """Bare code, or the refusal alone."""
    if contract.refusal and answer.strip() == contract.refusal:
        return
    yield from _refusal(contract.refusal, answer, inputs)
    if not _is_prose(inputs):
        answer, talk = _without_talk(answer, inputs)
        yield from talk
        if found := _FENCE_LINE.search(answer):
            line = answer[found.start() :].partition("\n")[0]
            yield Breach("fenced", f"The code stands in a fence, {shown(line)}; it has to be bare.")
    answer = "\n".join(line for line in lines_of(answer) if not _FENCE_LINE.match(line))
    count = len(lines_of(answer.strip()))
    if contract.max_lines and count > contract.max_lines:
        yield Breach("too_many_lines", f"The code has {amount(count, 'line')}; {contract.max_lines:,} are allowed.")
    # Behind talk and fences the code is judged as if it stood alone.
    yield from repeats(answer, inputs)


def _refusal(word: str, answer: str, inputs: Mapping[str, str]) -> Iterator[Breach]:
    if word and word in answer and not any(word in text for text in inputs.values()):
        yield Breach("refusal_not_alone", f"{word} stands beside other text; it has to stand alone.")


def _without_talk(answer: str, inputs: Mapping[str, str]) -> tuple[str, list[Breach]]:
    answer, found = without_chatter(answer, lead_ins=True)
    talk, codes = list(found), {each.code for each in found}
    lines = answer.strip().splitlines()
    if lines and "chatter_before" not in codes and _is_talk(lines[0]) and not _in_text(inputs.get("prefix", "")):
        talk.append(Breach("chatter_before", f"Before the code stands {shown(lines[0])}."))
        answer = answer.lstrip().partition("\n")[2]
    if len(lines) > 1 and "chatter_after" not in codes and _is_talk(lines[-1]) and not _in_long_text(inputs, answer):
        talk.append(Breach("chatter_after", f"Behind the code stands {shown(lines[-1])}."))
        answer = answer.rstrip().rpartition("\n")[0]
    return answer, talk


def _is_talk(line: str) -> bool:
    return line.rstrip().endswith(_SENTENCE_ENDS) and _SENTENCE.fullmatch(line.rstrip()) is not None


def _is_prose(inputs: Mapping[str, str]) -> bool:
    """Whether the file is one where sentences and fences are the content."""
    named = _PROSE_FILE.search(inputs.get("file_name", "").strip())
    return named is not None or inputs.get("language", "").strip().casefold() in _PROSE_LANGUAGES


def _in_text(prefix: str) -> bool:
    return _COMMENT.search(prefix.rpartition("\n")[2]) is not None or _in_long_text({"prefix": prefix}, "")


def _in_long_text(inputs: Mapping[str, str], answer: str) -> bool:
    text = inputs.get("prefix", "") + answer
    return any(text.count(mark) % 2 for mark in _LONG_TEXTS) or text.count("/*") > text.count("*/")


def fenced_code(contract: Contract, answer: str) -> Iterator[Breach]:
    """So many fenced blocks, and few words outside of them."""
    found = parts(answer)
    yield from without_chatter("\n".join(found.outside))[1]
    if len(found.blocks) != contract.blocks:
        blocks = amount(len(found.blocks), "fenced block")
        yield Breach("block_count", f"The answer has {blocks}; exactly {contract.blocks} is what was asked for.")
    for number, block in enumerate(found.blocks, 1):
        if not block.closed:
            yield Breach("fence_not_closed", f"Fenced block {number} is not closed.")
        if not block.content.strip():
            yield Breach("empty_block", f"Fenced block {number} is empty.")
    words = sum(any(map(str.isalnum, word)) for line in found.outside for word in line.split())
    if words > contract.max_words:
        said = f"Outside the code stand {amount(words, 'word')}; {contract.max_words:,} are allowed."
        yield Breach("too_many_words", said)
