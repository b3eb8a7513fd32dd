"""The step `warmth`: how soon an answer begins, at first and later."""

import pytest

from app.domain.capabilities import Finding, Grade
from app.domain.features import Ability
from app.domain.steps import Outcome, StepResult
from app.services.ports import Ports
from app.services.probe_steps.warmth import warmth
from tests.fakes.fault_server import FaultServer
from tests.fakes.faults import Fault, Place
from tests.fakes.talker import Talker
from tests.fakes.timed import timed


def of(engine: Ports, cold: int | None, *times: float) -> StepResult:
    with Talker() as server:
        return warmth(timed(engine, server.url, [0.0, *times], cold))


def test_a_quick_server_passes_with_its_figures(engine: Ports) -> None:
    found = of(engine, 400, 0.3, 0.5)
    assert (found.outcome, found.code) == (Outcome.PASSED, "")
    assert found.findings == (Finding(Ability.QUICK, Grade.YES, 300),)
    assert found.figures == {"warm_ms": 300, "cold_ms": 400, "tokens_per_second": 5.0}


def test_a_slow_first_token_is_warned_about(engine: Ports) -> None:
    found = of(engine, 1200, 1.1, 1.2)
    assert (found.outcome, found.code) == (Outcome.WARNED, "slow_first_token")
    assert "1,100 ms" in found.message
    assert found.findings == (Finding(Ability.QUICK, Grade.NO, 1100),)


@pytest.mark.parametrize(("cold", "code"), [(8000, "cold_start"), (2900, ""), (900, "")])
def test_a_cold_start_is_told_from_a_slow_server(engine: Ports, cold: int, code: str) -> None:
    found = of(engine, cold, 0.2, 0.3)
    assert found.code == code
    assert found.findings == (Finding(Ability.QUICK, Grade.YES, 200),)


@pytest.mark.parametrize(("seconds", "grade"), [(0.8, Grade.YES), (2.0, Grade.NO)])
def test_without_a_stream_the_whole_answer_counts(engine: Ports, seconds: float, grade: Grade) -> None:
    with Talker() as server:
        found = warmth(timed(engine, server.url, [0.0, seconds], None))
        assert [body["stream"] for body in server.asked("chat/completions")] == [False]
    assert found.findings == (Finding(Ability.QUICK, grade, round(seconds * 1000)),)
    assert "cold_ms" not in found.figures


def test_a_busy_server_is_not_judged(engine: Ports) -> None:
    with FaultServer(Fault.LOADING, at=Place.STREAM) as server:
        found = warmth(timed(engine, server.url, [0.0]))
    assert (found.outcome, found.code, found.findings) == (Outcome.UNKNOWN, "loading", ())
