"""A full test of a real llama.cpp with a tiny random model, which babbles on whatever it is told."""

from app.cli.model_server import ModelServer
from app.domain.capabilities import Grade
from app.domain.features import Ability
from app.services.ports import Ports
from tests.fakes.probe import full, graded, step, target_at

CODES = {
    "system": "system_ignored",
    "turns": "turns_forgotten",
    "tools": "tools_ignored",
    "json": "json_broken",
    "reasoning": "answer_endless",
    "parameters": "",
}
LACKING = (Ability.SYSTEM, Ability.TURNS, Ability.TOOLS, Ability.FORCED_TOOLS, Ability.JSON)


def test_the_model_follows_nothing_and_its_server_takes_all_parameters(
    engine: Ports, model_server: ModelServer
) -> None:
    results = full(engine, target_at(model_server.url, model_server.served_name, api_key=None))
    found = {name: step(results, name) for name in CODES}
    assert {name: each.code for name, each in found.items()} == CODES
    grades = {ability: grade for each in found.values() for ability, grade in graded(each).items()}
    assert grades == dict.fromkeys(LACKING, Grade.NO)
    assert found["parameters"].figures["limit"] == "honoured"
