"""Two texts, line by line, as two columns."""

from app.domain.text_changes import Line, LineKind, change


def kinds(lines: tuple[Line, ...]) -> str:
    """One letter a line: s for same, o for own, and how many are folded."""
    letters = {LineKind.SAME: "s", LineKind.OWN: "o"}
    return "".join(letters.get(each.kind, str(each.hidden)) for each in lines)


def test_equal_texts_have_no_difference() -> None:
    found = change(["a", "b"], ["a", "b"])
    assert (found.differs, found.gone, found.come) == (False, 0, 0)
    assert kinds(found.before) == kinds(found.after) == "ss"


def test_each_side_marks_the_lines_that_it_has_alone() -> None:
    found = change(["role", "old", "older", "end"], ["role", "new", "end"])
    assert (found.differs, found.gone, found.come) == (True, 2, 1)
    assert (kinds(found.before), kinds(found.after)) == ("soos", "sos")
    assert [each.text for each in found.after] == ["role", "new", "end"]


def test_equal_lines_far_from_any_difference_are_folded() -> None:
    same = [f"line {number}" for number in range(10)]
    found = change([*same, "old", *same, "end"], [*same, "new", *same, "fin"])
    assert kinds(found.before) == kinds(found.after) == "8ssoss6sso"
    assert [each.text for each in found.before if each.kind is LineKind.OWN] == ["old", "end"]


def test_a_line_break_and_a_blank_at_an_end_are_differences() -> None:
    assert change(["return "], ["return"]).differs
    assert change(["a", ""], ["a"]).gone == 1
    assert not change([], []).differs
