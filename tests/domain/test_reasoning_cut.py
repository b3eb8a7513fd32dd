"""Reasoning is cut out of a stream as it would be cut out of the whole, wherever the stream was cut into pieces."""

import re
from collections.abc import Iterable, Sequence
from itertools import takewhile
from random import Random

import pytest

from app.domain.reasoning import ReasoningCut, without_reasoning

PAIRS = [
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    ("<|channel|>analysis", "<|channel|>final<|message|>"),
    ("<|start|>assistant<|channel|>analysis", "<|end|><|start|>assistant<|channel|>final<|message|>"),
    ("analysis", "assistantfinal"),
]
# Only at the start, and nowhere when something quotes it.
CLOSED = re.compile(r"\s*(</think>|</thinking>|\[/THINK\]|◁/think▷)(?![`'\"])")
ALONE = ("<|channel|>final<|message|>", "<|start|>assistant<|channel|>final<|message|>")
LEAD = "<|start|>assistant"
OPENERS = (*dict.fromkeys(lead + begin.removeprefix(LEAD) for begin, _ in PAIRS for lead in ("", LEAD)), *ALONE)
ENDINGS = ("<|return|>", "<|end|>", "<|START_RESPONSE|>", "<|END_RESPONSE|>")

ANSWERS = [
    "",
    " ",
    "\n\n \t",
    "Nine.",
    " Nine.\n",
    *(f"{begin}Hm.\n{end}\n\nNine. \n" for begin, end in PAIRS),
    *(f" \n{begin}{end}Nine." for begin, end in PAIRS),
    *(f"{begin}Hm, is it {begin} or {end}Nine." for begin, end in PAIRS),
    *(f"{begin}Hm.{end}\n{begin}Sure.{end} It ends with {end}." for begin, end in PAIRS),
    *(f"{begin}{begin}Hm.{end}{end}Nine." for begin, end in PAIRS),
    *(f"{begin}Hm, nine" for begin, _ in PAIRS),
    *(f"{begin}Hm.{end}" for begin, end in PAIRS),
    *(f"{begin}Hm.{end[:-1]}" for begin, end in PAIRS),
    *(begin for begin, _ in PAIRS),
    *(begin[:-1] for begin, _ in PAIRS),
    *(f" {begin[:-1]} is no mark" for begin, _ in PAIRS),
    *(f"{end}\n Nine.<|end|>" for _, end in PAIRS),
    *(f"Hm.\n{end}\nNine." for _, end in PAIRS),
    *(f"`{end}` ends it.{end}Nine." for _, end in PAIRS),
    *(f"Split at \"{end}\" or '{end}', {end}`" for _, end in PAIRS),
    *(f"{end}` ends it" for _, end in PAIRS),
    *(f"<think>Hm.</think>{begin}Sure.{end}Nine." for begin, end in PAIRS),
    *(f"<think></think>{each}Nine.{each}" for each in ENDINGS),
    *(f"<think></think> {each} \n {each} Nine.\n{each} {each} " for each in ENDINGS),
    *(f"<think></think>{each}" for each in ENDINGS),
    *(f"<think></think>Nine{each[:-1]}" for each in ENDINGS),
    *(f"<think></think>Nine{each}ty{each}\n\n" for each in ENDINGS),
    "<think></think>" + "".join(ENDINGS) + "Nine." + "".join(ENDINGS),
    "<think></think>" + "".join(reversed(ENDINGS)) + "Nine." + "".join(reversed(ENDINGS)),
    "<|START_THINKING|>Hm.<|END_THINKING|><|START_RESPONSE|>Nine.<|END_RESPONSE|>",
    *ALONE,
    *(f"{each}Nine.<|return|>" for each in ALONE),
    *(f"{each}analysisHm.assistantfinal<think></think>Nine." for each in ALONE),
    "analysis of the sheep: nine.",
    "analysis of the sheep </think> nine.",
    "<think></think>analysis of the sheep: nine.<|end|> ",
    "analysis",
    "An analysis of nine.",
    "a <b> c < d <<|end|> <| e",
    "<think></think>a <b> c < d <<|end|> <| e <",
    "<think></think>\n\n  def nine():\n\n    return 9  \n\n\n",
    "<think>Hm.</think>\u2003\x1cNine.\x85",
]
QUOTED = ["</think>" + quote for quote in "`'\""] + [quote + "</think>" for quote in "`'\""]
MARKS = [*OPENERS, *(end for _, end in PAIRS), *ENDINGS, *QUOTED, "", " ", "\n", "x", "<", "|", "<|", "[", "◁", "an"]


def cut(pieces: Iterable[str], *, opened: bool = False) -> str:
    cutting = ReasoningCut(opened=opened)
    return "".join(map(cutting.feed, pieces)) + cutting.end()


def promised(answer: str, *, opened: bool) -> str:
    """What the whole answer becomes, but for a closing mark that comes late and without an opening one."""
    is_seen = opened or answer.lstrip().startswith(OPENERS) or CLOSED.match(answer)
    return without_reasoning(answer) if is_seen else answer


def in_common(answers: Sequence[str]) -> str:
    """How all of them begin."""
    # What the first and the last by order have in common, all between them have.
    first, last = min(answers), max(answers)
    return "".join(each for each, _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False)))


def at_random(answer: str, chance: Random) -> Sequence[str]:
    places = sorted(chance.randrange(len(answer) + 1) for _ in range(chance.randint(2, 6)))
    return [answer[begin:end] for begin, end in zip([0, *places], [*places, len(answer)], strict=True)]


@pytest.mark.parametrize("opened", [False, True])
@pytest.mark.parametrize("answer", ANSWERS)
def test_every_way_of_cutting_an_answer_gives_the_same(answer: str, opened: bool) -> None:
    chance = Random(answer)  # noqa: S311 (no secret is made)
    halves = [(answer[:at], answer[at:]) for at in range(len(answer) + 1)]
    ways = [[answer], list(answer), *halves, *(at_random(answer, chance) for _ in range(20))]
    expected = promised(answer, opened=opened)
    assert {tuple(way): cut(way, opened=opened) for way in ways} == {tuple(way): expected for way in ways}


@pytest.mark.parametrize("opened", [False, True])
def test_marks_in_any_order_are_cut_alike(opened: bool) -> None:
    chance = Random(4)  # noqa: S311 (no secret is made)
    for _ in range(3000):
        answer = "".join(chance.choices(MARKS, k=chance.randint(1, 7)))
        expected = promised(answer, opened=opened)
        assert cut(answer, opened=opened) == expected, answer
        assert cut(at_random(answer, chance), opened=opened) == expected, answer


# What may follow the beginning of an answer: the rest of any mark, and words.
RESTS = {mark[at:] for mark in (*OPENERS, *(end for _, end in PAIRS), *ENDINGS) for at in range(len(mark))}
GOINGS_ON = sorted(
    {"", "Y", " Y", "`", "' Y", *(rest + more for rest in RESTS for more in ("", "Y", "Y</think>assistantfinalZ"))}
)
WATCHED = [
    " Nine  .\n ",
    " <thinks> <think>",
    "<|start|>assistants",
    "[THIN]",
    "</think>`s",
    "</think> Nine.",
    " <think>Hm</think>\n[THINK]a[/THINK] a <b < <|en <|end|> c \n",
    "<|START_THINKING|>Hm<|END_THINKING|><|START_RESPONSE|>a<|END_RESPONSE|>",
    "<|channel|>final<|message|> a\n b",
    "analysisa</think>",
    "`</think>Hm</think> a <|",
    "<think></think></think> a",
]


@pytest.mark.parametrize("opened", [False, True])
@pytest.mark.parametrize("answer", WATCHED)
def test_what_can_no_longer_change_is_passed_on_at_once(answer: str, opened: bool) -> None:
    cutting, passed = ReasoningCut(opened=opened), ""
    for at, character in enumerate(answer, 1):
        passed += cutting.feed(character)
        assert passed == in_common([promised(answer[:at] + more, opened=opened) for more in GOINGS_ON]), answer[:at]


@pytest.mark.parametrize("opened", [False, True])
@pytest.mark.parametrize(
    "answer",
    [
        "<think>" + "<" * 200_000,
        "analysis" + "assistant" * 22_000,
        " " * 200_000,
        "</" * 100_000,
        "<think></think>" + " <|end|>" * 25_000,
        "<think></think>" * 13_000 + "Nine.",
        "<think></think>" + "Nine <" * 33_000,
    ],
    ids=lambda answer: answer[:24],
)
def test_long_answers_by_single_characters_are_read_once(answer: str, opened: bool) -> None:
    assert cut(answer, opened=opened) == promised(answer, opened=opened)


def test_nothing_more_comes_after_the_end() -> None:
    cutting = ReasoningCut()
    assert cutting.feed("<thin") == ""
    assert (cutting.end(), cutting.end()) == ("<thin", "")
