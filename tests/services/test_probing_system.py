"""The steps `system` and `turns`: orders are followed, and earlier turns are known."""

import threading

import pytest

from app.domain.capabilities import Grade
from app.domain.features import Ability
from app.domain.steps import Outcome, StepResult
from app.services.ports import Ports
from tests.fakes.able_server import AbleServer
from tests.fakes.able_talk import Asked, Said, refusal
from tests.fakes.probe import IMPATIENT, KEY, full, graded, of_able, step, target_at, told

# What the able server has abilities for.
ABLE = ("chat", "stream", "system", "turns", "tools", "json", "reasoning", "parameters")


def told_of_able(results: list[StepResult]) -> str:
    return told([each for each in results if each.name in ABLE])


def test_an_able_server_passes_every_step(engine: Ports) -> None:
    with AbleServer() as server:
        results = full(engine, target_at(server.url))
    assert told_of_able(results) == "passed: "
    assert set(graded(step(results, "system")).values()) == {Grade.YES}


def test_an_able_server_passes_every_step_over_the_messages_api(engine: Ports) -> None:
    with AbleServer() as server:
        target = target_at(server.url, platform="anthropic", key_header="x-api-key", api_key=KEY)
        results = full(engine, target)
    assert told_of_able(results) == "passed: "


@pytest.mark.parametrize("reasoning", ["own_field", "think", "closed_only", "channels"])
def test_a_model_that_reasons_is_as_able(engine: Ports, reasoning: str) -> None:
    with AbleServer(reasoning=reasoning) as server:
        results = full(engine, target_at(server.url))
    leaks = "warned: reasoning reasoning_leaks"
    assert told_of_able(results) == ("passed: " if reasoning == "own_field" else leaks)


@pytest.mark.parametrize("manner", ["ignored", "echoed"])
def test_a_model_that_does_not_do_as_told_lacks_system_messages(engine: Ports, manner: str) -> None:
    found = of_able(engine, "system", system=manner)
    assert (found.outcome, found.code) == (Outcome.WARNED, "system_ignored")
    assert graded(found) == {Ability.SYSTEM: Grade.NO}


def test_system_text_in_front_of_the_user_turn_counts_in_part(engine: Ports) -> None:
    found = of_able(engine, "system", system="refused")
    assert (found.outcome, graded(found)) == (Outcome.PASSED, {Ability.SYSTEM: Grade.PARTLY})
    kept = of_able(engine, "system", system="refused", quirks="no_system")
    assert graded(kept) == {Ability.SYSTEM: Grade.PARTLY}


def test_system_text_that_is_refused_and_then_ignored_is_lacking(engine: Ports) -> None:
    found = of_able(engine, "system", system="refused_and_ignored")
    assert (found.code, graded(found)) == ("system_ignored", {Ability.SYSTEM: Grade.NO})


def test_a_model_that_forgets_lacks_turns(engine: Ports) -> None:
    found = of_able(engine, "turns", turns="forgotten")
    assert (found.outcome, found.code) == (Outcome.WARNED, "turns_forgotten")
    assert graded(found) == {Ability.TURNS: Grade.NO}
    assert graded(of_able(engine, "turns")) == {Ability.TURNS: Grade.YES}


@pytest.mark.parametrize("manner", ["alternate", "alternate_or_fail", "no_prefill", "refused"])
def test_a_template_that_takes_no_earlier_answer_is_told_apart(engine: Ports, manner: str) -> None:
    found = of_able(engine, "turns", turns=manner)
    assert (found.outcome, found.code) == (Outcome.WARNED, "turns_refused")
    assert graded(found) == {Ability.TURNS: Grade.NO}
    assert found.figures["server_said"]


@pytest.mark.parametrize(("status", "code"), [(503, "busy"), (429, "rate_limited")])
@pytest.mark.parametrize("name", ["system", "turns"])
def test_a_busy_server_is_not_judged(engine: Ports, name: str, status: int, code: str) -> None:
    def busy(asked: Asked) -> Said | None:
        return refusal("Later.", status) if "quokka" in asked.system or len(asked.turns) > 1 else None

    found = of_able(engine, name, busy)
    assert (found.outcome, found.code, found.findings) == (Outcome.UNKNOWN, code, ())


def test_a_model_that_never_stops_reasoning_is_not_judged(engine: Ports) -> None:
    found = of_able(engine, "system", reasoning="never_ending")
    assert (found.outcome, found.code, found.findings) == (Outcome.WARNED, "reasoning_only", ())


@pytest.mark.parametrize("name", ["system", "turns"])
def test_a_late_server_is_not_judged(engine: Ports, name: str) -> None:
    done = threading.Event()

    def wait(asked: Asked) -> Said | None:
        return Said("Late.") if ("quokka" in asked.system or len(asked.turns) > 1) and done.wait(30) else None

    with AbleServer(wait) as server:
        found = step(full(engine, target_at(server.url), pace=IMPATIENT), name)
        done.set()
    assert (found.outcome, found.code, found.findings) == (Outcome.UNKNOWN, "first_byte_timeout", ())
