"""What blind marks come to, below five and from five on."""

import pytest

from app.domain.marks import MarkedPair, Tally, Weight, sentence, tallies


def marks(wins: int, losses: int = 0, neither: int = 0, *, here: bool = True) -> list[MarkedPair]:
    better = ["mistral"] * wins + ["other"] * losses + [""] * neither
    return [MarkedPair("duo_chat", ("mistral", "other"), each, here) for each in better]


@pytest.mark.parametrize(
    ("wins", "losses", "neither", "weight"),
    [
        (4, 0, 0, Weight.FEW),
        (0, 4, 0, Weight.FEW),
        (5, 0, 0, Weight.BACKS),
        (2, 1, 2, Weight.BACKS),
        (1, 2, 2, Weight.CONTRADICTS),
        (0, 5, 0, Weight.CONTRADICTS),
        (2, 2, 1, Weight.EVEN),
        (0, 0, 5, Weight.EVEN),
    ],
)
def test_marks_count_from_five_on(wins: int, losses: int, neither: int, weight: Weight) -> None:
    assert Tally(wins, losses, neither).weight is weight


def test_a_mark_counts_for_one_family_and_against_the_other() -> None:
    found = tallies(marks(4, 1, 1))
    assert found == {"mistral": Tally(4, 1, 1), "other": Tally(1, 4, 1)}


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        (marks(3), "Blind marks for Mistral here: 3 of 5 marks needed."),
        (marks(4, 1, 1), "4 of 6 blind marks preferred Mistral here."),
        (marks(1, 4), "4 of 5 blind marks preferred another family to Mistral here."),
        (marks(2, 2, 1), "5 blind marks here are even: 2 for Mistral, 2 against."),
        (marks(4, 1, 1, here=False), "4 of 6 blind marks preferred Mistral with this model."),
    ],
)
def test_a_tally_says_its_number(pairs: list[MarkedPair], said: str) -> None:
    assert sentence(tallies(pairs)["mistral"], "Mistral") == said


def test_a_family_that_was_never_compared_has_nothing_to_say() -> None:
    assert sentence(Tally(), "Mistral") == ""
