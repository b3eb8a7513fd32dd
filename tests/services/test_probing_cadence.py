"""The step `cadence`: what holds a stream back is told apart from what makes it slow."""

from typing import Any

import pytest

from app.domain.capabilities import Finding, Grade
from app.domain.features import Ability
from app.domain.steps import EFFORTS, Outcome, StepName, StepResult
from app.services.ports import Ports
from app.services.probe_steps.cadence import cadence
from tests.fakes.fault_server import FaultServer
from tests.fakes.faults import Fault, Place
from tests.fakes.probe import full, step, target_at
from tests.fakes.talker import Talker
from tests.fakes.timed import evenly, timed

WORDS = [" forty-one,"] * 60


def of(engine: Ports, times: list[float], pieces: list[str] = WORDS, **more: Any) -> StepResult:
    """The step's result for an answer at these times, and at the same ones should it be asked for again."""
    short_ms = more.pop("short_ms", 200)
    with Talker(stream=lambda _: pieces, **more) as server:
        return cadence(timed(engine, server.url, times * 2, short_ms))


@pytest.mark.parametrize(
    ("wait", "gap"),
    [(0.2, 0.03), (25.0, 0.03), (4.0, 2.0), (0.9, 0.002), (0.05, 0.0005)],
    ids=["usual", "a long queue before it", "a slow model", "a fast model", "a very fast one"],
)
def test_what_flows_passes_however_slow_it_is(engine: Ports, wait: float, gap: float) -> None:
    found = of(engine, evenly(60, wait, gap))
    assert (found.outcome, found.code) == (Outcome.PASSED, "")
    assert found.findings == (Finding(Ability.CADENCE, Grade.YES),)


@pytest.mark.parametrize("gap", [0.0, 0.0001])
def test_an_answer_that_was_held_back_is_warned_about(engine: Ports, gap: float) -> None:
    found = of(engine, evenly(60, 3.0, gap))
    assert (found.outcome, found.code) == (Outcome.WARNED, "stream_lump")
    assert found.findings == (Finding(Ability.CADENCE, Grade.NO),)
    assert found.figures["first_token_ms"] == 3000
    assert "tokens_per_second" not in found.figures


def test_one_answer_held_back_may_be_chance(engine: Ports) -> None:
    with Talker(stream=lambda _: WORDS) as server:
        found = cadence(timed(engine, server.url, [*evenly(60, 3.0, 0.0), *evenly(60, 0.2, 0.03)]))
        assert len(server.asked("chat/completions")) == EFFORTS[StepName.CADENCE].requests
    assert found.findings == (Finding(Ability.CADENCE, Grade.YES),)


def test_a_wait_that_short_answers_have_too_is_no_buffers_doing(engine: Ports) -> None:
    found = of(engine, evenly(60, 3.0, 0.0005), short_ms=2800)
    assert (found.outcome, found.code, found.findings) == (Outcome.SKIPPED, "", ())


def test_a_lump_that_takes_two_round_trips_is_one_all_the_same(engine: Ports) -> None:
    times = [0.0, *[3.0] * 40, *[3.15] * 20]
    assert of(engine, times).code == "stream_lump"


def test_a_gateway_that_makes_one_event_of_the_answer_is_found(engine: Ports) -> None:
    assert of(engine, [0.0, 2.5], ["".join(WORDS)]).code == "stream_lump"


def test_a_short_answer_and_an_instant_one_are_not_judged(engine: Ports) -> None:
    for found in (of(engine, [0.0, 3.0, 3.0], ["No.", " Never."]), of(engine, evenly(60, 0.4, 0.0))):
        assert (found.outcome, found.code, found.findings) == (Outcome.SKIPPED, "", ())
        assert found.message


def test_the_figures_are_those_of_the_pieces(engine: Ports) -> None:
    times = evenly(60, 0.5, 0.04)
    times[-1] += 1.0
    assert of(engine, times).figures == {
        "first_token_ms": 500,
        "gap_ms": 40.0,
        "longest_gap_ms": 1040,
        "pieces": 60,
        "tokens_per_second": 17.6,
    }


def test_an_answer_cut_at_its_limit_counts_the_tokens_asked_for(engine: Ports) -> None:
    found = of(engine, evenly(10, 0.5, 0.22), [" one, two, three, four"] * 10, finish="length")
    assert found.figures["tokens_per_second"] == 50.0


def test_nothing_is_timed_where_nothing_streams(engine: Ports) -> None:
    with FaultServer(Fault.STREAM_REFUSED) as server:
        found = step(full(engine, target_at(server.url)), "cadence")
    assert (found.outcome, found.findings) == (Outcome.SKIPPED, ())
    assert found.message


def test_reasoning_that_is_not_shown_cannot_be_timed(engine: Ports) -> None:
    found = of(engine, [0.0], [])
    assert (found.outcome, found.code, found.findings) == (Outcome.SKIPPED, "", ())


def test_a_busy_server_is_not_judged(engine: Ports) -> None:
    with FaultServer(Fault.RATE_LIMITED, at=Place.STREAM) as server:
        found = cadence(timed(engine, server.url, [0.0]))
    assert (found.outcome, found.code, found.findings) == (Outcome.UNKNOWN, "rate_limited", ())
