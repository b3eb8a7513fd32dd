"""The step `embeddings`: a vector, or a refusal that is no fault."""

import pytest

from app.domain.capabilities import Finding, Grade
from app.domain.features import Ability
from app.domain.steps import Outcome, StepResult
from app.services.ports import Ports
from tests.fakes.messages_server import MessagesServer
from tests.fakes.probe import KEY, full, step, target_at
from tests.fakes.refusals import PLAIN, Refusal
from tests.fakes.talker import Talker, unknown

LLAMA_CPP = Refusal(501, {"error": {"code": 501, "message": "This server does not support embeddings."}})


def of(engine: Ports, answer: list[float] | Refusal) -> StepResult:
    with Talker(embed=lambda _: answer) as server:
        return step(full(engine, target_at(server.url)), "embeddings")


def test_a_vector_passes_with_its_dimensions(engine: Ports) -> None:
    found = of(engine, [0.25] * 768)
    assert (found.outcome, found.code) == (Outcome.PASSED, "")
    assert found.findings == (Finding(Ability.EMBEDDINGS, Grade.YES, 768),)
    assert found.figures == {"dimensions": 768}


@pytest.mark.parametrize("answer", [unknown({}), LLAMA_CPP, PLAIN["broken"](), [], ["x"]])
def test_a_refusal_is_said_and_no_warning(engine: Ports, answer: list[float] | Refusal) -> None:
    found = of(engine, answer)
    assert (found.outcome, found.code) == (Outcome.SKIPPED, "embeddings_refused")
    assert "No feature of GitLab Duo needs" in found.message
    assert found.findings == (Finding(Ability.EMBEDDINGS, Grade.NO),)


def test_a_busy_server_is_not_judged(engine: Ports) -> None:
    found = of(engine, PLAIN["loading"]())
    assert (found.outcome, found.code, found.findings) == (Outcome.UNKNOWN, "loading", ())


def test_a_platform_without_the_address_is_not_asked(engine: Ports) -> None:
    with MessagesServer(KEY) as server:
        target = target_at(server.origin, "claude-opus-4-6", "anthropic", key_header="x-api-key")
        found = step(full(engine, target), "embeddings")
    assert (found.outcome, found.code, found.findings) == (Outcome.SKIPPED, "", ())
    assert found.message
