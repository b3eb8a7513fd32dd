"""Gaps in code: the form of every family, and what counts as filled."""

import pytest

from app.data.facts import Facts
from app.domain.code_gaps import CODE_GAPS, Filling, asked, filling, marks, worst
from app.domain.families import IN_WORDS

ADD = CODE_GAPS[0]


def test_every_familys_form_holds_both_sides_of_the_gap(facts: Facts) -> None:
    for family in facts.families.values():
        for gap in CODE_GAPS:
            text = asked(family.completion, gap)
            assert gap.prefix in text
            assert gap.suffix in text
            assert "{" not in text


def test_every_familys_marks_are_known_by_its_form(facts: Facts) -> None:
    for family in facts.families.values():
        assert len(marks(family.completion)) >= 2, family.slug


def test_no_right_answer_holds_a_mark(facts: Facts) -> None:
    for family in facts.families.values():
        forbidden = marks(family.completion)
        assert all(filling(gap.missing, gap, forbidden) is Filling.FILLED for gap in CODE_GAPS)


@pytest.mark.parametrize("answer", ["b", " b", " b\n", "b  # the other one", " b\n# Done, as asked of me here\n"])
def test_blanks_and_comments_are_no_fault(answer: str) -> None:
    assert filling(answer, ADD) is Filling.FILLED


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("", Filling.MISSED),
        (" bb", Filling.MISSED),
        (" b + c", Filling.MISSED),
        ("return a + b", Filling.MISSED),
        (" b\n\nprint(add(1, 2))", Filling.MISSED),
        ("<after>b</after>", Filling.LEAKS),
        ("b<｜fim▁end｜>", Filling.LEAKS),  # noqa: RUF001 (so it is written)
        ("b<|endoftext|>", Filling.LEAKS),
        ("```\nb\n```", Filling.CHATTY),
        ("The missing code is `b`.", Filling.CHATTY),
        ("Here, you need to write b", Filling.CHATTY),
    ],
)
def test_what_else_came_is_told_apart(answer: str, expected: Filling) -> None:
    assert filling(answer, ADD, marks(IN_WORDS)) is expected


def test_marks_are_the_worst_of_several_faults() -> None:
    assert worst([Filling.FILLED, Filling.MISSED, Filling.CHATTY, Filling.LEAKS]) is Filling.LEAKS
    assert worst([Filling.FILLED, Filling.FILLED]) is Filling.FILLED
