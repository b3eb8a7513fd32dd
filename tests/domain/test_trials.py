"""What a try hides, until when, and what its figures and texts come to."""

import pytest

from app.domain.trials import Choice, Figures, Side, drawn, hides_names, is_comparison, may_mark, pace, readable

DONE, RUNS, FAILED, STOPPED = "answered", "running", "failed", "stopped"
ONE, OTHER = Side("e1", "mistral"), Side("e1", "other")


def test_the_lot_decides_the_order() -> None:
    assert drawn([ONE, OTHER], swapped=False) == (ONE, OTHER)
    assert drawn([ONE, OTHER], swapped=True) == (OTHER, ONE)


@pytest.mark.parametrize(
    ("sides", "compares"),
    [([ONE], False), ([ONE, ONE], False), ([ONE, OTHER], True), ([ONE, Side("e2", "mistral")], True)],
)
def test_only_sides_that_differ_are_compared(sides: list[Side], compares: bool) -> None:
    assert is_comparison(sides) is compares


@pytest.mark.parametrize(
    ("blind", "mark", "states", "hidden", "markable"),
    [
        (True, None, [RUNS, RUNS], True, False),
        (True, None, [DONE, RUNS], True, False),
        (True, None, [FAILED, RUNS], True, False),
        (True, None, [DONE, DONE], True, True),
        (True, None, [DONE, FAILED], False, False),
        (True, None, [DONE], False, False),
        (True, None, [DONE, STOPPED], False, False),
        (True, 0, [DONE, DONE], False, False),
        (True, -1, [DONE, DONE], False, False),
        (False, None, [DONE, DONE], False, False),
        (False, None, [RUNS], False, False),
    ],
)
def test_names_are_hidden_until_the_mark_or_until_there_can_be_none(
    blind: bool, mark: int | None, states: list[str], hidden: bool, markable: bool
) -> None:
    assert hides_names(blind, mark, states) is hidden
    assert may_mark(blind, mark, states) is markable


@pytest.mark.parametrize(
    ("lengths", "states", "most"),
    [
        ([90, 20], [RUNS, RUNS], 20),
        ([90, 20], [DONE, RUNS], 20),
        ([90, 0], [DONE, RUNS], 0),
        ([20, 90], [DONE, RUNS], 90),
        ([0, 20], [FAILED, RUNS], 20),
        ([90, 20], [DONE, DONE], None),
    ],
)
def test_both_are_seen_at_the_pace_of_the_slower(lengths: list[int], states: list[str], most: int | None) -> None:
    assert pace(lengths, states) == most


@pytest.mark.parametrize(("choice", "position"), [("a", 0), ("b", 1), ("neither", -1)])
def test_a_choice_has_a_position(choice: str, position: int) -> None:
    assert Choice(choice).position == position


@pytest.mark.parametrize(
    ("figures", "speed"),
    [
        (Figures(2100, 100, completion_tokens=41), 20.0),
        (Figures(2000, None, completion_tokens=40), 20.0),
        (Figures(2000, 100, completion_tokens=1), None),
        (Figures(120, 100, completion_tokens=40), None),
        (Figures(0), None),
    ],
)
def test_speed_is_told_where_it_can_be(figures: Figures, speed: float | None) -> None:
    assert figures.tokens_per_second == speed


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\tb\n", "a\tb\n"),
        ("a\r\nb", "a\nb"),
        ("\x1b[31mred", "\u241b[31mred"),
        ("\0\x07\x7f", "\u2400\u2407\u2421"),
        ("\u202etxt\u2066", "\ufffdtxt\ufffd"),
        ("\ud800\x9b", "\ufffd\ufffd"),
        ("👩‍💻 größer", "👩‍💻 größer"),
    ],
)
def test_what_controls_a_terminal_or_a_database_is_shown_as_a_picture(text: str, shown: str) -> None:
    assert readable(text) == shown
