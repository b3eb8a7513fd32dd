"""The step `suffix`: gaps through the completions address, whose lack is no fault."""

import pytest

from app.domain.capabilities import Finding, Grade
from app.domain.features import Ability
from app.domain.steps import Outcome, StepResult, Verdict, verdict
from app.services.ports import Ports
from tests.fakes.messages_server import MessagesServer
from tests.fakes.probe import KEY, full, step, target_at
from tests.fakes.refusals import PLAIN, Refusal
from tests.fakes.talker import Talker, unknown

VLLM = Refusal(400, {"error": {"message": "suffix is not currently supported", "type": "BadRequestError"}})


def of(engine: Ports, answer: str | Refusal) -> StepResult:
    with Talker(fill=lambda _: answer) as server:
        return step(full(engine, target_at(server.url)), "suffix")


def test_a_server_that_fills_the_gap_passes(engine: Ports) -> None:
    with Talker(fill=lambda _: " b") as server:
        found = step(full(engine, target_at(server.url)), "suffix")
        [asked] = server.asked("completions")
    assert (found.outcome, found.code) == (Outcome.PASSED, "")
    assert found.findings == (Finding(Ability.SUFFIX, Grade.YES),)
    assert (asked["prompt"], asked["suffix"]) == ("def add(a, b):\n    return a +", "\n\n\nprint(add(1, 2))\n")


@pytest.mark.parametrize(
    ("answer", "code"),
    [(VLLM, "suffix_refused"), (unknown({}), "suffix_refused"), (PLAIN["broken"](), "suffix_refused")],
)
def test_a_refusal_is_said_and_no_warning(engine: Ports, answer: Refusal, code: str) -> None:
    found = of(engine, answer)
    assert (found.outcome, found.code) == (Outcome.SKIPPED, code)
    assert "No feature of GitLab Duo needs" in found.message
    assert found.findings == (Finding(Ability.SUFFIX, Grade.NO),)


def test_a_server_that_takes_no_notice_of_the_suffix_is_found(engine: Ports) -> None:
    found = of(engine, " b\n\n\nprint(add(1, 2))")
    assert (found.outcome, found.code) == (Outcome.SKIPPED, "suffix_ignored")
    assert found.findings == (Finding(Ability.SUFFIX, Grade.NO),)


def test_a_busy_server_is_not_judged(engine: Ports) -> None:
    found = of(engine, PLAIN["rate"]())
    assert (found.outcome, found.code, found.findings) == (Outcome.UNKNOWN, "rate_limited", ())


def test_a_platform_without_the_address_is_not_asked(engine: Ports) -> None:
    with MessagesServer(KEY) as server:
        target = target_at(server.origin, "claude-opus-4-6", "anthropic", key_header="x-api-key")
        results = full(engine, target)
    found = step(results, "suffix")
    assert (found.outcome, found.code, found.findings) == (Outcome.SKIPPED, "", ())
    assert found.message
    assert verdict([each for each in results if each.name in ("chat", "suffix", "embeddings")]) is Verdict.PASSED
