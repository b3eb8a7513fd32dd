"""The step `warmth`: the step `stream` once more, now that the server is warm."""

from dataclasses import replace

from app.domain.steps import Outcome, StepName, StepResult
from app.services.probe_run import Run, measured
from app.services.probe_steps.reading import Reading, listen
from app.services.probe_steps.stream import QUESTION, QUICK_MS, quick, streams

# A start that takes so long, and so many times the warm one, is no matter of chance.
COLD_MS = 3000
COLD_TIMES = 4


def warmth(run: Run) -> StepResult:
    """Until an answer begins, cold and warm; where nothing streams, until the whole of it is there."""
    if not streams(run):
        return _plain(run)
    reading = listen(run, StepName.WARMTH, QUESTION)
    if not isinstance(reading, Reading):
        return reading
    rate = reading.cadence().rate(reading.pieces)
    result = _judged(run, reading.first_ms, run.done[StepName.STREAM].figures.get("first_token_ms"))
    return measured(result, **({"tokens_per_second": round(rate, 1)} if rate else {}))


def _plain(run: Run) -> StepResult:
    started = run.clock()
    answer = run.send(run.dialect.chat_call(run.target, replace(QUESTION, stream=False)))
    took = run.clock() - started
    run.dialect.read_chat(run.target, answer)
    return _judged(run, round(took * 1000), None)


def _judged(run: Run, warm: int, cold: object) -> StepResult:
    figures = {"warm_ms": warm, **({"cold_ms": cold} if isinstance(cold, int) else {})}
    if warm >= QUICK_MS:
        result = run.explained(StepName.WARMTH, "slow_first_token", warm=f"{warm:,} ms")
    elif isinstance(cold, int) and cold >= max(COLD_MS, COLD_TIMES * warm):
        result = run.explained(StepName.WARMTH, "cold_start", cold=f"{cold:,} ms", warm=f"{warm:,} ms")
    else:
        result = run.result(StepName.WARMTH, Outcome.PASSED, f"Warm, an answer begins after {warm:,} ms")
    return measured(result, quick(warm), **figures)
