"""Cases that share a portal are all run, and each that fails is told."""

import pytest

from tests.fixtures.together import together


@together(("number", "even"), [(1, True), (2, True), (3, True)])
def evenness(base: int, number: int, even: bool) -> None:
    assert ((base + number) % 2 == 0) is even


def test_every_case_runs_and_what_failed_is_told() -> None:
    with pytest.raises(ExceptionGroup) as told:
        evenness(base=0)
    notes = [each.__notes__ for each in told.value.exceptions]
    assert notes == [["case: {'number': 1, 'even': True}"], ["case: {'number': 3, 'even': True}"]]
    with pytest.raises(ExceptionGroup, match="1 of 3 cases"):
        evenness(base=1)


def test_a_name_that_the_test_does_not_take_is_refused() -> None:
    with pytest.raises(AssertionError, match="takes no"):
        together("other", [1])(evenness)
    with pytest.raises(AssertionError, match="no case"):
        together("base", [])(evenness)
