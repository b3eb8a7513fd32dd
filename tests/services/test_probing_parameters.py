"""The step `parameters`: stop words and limits have their effect."""

import pytest

from app.domain.steps import Outcome
from app.services.ports import Ports
from tests.fakes.able_talk import Asked, Said, refusal
from tests.fakes.probe import of_able


def test_parameters_that_have_their_effect_pass(engine: Ports) -> None:
    found = of_able(engine, "parameters")
    assert found.outcome is Outcome.PASSED
    assert found.figures == {
        "limit": "honoured",
        "stop": "honoured",
        "limit_name": "max_tokens",
        "temperature": "taken",
    }


@pytest.mark.parametrize(
    ("manners", "code"),
    [
        ({"stop": "ignored"}, "stop_ignored"),
        ({"stop": "refused"}, "stop_refused"),
        ({"limit": "ignored"}, "max_tokens_ignored"),
        ({"limit": "ignored", "stop": "ignored"}, "max_tokens_ignored"),
        ({"limit": "ignored", "stop": "refused"}, "stop_refused"),
    ],
)
def test_parameters_without_effect_are_warned_about(engine: Ports, manners: dict[str, str], code: str) -> None:
    found = of_able(engine, "parameters", **manners)
    assert (found.outcome, found.code) == (Outcome.WARNED, code)
    assert {name: found.figures[name] for name in manners} == manners


def test_refused_stop_words_are_left_out_with_one_click(engine: Ports) -> None:
    found = of_able(engine, "parameters", stop="refused", quirks="no_temperature")
    assert found.fix
    assert (found.fix.field, found.fix.value) == ("quirks", "no_stop,no_temperature")
    kept = of_able(engine, "parameters", stop="refused", quirks="no_stop")
    assert (kept.outcome, kept.figures["stop"]) == (Outcome.PASSED, "left out")


def test_what_chat_found_is_repeated(engine: Ports) -> None:
    found = of_able(engine, "parameters", limit="renamed", temperature="refused")
    assert (found.outcome, found.figures["limit"]) == (Outcome.PASSED, "honoured")
    assert (found.figures["limit_name"], found.figures["temperature"]) == ("max_completion_tokens", "left out")


def test_a_model_that_does_not_count_is_no_witness_against_stop_words(engine: Ports) -> None:
    found = of_able(engine, "parameters", lambda asked: Said("No.") if asked.stop else None)
    assert (found.outcome, found.figures["stop"]) == (Outcome.PASSED, "taken")


def test_a_limit_that_is_too_low_for_the_server_was_read(engine: Ports) -> None:
    def refuse(asked: Asked) -> Said | None:
        return refusal("Invalid: integer below minimum value, expected 16.") if asked.limit == 5 else None

    assert of_able(engine, "parameters", refuse).figures["limit"] == "honoured"
    assert of_able(engine, "parameters", reasoning="unseen").figures["limit"] == "honoured"


@pytest.mark.parametrize("words", ["sixty", "digits"])
def test_a_busy_server_is_not_judged(engine: Ports, words: str) -> None:
    def busy(asked: Asked) -> Said | None:
        return refusal("Later.", 429) if words in asked.user else None

    found = of_able(engine, "parameters", busy)
    assert (found.outcome, found.code) == (Outcome.UNKNOWN, "rate_limited")
