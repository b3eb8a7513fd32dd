"""Long texts: their size in words, the word in them, and how words are turned into tokens."""

from itertools import pairwise

import pytest

from app.domain.long_texts import QUESTION, RUNGS, Yardstick, code_word, long_text, yardstick


def test_every_rung_is_half_of_the_one_above() -> None:
    assert all(upper == 2 * lower for upper, lower in pairwise(RUNGS))


@pytest.mark.parametrize("words", [100, 2_000, 30_000])
def test_a_text_holds_the_words_asked_for(words: int) -> None:
    text = long_text(words, words)
    counted = len(text.removesuffix(QUESTION).split()) + text.count(".")
    assert abs(counted - words) < 20


@pytest.mark.parametrize("size", RUNGS)
def test_the_code_word_stands_once_and_near_the_beginning(size: int) -> None:
    text = long_text(size, size)
    assert text.count(code_word(size)) == 1
    assert 0.05 < text.index(code_word(size)) / len(text) < 0.15


def test_code_words_differ_and_stay_the_same() -> None:
    assert len({code_word(size) for size in RUNGS}) == len(RUNGS)
    assert code_word(2_000) == code_word(2_000)


def test_sentences_do_not_repeat_for_long() -> None:
    sentences = long_text(5_000, 1).split(". ")
    assert len(set(sentences)) > 450


def test_a_yardstick_follows_what_the_server_counts() -> None:
    measured = yardstick((40, 90), (240, 290))
    assert (measured.rate, measured.extra) == (1.0, 50.0)
    assert measured.words(2_000) == 1_950


@pytest.mark.parametrize(("few", "many"), [(None, None), (90, None), (7, 7), (90, 100), (90, 90_000)])
def test_a_count_that_cannot_be_is_not_believed(few: int | None, many: int | None) -> None:
    assert yardstick((40, few), (240, many)) == Yardstick()


def test_without_a_count_no_rung_grows_too_long() -> None:
    assert Yardstick().words(32_000) < 32_000
