"""What the steps of one connection test share: the target, the door, and how results are told."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from app.clients.dialect import Dialect, FoundModel, Target, Trouble
from app.clients.registry import dialect_for
from app.domain.remedies import Remedies
from app.domain.steps import Fix, Outcome, StepName, StepResult
from app.lib import redact
from app.lib.cancel import Cancel, Deadline, Stopped
from app.lib.http import Answer, Call, Door, Limits, Streaming
from app.lib.http_errors import Code, OutboundError

TOTAL_SECONDS = 60.0
STEP_SECONDS = 45.0
FIRST_BYTE_SECONDS = 30.0
WORDS_MAX = 300

# Busy servers say nothing about whether they suit: not judged, never failed.
NOT_JUDGED = frozenset({"busy", "loading", "rate_limited"})


class Ended(Exception):
    """A step came to its end early, with this result."""

    def __init__(self, result: StepResult) -> None:
        super().__init__(result.code)
        self.result = result


@dataclass(slots=True)
class Run:
    """One test on its way. `target` gains quirks as the server refuses parameters; `found` is its model list."""

    door: Door
    remedies: Remedies
    target: Target
    cancel: Cancel
    found: tuple[FoundModel, ...] | None = None
    deadline: Deadline = field(default_factory=lambda: Deadline(TOTAL_SECONDS))

    @property
    def dialect(self) -> Dialect:
        """The platform's dialect."""
        return dialect_for(self.target.platform)

    def send(self, call: Call) -> Answer:
        """One exchange within what is left of the test's time; raises OutboundError."""
        self.cancel.check()
        return self.door.send(call, self._limits(), self.cancel)

    @contextmanager
    def stream(self, call: Call) -> Iterator[Streaming]:
        """The same for an answer that is read as it arrives."""
        self.cancel.check()
        with self.door.stream(call, self._limits(), self.cancel) as streaming:
            yield streaming

    def _limits(self) -> Limits:
        left = max(0.001, self.deadline.left())
        return Limits(total=min(STEP_SECONDS, left), first_byte=min(FIRST_BYTE_SECONDS, left))

    def result(self, name: StepName, outcome: Outcome, message: str = "", **figures: float | int | str) -> StepResult:
        """A result without a code: `message` says what was found."""
        return StepResult(name=name, outcome=outcome, message=message, figures=figures)

    def explained(
        self, name: StepName, code: str, fix: Fix | None = None, words: str = "", **values: str
    ) -> StepResult:
        """A result with the outcome and the texts that belong to its code; `words` are the server's own."""
        text = self.remedies.explain(code, self._values(values))
        figures: dict[str, float | int | str] = {"server_said": scrubbed(words)} if words else {}
        return StepResult(name, text.outcome, None, code, text.message, text.cause, text.remedy, fix, figures)

    def _values(self, values: dict[str, str]) -> dict[str, str]:
        target = self.target
        common = {"host": target.address.host, "name": target.served_name, "header": target.key_header}
        return {key: scrubbed(value) for key, value in {**common, **values}.items()}

    def troubled(self, name: StepName, trouble: Trouble, fix: Fix | None = None, **values: str) -> StepResult:
        """What the server complained of, as a result."""
        return self.explained(name, trouble.code, fix, trouble.words, **values)

    def outbound(self, name: StepName, error: OutboundError) -> StepResult:
        """A failure below the platform's protocol; raises Stopped where the failure is our own stop."""
        if error.code is Code.STOPPED:
            raise Stopped
        refusal = error.refusal
        if refusal is None:
            return self.explained(name, str(error.code))
        return self.explained(name, str(error.code), rule=refusal.sentence, setting=refusal.setting or "")

    def with_quirk(self, quirk: str) -> None:
        """Go on without what the server refused."""
        self.target = replace(self.target, quirks=self.target.quirks | {quirk})


def scrubbed(words: str) -> str:
    """Foreign words, fit to show: one line, secrets removed, at most 300 characters."""
    line = " ".join(redact.scrub("".join(each if each.isprintable() else " " for each in words)).split())
    return line if len(line) <= WORDS_MAX else line[: WORDS_MAX - 1] + "…"
