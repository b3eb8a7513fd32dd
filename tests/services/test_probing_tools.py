"""The step `tools`: structured calls by choice and on demand, and all that may come in their place."""

import pytest

from app.domain.capabilities import Grade
from app.domain.features import Ability
from app.domain.steps import Outcome, StepResult
from app.services.ports import Ports
from tests.fakes.able_server import AbleServer
from tests.fakes.able_talk import Asked, Said, refusal
from tests.fakes.probe import full, graded, of_able, step, target_at


def grades(found: StepResult) -> tuple[Grade, Grade]:
    """By choice, and on demand."""
    return graded(found)[Ability.TOOLS], graded(found)[Ability.FORCED_TOOLS]


def counts(found: StepResult) -> tuple[object, object]:
    return found.figures["structured"], found.figures["tries"]


def test_three_calls_of_three_are_the_whole_ability(engine: Ports) -> None:
    found = of_able(engine, "tools")
    assert (found.outcome, grades(found), counts(found)) == (Outcome.PASSED, (Grade.YES, Grade.YES), (3, 3))


def test_two_calls_of_three_are_a_part_of_it(engine: Ports) -> None:
    found = of_able(engine, "tools", tools="sometimes")
    assert (found.outcome, found.code) == (Outcome.WARNED, "tools_sometimes")
    assert (grades(found), counts(found)) == ((Grade.PARTLY, Grade.YES), (2, 3))
    assert "2 of 3" in found.message


@pytest.mark.parametrize(
    ("manner", "code"),
    [
        ("ignored", "tools_ignored"),
        ("hermes", "tools_as_text"),
        ("mistral", "tools_as_text"),
        ("qwen_coder", "tools_as_text"),
        ("bare_json", "tools_as_text"),
        ("pythonic", "tools_as_text"),
        ("broken", "tool_arguments_broken"),
        ("no_field", "tool_arguments_broken"),
        ("wrong_field", "tool_arguments_broken"),
        ("unknown_tool", "tool_arguments_broken"),
    ],
)
def test_what_comes_in_place_of_a_good_call_is_told(engine: Ports, manner: str, code: str) -> None:
    found = of_able(engine, "tools", tools=manner)
    assert (found.outcome, found.code) == (Outcome.WARNED, code)
    assert (grades(found), counts(found)) == ((Grade.NO, Grade.YES), (0, 3))


@pytest.mark.parametrize("manner", ["refused_by_vllm", "refused_by_llama_cpp", "refused_by_ollama", "refused"])
def test_a_refusal_costs_one_try(engine: Ports, manner: str) -> None:
    with AbleServer(tools=manner) as server:
        found = step(full(engine, target_at(server.url)), "tools")
        assert [each.forced for each in server.asked if each.tools] == [False, True]
    assert (found.outcome, found.code) == (Outcome.WARNED, "tools_refused")
    assert (grades(found), counts(found)) == ((Grade.NO, Grade.YES), (0, 1))
    assert found.figures["server_said"]
    assert "--tool-call-parser" in found.remedy


@pytest.mark.parametrize(
    ("manner", "code"),
    [
        ("refused", "forced_tools_refused"),
        ("fails", "forced_tools_refused"),
        ("ignored", "forced_tools_ignored"),
    ],
)
def test_calls_by_choice_alone_are_warned_about(engine: Ports, manner: str, code: str) -> None:
    found = of_able(engine, "tools", forced_tools=manner)
    assert (found.outcome, found.code) == (Outcome.WARNED, code)
    assert grades(found) == (Grade.YES, Grade.NO)


def test_what_keeps_tools_away_weighs_more_than_what_keeps_a_demand_away(engine: Ports) -> None:
    found = of_able(engine, "tools", tools="hermes", forced_tools="refused")
    assert (found.code, grades(found)) == ("tools_as_text", (Grade.NO, Grade.NO))


@pytest.mark.parametrize("tries", range(4))
@pytest.mark.parametrize("status", [503, 429])
def test_a_server_that_gets_busy_between_tries_is_not_judged(engine: Ports, tries: int, status: int) -> None:
    def busy(asked: Asked) -> Said | None:
        return refusal("Later.", status) if asked.tools and asked.nth >= tries else None

    found = of_able(engine, "tools", busy)
    assert (found.outcome, found.findings) == (Outcome.UNKNOWN, ())


def test_a_call_in_the_messages_api_is_one_too(engine: Ports) -> None:
    with AbleServer(tools="no_field") as server:
        found = step(full(engine, target_at(server.url, platform="anthropic")), "tools")
    assert (found.code, grades(found)) == ("tool_arguments_broken", (Grade.NO, Grade.YES))
