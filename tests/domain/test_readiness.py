"""Whether an endpoint suits a feature, from measurements alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.data.loader import Facts
from app.domain.capabilities import Aged, Grade, Measured
from app.domain.features import Ability, Needs
from app.domain.readiness import Readiness, ReadinessVerdict, readiness

DAY = datetime(2026, 11, 25, tzinfo=UTC)
NEEDS = Needs(
    must=(Ability.CHAT, Ability.STREAM, Ability.TOOLS), should=(Ability.JSON,), context=16_000, comfortable=64_000
)
ALL = {Ability.CHAT: Grade.YES, Ability.STREAM: Grade.YES, Ability.TOOLS: Grade.YES, Ability.JSON: Grade.YES}


def measured(context: int | None = 64_000, reached: bool = True, **grades: Grade) -> dict[Ability, Measured]:
    """Everything measured as there, but for what is named; `context` None was never measured."""
    given = ALL | {Ability(name): grade for name, grade in grades.items()}
    found = {ability: Measured(ability, grade, None, DAY) for ability, grade in given.items()}
    if context is not None:
        grade = Grade.YES if reached else Grade.PARTLY if context else Grade.NO
        found[Ability.CONTEXT] = Measured(Ability.CONTEXT, grade, context, DAY)
    return found


def without(*abilities: Ability, **more: Any) -> dict[Ability, Measured]:
    return {ability: each for ability, each in measured(**more).items() if ability not in abilities}


def judged(found: dict[Ability, Measured], stated: int | None = None) -> ReadinessVerdict:
    return readiness(NEEDS, found, stated)


def test_what_has_all_that_is_needed_works() -> None:
    assert judged(measured()).readiness is Readiness.WORKS


@pytest.mark.parametrize("lacking", ["chat", "stream", "tools"])
def test_what_lacks_a_must_will_not_work_whatever_else_is_unmeasured(lacking: str) -> None:
    verdict = judged({Ability(lacking): Measured(Ability(lacking), Grade.NO, None, DAY)})
    assert (verdict.readiness, len(verdict.reasons)) == (Readiness.NO, 1)


@pytest.mark.parametrize("ability", [Ability.CHAT, Ability.STREAM, Ability.TOOLS, Ability.CONTEXT])
def test_a_must_that_was_never_measured_leaves_it_unknown(ability: Ability) -> None:
    verdict = judged(without(ability))
    assert verdict.readiness is Readiness.UNKNOWN
    assert verdict.reasons[0].startswith("Not measured yet: ")


def test_nothing_measured_is_unknown_and_was_measured_never() -> None:
    assert (judged({}).readiness, judged({}).measured_at) == (Readiness.UNKNOWN, None)


@pytest.mark.parametrize(
    "found",
    [measured(json=Grade.NO), measured(tools=Grade.PARTLY), measured(json=Grade.PARTLY), measured(context=32_000)],
    ids=["a should lacks", "tools in some tries", "a should in part", "below the comfortable context"],
)
def test_what_falls_short_of_the_comfortable_works_with_limits(found: dict[Ability, Measured]) -> None:
    verdict = judged(found)
    assert (verdict.readiness, len(verdict.reasons)) == (Readiness.LIMITS, 1)


def test_a_should_that_was_never_measured_is_said_and_does_not_limit() -> None:
    verdict = judged(without(Ability.JSON))
    assert (verdict.readiness, verdict.reasons[-1]) == (Readiness.WORKS, "Not measured: JSON by a schema.")


def test_a_context_below_the_must_rules_it_out() -> None:
    verdict = judged(measured(context=8_000, reached=False))
    assert (verdict.readiness, verdict.reasons) == (Readiness.NO, ("It reads 8,000 tokens; 16,000 are needed.",))


def test_a_context_of_at_least_so_many_rules_nothing_out() -> None:
    verdict = judged(measured(context=8_000, reached=True))
    assert (verdict.readiness, verdict.reasons) == (Readiness.UNKNOWN, ("Not measured yet: the context.",))


def test_a_lost_needle_rules_it_out() -> None:
    assert judged(measured(context=0, reached=False)).reasons[0].startswith("It lost what stood in a long text")


def test_a_stated_context_counts_above_a_ladder_that_was_climbed_to_its_end() -> None:
    assert judged(measured(context=32_000), stated=131_072).readiness is Readiness.WORKS
    assert judged(measured(context=32_000), stated=40_000).readiness is Readiness.LIMITS


def test_a_stated_context_does_not_outweigh_a_measurement_below_it() -> None:
    assert judged(measured(context=16_000, reached=False), stated=131_072).readiness is Readiness.LIMITS
    assert judged(measured(context=8_000, reached=False), stated=131_072).readiness is Readiness.NO


def test_an_old_measurement_keeps_its_verdict_and_says_what_made_it_old() -> None:
    found = measured()
    found[Ability.TOOLS] = replace(found[Ability.TOOLS], aged=Aged.EDITED, at=DAY - timedelta(days=3))
    verdict = judged(found)
    assert (verdict.readiness, verdict.aged, verdict.measured_at) == (
        Readiness.WORKS,
        Aged.EDITED,
        DAY - timedelta(days=3),
    )


def test_every_need_of_every_feature_has_its_words(facts: Facts) -> None:
    for feature in facts.features.values():
        wanted = (*feature.needs.must, *feature.needs.should)
        for ability in wanted:
            found = {ability: Measured(ability, Grade.NO, None, DAY)}
            verdict = readiness(replace(feature.needs, must=(ability,), should=()), found)
            assert (verdict.readiness, len(verdict.reasons)) == (Readiness.NO, 1)


def test_the_largest_context_that_a_feature_must_have_is_within_the_ladder(facts: Facts) -> None:
    assert max(feature.needs.context for feature in facts.features.values()) == 32_000


@pytest.mark.parametrize(("one", "other", "worse"), [("no", "works", True), ("works", "limits", False)])
def test_verdicts_are_ordered(one: str, other: str, worse: bool) -> None:
    assert Readiness(one).is_worse(Readiness(other)) is worse
