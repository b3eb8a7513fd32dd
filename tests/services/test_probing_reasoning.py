"""The step `reasoning`: what a model thinks stays out of its answer, or is cut out of it."""

import pytest

from app.domain.capabilities import Grade
from app.domain.features import Ability
from app.domain.steps import Outcome
from app.services.ports import Ports
from tests.fakes.able_talk import Asked, Said, refusal
from tests.fakes.probe import graded, of_able

LEAKS = ["think", "thinking", "bracketed", "diamonds", "channels", "closed_only", "unclosed"]


@pytest.mark.parametrize(
    ("manner", "message"),
    [
        ("none", "The model answers without reasoning first"),
        ("own_field", "Reasoning comes in a field of its own"),
    ],
)
def test_an_answer_without_reasoning_is_clean(engine: Ports, manner: str, message: str) -> None:
    found = of_able(engine, "reasoning", reasoning=manner)
    assert (found.outcome, found.message, graded(found)) == (Outcome.PASSED, message, {Ability.CLEAN: Grade.YES})


@pytest.mark.parametrize("manner", LEAKS)
def test_reasoning_in_the_answer_comes_with_its_cure(engine: Ports, manner: str) -> None:
    found = of_able(engine, "reasoning", reasoning=manner)
    assert (found.outcome, found.code) == (Outcome.WARNED, "reasoning_leaks")
    assert graded(found) == {Ability.CLEAN: Grade.NO}
    assert found.fix
    assert (found.fix.field, found.fix.value) == ("quirks", "strip_reasoning")


def test_the_cure_keeps_what_the_endpoint_had(engine: Ports) -> None:
    found = of_able(engine, "reasoning", reasoning="think", quirks="no_temperature")
    assert found.fix
    assert found.fix.value == "no_temperature,strip_reasoning"


@pytest.mark.parametrize("manner", [each for each in LEAKS if each != "unclosed"])
def test_with_its_cure_an_answer_is_clean(engine: Ports, manner: str) -> None:
    found = of_able(engine, "reasoning", reasoning=manner, quirks="strip_reasoning")
    assert (found.outcome, graded(found)) == (Outcome.PASSED, {Ability.CLEAN: Grade.YES})


@pytest.mark.parametrize(("manner", "quirks"), [("never_ending", ""), ("unclosed", "strip_reasoning")])
def test_reasoning_without_an_answer_is_told(engine: Ports, manner: str, quirks: str) -> None:
    found = of_able(engine, "reasoning", reasoning=manner, quirks=quirks)
    assert (found.outcome, found.code) == (Outcome.WARNED, "reasoning_only")
    assert found.fix is None


def test_an_answer_without_an_end_is_told(engine: Ports) -> None:
    found = of_able(engine, "reasoning", length="endless")
    assert (found.outcome, found.code, found.findings) == (Outcome.WARNED, "answer_endless", ())


def test_reasoning_that_nobody_sees_is_given_its_room(engine: Ports) -> None:
    for name in ("chat", "system", "turns", "tools", "json", "reasoning"):
        assert (name, of_able(engine, name, reasoning="unseen").code) == (name, "")


def test_a_busy_server_is_not_judged(engine: Ports) -> None:
    def busy(asked: Asked) -> Said | None:
        return refusal("Later.", 503) if "sheep" in asked.user else None

    found = of_able(engine, "reasoning", busy)
    assert (found.outcome, found.code, found.findings) == (Outcome.UNKNOWN, "busy", ())


def test_an_empty_answer_has_no_grade(engine: Ports) -> None:
    found = of_able(engine, "reasoning", lambda asked: Said("") if "sheep" in asked.user else None)
    assert (found.outcome, found.code, found.findings) == (Outcome.FAILED, "empty_answer", ())
