"""The test panel's lines: what each step says, whether it waits, runs or is done."""

from dataclasses import dataclass

from app.domain.steps import WORDS, Depth, Outcome, StepName, steps_of
from app.queries.probes import ProbeRecord, StepRecord


@dataclass(frozen=True, slots=True)
class Line:
    """One step as the panel shows it; `trouble` is the step where it has a cause and a remedy to tell."""

    name: str
    words: str
    outcome: str
    milliseconds: float | None = None
    trouble: StepRecord | None = None


def lines(probe: ProbeRecord) -> list[Line]:
    """Every step in order. The first that is not written yet runs; what a finished test never reached is skipped."""
    done = {step.name: step for step in probe.steps}
    found = []
    for position, name in enumerate(steps_of(Depth(probe.depth))):
        step = done.get(name.value)
        if step:
            found.append(_finished(step))
        else:
            upcoming = Outcome.RUNNING if position == len(done) else Outcome.WAITING
            outcome = upcoming if probe.running else Outcome.SKIPPED
            found.append(Line(name.value, WORDS[name].waiting, outcome.value))
    return found


def _finished(step: StepRecord) -> Line:
    words = WORDS[StepName(step.name)]
    if step.outcome == Outcome.PASSED:
        return Line(step.name, step.message or words.passed, step.outcome, step.milliseconds)
    if step.outcome == Outcome.SKIPPED:
        return Line(step.name, step.message or words.waiting, step.outcome)
    return Line(step.name, words.waiting, step.outcome, step.milliseconds, step)
