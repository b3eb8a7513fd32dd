"""The rule of rating and confidence: worked examples, and what must never happen."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.ratings import Answer, Grade, Rated, Sureness, rating

NOW = datetime(2026, 11, 28, tzinfo=UTC)
WORKS, NOTES, FAILS = Answer.WORKS, Answer.NOTES, Answer.FAILS


def report(installation: str, *answers: Answer, grade: Grade = Grade.TESTED, days: int = 0, same: bool = True) -> Rated:
    found = {f"feature_{number}": answer for number, answer in enumerate(answers)}
    return Rated(installation, found, grade, NOW - timedelta(days=days), same)


def test_nobody_reported_means_no_rating_and_a_test_is_needed() -> None:
    found = rating([], NOW)
    assert (found.stars, found.confidence, found.sureness, found.needs_test) == (None, 0.0, Sureness.NONE, True)


def test_one_installation_is_too_few_however_often_it_reports() -> None:
    found = rating([report("a", WORKS, days=each) for each in range(20)], NOW)
    assert (found.stars, found.installations, found.sureness) == (None, 1, Sureness.LOW)
    assert "Too few reports: 1 of 2 installations." in found.words


def test_a_later_report_of_the_same_installation_takes_the_place_of_the_former() -> None:
    old = [report("a", FAILS, days=90), report("b", WORKS)]
    assert rating([*old, report("a", WORKS)], NOW).stars == 5.0
    assert rating(old, NOW).stars == 3.0


# Worked by hand: stars = 1 + 4 x weighted mean, evidence = sum of weight x age, confidence = e / (e + 2) x agreement.
@pytest.mark.parametrize(
    ("reports", "stars", "confidence", "sureness"),
    [
        ([report("a", WORKS), report("b", WORKS)], 5.0, 0.5, Sureness.MEDIUM),
        ([report("a", WORKS, NOTES), report("b", WORKS, WORKS, FAILS, FAILS)], 3.5, 0.375, Sureness.MEDIUM),
        (
            [report("a", WORKS, grade=Grade.CLAIM, days=180), report("b", WORKS, days=180), report("c", NOTES)],
            4.2,
            0.222,
            Sureness.LOW,
        ),
        ([report("a", WORKS), report("b", FAILS)], 3.0, 0.0, Sureness.LOW),
        ([report(str(each), WORKS) for each in range(8)], 5.0, 0.8, Sureness.HIGH),
    ],
)
def test_worked_examples(reports: list[Rated], stars: float, confidence: float, sureness: Sureness) -> None:
    found = rating(reports, NOW)
    assert found.stars == stars
    assert found.confidence == pytest.approx(confidence, abs=0.002)
    assert found.sureness is sureness


def test_the_rating_stays_and_the_confidence_falls_with_age() -> None:
    young = rating([report("a", WORKS), report("b", NOTES)], NOW)
    old = rating([report("a", WORKS, days=400), report("b", NOTES, days=400)], NOW)
    assert old.stars == young.stars
    assert old.confidence < young.confidence / 2
    assert (young.needs_test, old.needs_test) == (False, True)


def test_reports_on_another_quantisation_make_less_sure() -> None:
    near = rating([report("a", WORKS), report("b", WORKS)], NOW)
    far = rating([report("a", WORKS, same=False), report("b", WORKS, same=False)], NOW)
    assert far.stars == near.stars
    assert far.confidence < near.confidence


def test_a_report_without_an_answer_says_nothing() -> None:
    assert rating([report("a"), report("b", WORKS)], NOW).installations == 1


def test_reports_that_disagree_are_said_to() -> None:
    assert "They disagree." in rating([report("a", WORKS), report("b", FAILS)], NOW).words


def test_the_order_of_reports_changes_nothing() -> None:
    reports = [report("a", WORKS, days=3), report("b", NOTES, FAILS, days=90), report("c", WORKS, grade=Grade.CLAIM)]
    assert rating(reports, NOW) == rating(reversed(reports), NOW)
