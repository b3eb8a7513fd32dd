"""Answers in Markdown, and commit messages in the form of Conventional Commits (https://www.conventionalcommits.org)."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from app.domain.contracts_chatter import without_chatter
from app.domain.contracts_fences import parts, whole
from app.domain.contracts_values import Breach, amount, lines_of, shown
from app.domain.prompts import Contract

_MARKDOWN = frozenset({"markdown", "md"})
_HEADING = re.compile(r"(#{1,6})[ \t]+\S.*")
_MARKED_UP = re.compile(r"(?m)^(?:#{1,6} |[-*] )")


def markdown(contract: Contract, answer: str) -> Iterator[Breach]:
    """Prose, under headings or in bullets where the contract has them."""
    answer, talk = without_chatter(answer)
    yield from talk
    block = whole(answer)
    if block and (block.info in _MARKDOWN or (not block.info and _MARKED_UP.search(block.content))):
        yield Breach("fenced", "The whole answer stands in a fence; it has to be Markdown itself.")
        answer = block.content
    words = len(answer.split())
    if contract.max_words and words > contract.max_words:
        said = f"The answer has {amount(words, 'word')}; {contract.max_words:,} are allowed."
        yield Breach("too_many_words", said)
    if contract.headings:
        yield from _headings(contract.headings, parts(answer).outside)
    if contract.bullets:
        yield from _bullets(contract.bullets, lines_of(answer.strip()))


def _headings(wanted: Sequence[str], lines: Sequence[str]) -> Iterator[Breach]:
    level = min(len(each.partition(" ")[0]) for each in wanted)
    found = [line.rstrip() for line in lines if line.rstrip() in wanted]
    yield from (Breach("missing_heading", f"The heading “{each}” is missing.") for each in wanted if each not in found)
    for each in (line for line, count in Counter(found).items() if count > 1):
        yield Breach("heading_twice", f"The heading “{each}” stands there more than once.")
    if (order := list(dict.fromkeys(found))) != [each for each in wanted if each in found]:
        yield Breach("heading_order", f"The headings are out of order: {', '.join(order)}.")
    for line in lines:
        heading = _HEADING.fullmatch(line.rstrip())
        if heading and len(heading[1]) <= level and line.rstrip() not in wanted:
            yield Breach("other_heading", f"{shown(line)} is none of the headings that were asked for.")
    if found:
        yield from _before(wanted, lines)


def _before(wanted: Sequence[str], lines: Sequence[str]) -> Iterator[Breach]:
    first = next((line for line in lines if line.strip()), "")
    if first.rstrip() not in wanted and not _HEADING.fullmatch(first.rstrip()):
        yield Breach("text_before_heading", f"Before the first heading stands {shown(first)}.")


def _bullets(most: int, lines: Sequence[str]) -> Iterator[Breach]:
    count = sum(line.startswith("- ") for line in lines)
    if count > most:
        yield Breach("too_many_bullets", f"The answer has {amount(count, 'bullet')}; {most:,} are allowed.")
    for number, line in enumerate(lines, 1):
        if not line.strip():
            yield Breach("empty_line", f"Line {number} is empty; every line has to be a bullet.")
        elif not (line.startswith("- ") and line[2:].strip()):
            yield Breach("not_a_bullet", f"Line {number} does not start with “- ”: {shown(line)}.")


_SUBJECT = re.compile(r"(?P<type>[A-Za-z]+)(?:\([^()\s][^()]*\))?!?: (?P<said>\S.*)")
_QUOTES = (('"', '"'), ("'", "'"), ("`", "`"), ("“", "”"))
_FENCE = re.compile(r"\s*(?:```|~~~)")


def commit_message(contract: Contract, answer: str) -> Iterator[Breach]:
    """A subject, and a body where one is needed."""
    text, talk = without_chatter(answer, lead_ins=True)
    yield from talk
    lines = lines_of(text.strip())
    if any(_FENCE.match(line) for line in lines):
        yield Breach("fenced", "The message stands in a fence, or holds one; it has to be plain text.")
        lines = lines_of("\n".join(line for line in lines if not _FENCE.match(line)).strip())
    if lines and _are_quotes(lines[0][:1], lines[-1][-1:]):
        yield Breach("quoted", f"The message stands in quotes: {shown(lines[0])}.")
        lines = lines_of("\n".join(lines)[1:-1].strip())
    if lines:
        yield from _subject(contract, lines[0].rstrip())
        yield from _body(contract, lines[1:])


def _are_quotes(first: str, last: str) -> bool:
    return (first, last) in _QUOTES


def _subject(contract: Contract, line: str) -> Iterator[Breach]:
    found = _SUBJECT.fullmatch(line)
    if not found:
        yield Breach("subject_form", f"The first line is not of the form “type(scope): subject”: {shown(line)}.")
    elif found["type"] not in contract.types:
        allowed = ", ".join(contract.types)
        yield Breach("unknown_type", f"“{found['type']}” is no type of commit; allowed are {allowed}.")
    if len(line) > contract.max_subject:
        said = f"The subject line has {len(line):,} characters; {contract.max_subject} are allowed."
        yield Breach("subject_too_long", said)
    if line.endswith("."):
        yield Breach("full_stop", "The subject line ends with a full stop.")


def _body(contract: Contract, lines: Sequence[str]) -> Iterator[Breach]:
    if lines and lines[0].strip():
        yield Breach("no_blank_line", "The second line has to be empty, between the subject and the body.")
    for number, line in enumerate(lines, 2):
        # A single word, such as an address, cannot be wrapped.
        if len(line.rstrip()) > contract.max_width and " " in line.strip().removeprefix("- "):
            said = f"Line {number} has {len(line.rstrip()):,} characters; {contract.max_width} are allowed."
            yield Breach("line_too_long", said)
