"""The step `stream`: events arrive, none is an error, and the end is marked."""

from dataclasses import replace

from app.clients.dialect import Ask
from app.domain.capabilities import Finding, Grade
from app.domain.features import Ability
from app.domain.steps import BROKEN_STREAM, Outcome, StepName, StepResult
from app.services.probe_run import Run
from app.services.probe_steps.question import ANSWER_TOKENS, SYSTEM_TEXT, USER_TEXT
from app.services.probe_steps.reading import Reading, listen

# What code completion needs of the first token; later is too late for whoever types on.
QUICK_MS = 1000
# What shows that answers do not stream, as against a server that is busy or a line that is slow.
LACKING = frozenset({"stream_refused", "stream_not_sse", BROKEN_STREAM, "empty_answer", "stream_endless"})
STREAMS = Finding(Ability.STREAM, Grade.YES)
QUESTION = Ask(USER_TEXT, SYSTEM_TEXT, ANSWER_TOKENS, stream=True)


def stream(run: Run) -> StepResult:
    """The question of the step before, with a streamed answer."""
    reading = listen(run, StepName.STREAM, QUESTION)
    if isinstance(reading, Reading):
        return _judged(run, reading)
    if reading.code in LACKING:
        return replace(reading, findings=(Finding(Ability.STREAM, Grade.NO),))
    return reading


def _judged(run: Run, reading: Reading) -> StepResult:
    if not reading.done:
        return replace(run.explained(StepName.STREAM, "stream_no_done"), findings=(STREAMS,))
    words = f"The answer came in {reading.pieces} piece{'' if reading.pieces == 1 else 's'}"
    figures = {"pieces": reading.pieces, "first_token_ms": reading.first_ms}
    return run.result(StepName.STREAM, Outcome.PASSED, words, STREAMS, quick(reading.first_ms), **figures)


def quick(milliseconds: int) -> Finding:
    """What the time until an answer begins says of code completion."""
    return Finding(Ability.QUICK, Grade.YES if milliseconds < QUICK_MS else Grade.NO, milliseconds)


def streams(run: Run) -> bool:
    """Whether this step found that answers stream; the outcome does not say, since a refusal is no failure."""
    result = run.done.get(StepName.STREAM)
    return result is not None and STREAMS in result.findings
