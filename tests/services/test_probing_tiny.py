"""A full test of a real llama.cpp with a tiny random model, which babbles on whatever it is told."""

import pytest

from app.cli.model_server import ModelServer
from app.domain.capabilities import Grade
from app.domain.features import Ability
from app.domain.steps import Outcome, StepResult
from app.services.ports import Ports
from tests.fakes.probe import full, graded, step, target_at


@pytest.fixture
def results(engine: Ports, model_server: ModelServer) -> list[StepResult]:
    return full(engine, target_at(model_server.url, model_server.served_name, api_key=None))


@pytest.mark.parametrize(
    ("name", "code", "lacking"),
    [
        ("system", "system_ignored", {Ability.SYSTEM}),
        ("turns", "turns_forgotten", {Ability.TURNS}),
        ("tools", "tools_ignored", {Ability.TOOLS, Ability.FORCED_TOOLS}),
        ("json", "json_broken", {Ability.JSON}),
        ("reasoning", "answer_endless", set()),
    ],
)
def test_it_follows_nothing(results: list[StepResult], name: str, code: str, lacking: set[Ability]) -> None:
    found = step(results, name)
    assert (found.outcome, found.code) == (Outcome.WARNED, code)
    assert graded(found) == dict.fromkeys(lacking, Grade.NO)


def test_its_server_honours_the_limit_and_takes_stop_words(results: list[StepResult]) -> None:
    found = step(results, "parameters")
    assert found.outcome is Outcome.PASSED
    assert (found.figures["limit"], found.figures["stop"]) == ("honoured", "taken")
