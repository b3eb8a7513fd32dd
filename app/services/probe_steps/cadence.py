"""The step `cadence`: a longer streamed answer, and whether it comes as it is made."""

from app.clients.dialect import Ask
from app.domain.cadence import Cadence, Flow
from app.domain.capabilities import Finding, Grade
from app.domain.features import Ability
from app.domain.steps import Outcome, StepName, StepResult
from app.services.probe_run import Run, measured
from app.services.probe_steps.reading import Reading, listen
from app.services.probe_steps.stream import streams

TOKENS = 100
# Long enough with any model: its content does not matter.
QUESTION = Ask("Write the numbers from one to fifty as words, separated by commas.", max_tokens=TOKENS, stream=True)
NOT_TOLD = {
    Flow.SHORT: "The answer was too short to tell how it comes",
    Flow.HASTY: "The answer was there so quickly that how it comes makes no difference",
    Flow.WAITED: "The answer began as late as a short one does, and then came too quickly to tell how",
}


def cadence(run: Run) -> StepResult:
    """Time the pieces; only answers that were clearly held back, two in a row, are warned about."""
    if not streams(run):
        return run.result(StepName.CADENCE, Outcome.SKIPPED, "There is no stream to be timed")
    reading = listen(run, StepName.CADENCE, QUESTION)
    if isinstance(reading, Reading) and _timed(run, reading).flow is Flow.LUMP:
        reading = listen(run, StepName.CADENCE, QUESTION)
    if not isinstance(reading, Reading):
        hidden = reading.code == "empty_answer"  # all its tokens went into reasoning that it does not show
        return run.result(StepName.CADENCE, Outcome.SKIPPED, NOT_TOLD[Flow.SHORT]) if hidden else reading
    seen = _timed(run, reading)
    return measured(_judged(run, seen), **_figures(reading, seen))


def _timed(run: Run, reading: Reading) -> Cadence:
    short = run.done[StepName.STREAM].figures.get("first_token_ms")
    return reading.cadence(short / 1000 if isinstance(short, int) else 0.0)


def _judged(run: Run, seen: Cadence) -> StepResult:
    if seen.flow is Flow.LUMP:
        return measured(run.explained(StepName.CADENCE, "stream_lump"), Finding(Ability.CADENCE, Grade.NO))
    if seen.flow is Flow.EVEN:
        words = f"A piece came every {round(seen.gap * 1000, 1):g} ms"
        return run.result(StepName.CADENCE, Outcome.PASSED, words, Finding(Ability.CADENCE, Grade.YES))
    return run.result(StepName.CADENCE, Outcome.SKIPPED, NOT_TOLD[seen.flow])


def _figures(reading: Reading, seen: Cadence) -> dict[str, float | int]:
    """One piece is one token with most servers; where the answer was cut at its limit, the number is known."""
    rate = seen.rate(TOKENS if reading.finish == "length" else reading.pieces)
    return {
        "first_token_ms": reading.first_ms,
        "gap_ms": round(seen.gap * 1000, 1),
        "longest_gap_ms": round(seen.longest_gap * 1000),
        "pieces": reading.pieces,
        **({"tokens_per_second": round(rate, 1)} if rate else {}),
    }
