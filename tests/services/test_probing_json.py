"""The step `json`: by a schema in the request, in words, or not at all."""

import pytest

from app.domain.capabilities import Grade
from app.domain.features import Ability
from app.domain.steps import Outcome
from app.services.ports import Ports
from tests.fakes.able_server import AbleServer
from tests.fakes.able_talk import Asked, Said, refusal
from tests.fakes.probe import full, graded, of_able, step, target_at


def test_an_answer_by_the_schema_is_the_whole_ability(engine: Ports) -> None:
    found = of_able(engine, "json")
    assert (found.outcome, graded(found)) == (Outcome.PASSED, {Ability.JSON: Grade.YES})


def test_the_question_does_not_give_the_schema_away(engine: Ports) -> None:
    with AbleServer() as server:
        full(engine, target_at(server.url))
        asked = [each for each in server.asked if each.schema]
    assert len(asked) == 1
    assert "severity" not in asked[0].user


@pytest.mark.parametrize(
    ("manner", "code"),
    [
        ("ignored", "json_schema_ignored"),
        ("fenced", "json_schema_ignored"),
        ("refused", "json_schema_refused"),
        ("refused_anyhow", "json_schema_refused"),
    ],
)
def test_json_when_told_in_words_is_a_part_of_it(engine: Ports, manner: str, code: str) -> None:
    found = of_able(engine, "json", json=manner)
    assert (found.outcome, found.code) == (Outcome.WARNED, code)
    assert graded(found) == {Ability.JSON: Grade.PARTLY}


@pytest.mark.parametrize("manner", ["chatty", "wrong_value", "wrong_type", "missing", "more", "prose"])
def test_whatever_does_not_obey_is_lacking(engine: Ports, manner: str) -> None:
    found = of_able(engine, "json", json=manner)
    assert (found.outcome, found.code) == (Outcome.WARNED, "json_broken")
    assert graded(found) == {Ability.JSON: Grade.NO}


@pytest.mark.parametrize("by_schema", [True, False])
def test_a_busy_server_is_not_judged(engine: Ports, by_schema: bool) -> None:
    def busy(asked: Asked) -> Said | None:
        wanted = bool(asked.schema) if by_schema else '"severity"' in asked.user
        return refusal("Later.", 503) if wanted else None

    found = of_able(engine, "json", busy, json="ignored")
    assert (found.outcome, found.code, found.findings) == (Outcome.UNKNOWN, "busy", ())


def test_a_server_that_fails_over_a_schema_has_no_grade(engine: Ports) -> None:
    def fails(asked: Asked) -> Said | None:
        return refusal("Internal server error", 500) if asked.schema else None

    found = of_able(engine, "json", fails)
    assert (found.outcome, found.code, found.findings) == (Outcome.FAILED, "server_error", ())


def test_a_schema_in_the_messages_api_is_obeyed_too(engine: Ports) -> None:
    with AbleServer(json="refused") as server:
        found = step(full(engine, target_at(server.url, platform="anthropic")), "json")
    assert (found.code, graded(found)) == ("json_schema_refused", {Ability.JSON: Grade.PARTLY})
