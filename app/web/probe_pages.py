"""What the test panel shows: a line for each step, and what a test will send before it runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import request

from app.domain.errors import Invalid
from app.domain.steps import EFFORTS, WORDS, Depth, Effort, Outcome, StepName, effort_of, steps_of
from app.domain.symptoms import Symptom
from app.queries.probes import ProbeRecord, StepRecord
from app.web.context import ports
from app.web.step_figures import in_words


@dataclass(frozen=True, slots=True)
class Line:
    """One step as the panel shows it; `trouble` is the step where it has a cause and a remedy to tell.

    `figures` are its measurements in words, `chain` the certificates that it saw, `symptoms` what its trouble looks
    like in GitLab.
    """

    name: str
    words: str
    outcome: str
    milliseconds: float | None = None
    trouble: StepRecord | None = None
    figures: str = ""
    chain: tuple[Mapping[str, Any], ...] = ()
    symptoms: tuple[Symptom, ...] = ()


@dataclass(frozen=True, slots=True)
class Sent:
    """The most that a test sends, in all and for each step that sends anything, as words and their effort."""

    total: Effort
    steps: tuple[tuple[str, Effort], ...]


def wanted_depth() -> Depth:
    """How far the form that was sent wants a test to go, quick where it does not say; raises Invalid."""
    given = request.form.get("depth", Depth.QUICK.value)
    try:
        return Depth(given)
    except ValueError:
        message = f"A test is {' or '.join(Depth)}; nothing was tested."
        raise Invalid({"depth": (message,)}, message) from None


def what_is_sent(depth: str, times: int = 1) -> Sent:
    """What tests of so many endpoints send."""
    efforts = [(WORDS[name].waiting, _times(EFFORTS[name], times)) for name in steps_of(Depth(depth))]
    return Sent(_times(effort_of(Depth(depth)), times), tuple(each for each in efforts if each[1].requests))


def _times(effort: Effort, times: int) -> Effort:
    return Effort(effort.requests * times, effort.tokens * times)


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
    if step.outcome == Outcome.SKIPPED:
        return Line(step.name, step.message or words.waiting, step.outcome)
    chain = tuple(step.figures.get("chain", ()))
    if step.outcome == Outcome.PASSED:
        told = step.message or words.passed
        figures = in_words(step.figures, beside=told)
        return Line(step.name, told, step.outcome, step.milliseconds, figures=figures, chain=chain)
    figures, symptoms = in_words(step.figures, beside=step.message), ports().facts.symptoms.of_code(step.code)
    return Line(step.name, words.waiting, step.outcome, step.milliseconds, step, figures, chain, symptoms)
