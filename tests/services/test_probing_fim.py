"""The step `fim`: gaps in code, in the form of the endpoint's family."""

from collections.abc import Callable
from typing import Any

import pytest

from app.domain.capabilities import Finding, Grade
from app.domain.code_gaps import CODE_GAPS, CodeGap
from app.domain.features import Ability
from app.domain.steps import Outcome, StepResult
from app.services.ports import Ports
from tests.fakes.probe import full, step, target_at
from tests.fakes.refusals import PLAIN, Refusal
from tests.fakes.talker import Body, Talker, prompt_of, works

Completing = Callable[[CodeGap], str]


def completing(*by_gap: Completing) -> Callable[[Body], str | Refusal]:
    """Answers the first gap with the first function and so on; the last one serves the rest."""

    def chat(body: Body) -> str:
        asked = [number for number, gap in enumerate(CODE_GAPS) if gap.prefix in prompt_of(body)]
        return by_gap[min(asked[0], len(by_gap) - 1)](CODE_GAPS[asked[0]]) if asked else works(body)

    return chat


def gaps_asked(server: Talker) -> list[Body]:
    bodies = server.asked("chat/completions")
    return [body for body in bodies if any(gap.prefix in prompt_of(body) for gap in CODE_GAPS)]


def of(engine: Ports, family: str, *by_gap: Completing) -> StepResult:
    with Talker(completing(*by_gap)) as server:
        return step(full(engine, target_at(server.url), family), "fim")


def right(gap: CodeGap) -> str:
    return f" {gap.missing}"


@pytest.mark.parametrize("family", ["codegemma", "codellama", "deepseekcoder", "codestral", "gpt", "other", ""])
def test_a_model_that_fills_every_gap_passes(engine: Ports, family: str) -> None:
    found = of(engine, family, right, lambda gap: f"{gap.missing}\n", lambda gap: f" {gap.missing}  # done")
    assert (found.outcome, found.code) == (Outcome.PASSED, "")
    assert found.findings == (Finding(Ability.FIM, Grade.YES),)
    assert found.figures == {"filled": 3, "tries": 3}


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (lambda _: " c", "fim_not_filled"),
        (lambda _: "", "fim_not_filled"),
        (lambda gap: gap.prefix + right(gap), "fim_not_filled"),
        (lambda gap: right(gap) + gap.suffix, "fim_not_filled"),
        (lambda gap: f"<|fim_middle|>{gap.missing}", "fim_markers_leak"),
        (lambda gap: f"{gap.missing}<|file_separator|>", "fim_markers_leak"),
        (lambda gap: f"{gap.missing}<|im_end|>", "fim_markers_leak"),
        (lambda gap: f"```python\n{gap.missing}\n```", "fim_chatty"),
        (lambda gap: f"The missing code here is {gap.missing}.", "fim_chatty"),
        (lambda gap: f"Sure! {gap.missing}", "fim_chatty"),
    ],
)
def test_what_is_wrong_with_an_answer_has_its_code(engine: Ports, answer: Completing, code: str) -> None:
    found = of(engine, "codegemma", answer)
    assert (found.outcome, found.code) == (Outcome.WARNED, code)
    assert found.findings == (Finding(Ability.FIM, Grade.NO),)


def test_some_of_the_gaps_are_a_part_of_the_ability(engine: Ports) -> None:
    found = of(engine, "codegemma", right, lambda _: " 1")
    assert (found.outcome, found.code) == (Outcome.WARNED, "fim_partly")
    assert "1 of 3" in found.message
    assert found.findings == (Finding(Ability.FIM, Grade.PARTLY),)
    assert found.figures == {"filled": 1, "tries": 3, "server_said": "1"}


def test_the_gap_is_sent_as_gitlab_sends_it(engine: Ports) -> None:
    with Talker(completing(right)) as server:
        full(engine, target_at(server.url), "codegemma")
        first = gaps_asked(server)[0]
    gap = CODE_GAPS[0]
    form = f"<|fim_prefix|>{gap.prefix}<|fim_suffix|>{gap.suffix}<|fim_middle|>"
    assert first["messages"] == [{"role": "user", "content": form}]
    assert first["stop"] == ["<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|file_separator|>"]
    assert first["max_tokens"] == 128


def test_a_family_without_a_form_is_asked_in_words(engine: Ports) -> None:
    with Talker(completing(right)) as server:
        full(engine, target_at(server.url), "qwen")
        first = gaps_asked(server)[0]
    assert [each["role"] for each in first["messages"]] == ["system", "user"]
    assert "stop" not in first


def test_a_server_that_refuses_stop_words_is_asked_without(engine: Ports) -> None:
    def chat(body: Body) -> str | Refusal:
        refusal = Refusal(400, {"error": {"message": "Unrecognized request argument supplied: stop"}})
        return refusal if "stop" in body else completing(right)(body)

    with Talker(chat) as server:
        found = step(full(engine, target_at(server.url), "codegemma"), "fim")
        assert len(gaps_asked(server)) == 4
    assert found.findings == (Finding(Ability.FIM, Grade.YES),)


@pytest.mark.parametrize(("refusal", "code"), [("rate", "rate_limited"), ("loading", "loading")])
def test_a_busy_server_is_not_judged(engine: Ports, refusal: str, code: str) -> None:
    busy: dict[str, Any] = {"chat": lambda body: PLAIN[refusal]() if "stop" in body else works(body)}
    with Talker(**busy) as server:
        found = step(full(engine, target_at(server.url), "codegemma"), "fim")
    assert (found.outcome, found.code, found.findings) == (Outcome.UNKNOWN, code, ())
