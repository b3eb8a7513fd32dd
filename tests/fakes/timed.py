"""A test on its way whose clock shows what a script says, so that no test waits and none depends on the machine."""

from collections.abc import Sequence

from app.domain.steps import Outcome, StepName, StepResult
from app.lib.cancel import Cancel
from app.services.ports import Ports
from app.services.probe_run import Run
from app.services.probe_steps.stream import STREAMS
from tests.fakes.probe import target_at


class Ticks:
    """One time for each look at the clock: when the request is sent, then for each piece of the answer."""

    def __init__(self, times: Sequence[float]) -> None:
        self._left = list(times)

    def __call__(self) -> float:
        assert self._left, "the clock was looked at once too often"
        return self._left.pop(0)


def timed(engine: Ports, url: str, times: Sequence[float], first_ms: int | None = 200) -> Run:
    """A run whose next stream sees these times; the step `stream` has passed where `first_ms` says how quickly."""
    run = Run(engine.door, engine.facts.remedies, target_at(url), Cancel(), clock=Ticks(times))
    if first_ms is not None:
        figures = {"first_token_ms": first_ms}
        run.done[StepName.STREAM] = StepResult(StepName.STREAM, Outcome.PASSED, figures=figures, findings=(STREAMS,))
    return run


def evenly(count: int, wait: float, gap: float) -> list[float]:
    """Asked at 0, the first piece after `wait` seconds, then one every `gap`."""
    return [0.0, *(wait + gap * number for number in range(count))]
