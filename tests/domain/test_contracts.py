"""All checks together: what they share, and that nothing a model says can hold them up."""

import time
from itertools import product

import pytest

from app.domain.contracts import MOST, Called, breaches
from app.domain.contracts_values import lines_of, shown
from app.domain.prompts import Contract
from tests.domain.contract_cases import AGENT, ALL, BULLETS, CODE, JSON, TOOL, codes

INPUTS = {"prefix": "a = ", "suffix": "\n[b]", "code": "<code>", "title": ""}
# Pieces that make a check look further, each with what may stand before and behind many of them.
PIECES = {
    "blank lines": ("a", "\n", "b"),
    "carriage returns": ("a", "a\r", ""),
    "blanks": ("a", " ", "b"),
    "backticks": ("a", "`", "b"),
    "backticks apart": ("a", "` `` ", "b"),
    "backticks and a long rest": ("a", "`", " " + "b" * 9_000),
    "fences": ("", "```\n", ""),
    "blocks": ("", "```py\na\n```\n", ""),
    "tildes": ("", "~~~\na\n", ""),
    "tags": ("a ", "<code>", " b"),
    "tags in lines": ("", "a <code> b\n", ""),
    "opened tags": ("", "< code ", ""),
    "marks of calls": ("", "<tool_call ", ""),
    "marks of functions": ("", "<function=", ""),
    "actions": ("", "Action: a\n", ""),
    "brackets of calls": ("read_file(", ") ", "b"),
    "words": ("This is a ", "word ", ""),
    "one long word": ("This is a ", "w", " b"),
    "capitals": ("", "A", ""),
    "marks of gaps": ("", "[PREFIX]", ""),
    "marks in lines": ("", "[PREFIX]\n", ""),
    "marks of models": ("", "<|a|> ", ""),
    "reasoning": ("", "<think>", ""),
    "reasoning that ends": ("a", "</think> ", "a"),
    "headings": ("", "## One\n", ""),
    "other headings": ("", "# a\n", ""),
    "bullets": ("", "- a\n", ""),
    "quotes": ("", "\"'", ""),
    "greetings": ("Sure,", " ", "A"),
    "lists in lists": ("", "[", ""),
    "objects in objects": ("", '{"name":1,"function":', "1"),
    "items": ('{"names":[', "1,", "1]}"),
    "keys": ('{"names":[],', '"a":1,', '"a":1}'),
    "digits": ('{"names":[],"size":', "9", "}"),
    "long names": ('{"names":[],"', "a", '":1}'),
}


def check(contract: Contract, text: str) -> None:
    """As an answer, and as the arguments of a call."""
    breaches(contract, text, (), (TOOL,), INPUTS)
    breaches(contract, "", [Called("read_file", text)], (TOOL,), INPUTS)


def seconds(contract: Contract, text: str) -> float:
    """What a check takes of this thread's time on the processor, the least of three."""
    found = []
    for _ in range(3):
        begun = time.thread_time()
        check(contract, text)
        found.append(time.thread_time() - begun)
    return min(found)


@pytest.mark.parametrize("piece", PIECES)
def test_the_work_grows_in_step_with_the_answer(piece: str) -> None:
    before, many, behind = PIECES[piece]
    few, more = (before + many * (size // len(many)) + behind for size in (2_000, 16_000))
    for contract in ALL:
        # Eight times the text: its square would take sixty-four times as long.
        assert seconds(contract, more) < 24 * seconds(contract, few) + 0.005, contract.kind


@pytest.mark.parametrize("piece", ["blank lines", "backticks", "words", "lists in lists"])
def test_a_megabyte_is_judged(piece: str) -> None:
    before, many, behind = PIECES[piece]
    text = before + many * (1_000_000 // len(many)) + behind
    found = breaches(AGENT, text, (), (TOOL,), INPUTS) + breaches(JSON, text, (), (), INPUTS)
    assert all(len(each.sentence) < 200 for each in found)


@pytest.mark.parametrize("depth", [10, 300, 800, *range(900, 1_000, 5), 1_000, 3_000, 50_000])
@pytest.mark.parametrize(
    ("opening", "inner", "closing"),
    [("[", "", "]"), ('{"a":', "1", "}"), ('{"name":1,"function":', "1", "}"), ('{"names":[', "", "]}")],
)
def test_no_depth_raises(opening: str, inner: str, closing: str, depth: int) -> None:
    text = opening * depth + inner + closing * depth
    for contract in ALL:
        check(contract, text)
    assert codes(JSON, f'{{"names": [{text}]}}')


ODD = ("", "\x00", "\ud800", "\r", "\u2028", "\x85", "```", "`", "<", "</think>", "<code>", "{", "]", '"', "- ", "# ")


def test_no_two_odd_pieces_raise() -> None:
    for pieces, contract in product(product(ODD, repeat=2), ALL):
        for each in breaches(contract, "\n".join(pieces) + "".join(pieces), (), (TOOL,), INPUTS):
            each.sentence.encode()


def test_no_more_than_the_most_are_named() -> None:
    assert len(breaches(BULLETS, "\n".join(f"{number}" for number in range(3 * MOST)))) == MOST


def test_no_breach_is_named_twice() -> None:
    assert codes(CODE, "<|a|><|a|>\n<|b|>") == ["gap_mark", "gap_mark"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\n  b", "“a b”"),
        ("", "“”"),
        ("a\x00\ud800\ufeffb", "“a���b”"),
        ("a" * 60, f"“{'a' * 60}”"),
        ("a" * 61, f"“{'a' * 59}…”"),
    ],
)
def test_what_is_shown_is_short_and_printable(text: str, expected: str) -> None:
    assert shown(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", []), ("\n", [""]), ("a", ["a"]), ("a\r\nb\rc\n", ["a", "b", "c"]), ("a\x0c\u2028", ["a\x0c\u2028"])],
)
def test_lines_end_where_markdown_has_it(text: str, expected: list[str]) -> None:
    assert lines_of(text) == expected
