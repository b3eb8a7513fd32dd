"""What the steps of one connection test share: the target, the door, and how results are told."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from time import perf_counter

from app.clients.credentials import granted
from app.clients.dialect import Dialect, FoundModel, Trouble
from app.clients.granting import DIRECT, Outlet
from app.clients.registry import dialect_for
from app.clients.target import Target
from app.domain.capabilities import Finding
from app.domain.families import IN_WORDS, Completion
from app.domain.remedies import Remedies
from app.domain.steps import Figure, Fix, Outcome, StepName, StepResult
from app.lib.cancel import Cancel, Deadline, Stopped
from app.lib.http import Answer, Call, Door, Limits, Streaming
from app.lib.http_errors import Code, OutboundError
from app.services.foreign_words import fit, hiding_secrets

LIST_MAX_BYTES = 8 << 20

KEY_CODES = frozenset(
    (
        "key_missing", "key_wrong", "key_forbidden", "key_expired", "gateway_key_wrong", "invoke_denied", "clock_skew",
        "region_wrong",
    )
)  # fmt: skip
# Busy servers say nothing about whether they suit: not judged, never failed.
NOT_JUDGED = frozenset({"busy", "loading", "rate_limited"})
TIMED_OUT = frozenset({Code.FIRST_BYTE_TIMEOUT, Code.SILENCE_TIMEOUT, Code.TOTAL_TIMEOUT})


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds that a test may take: as a whole, for a step, for the one that sends long texts, for an exchange, until
    an answer begins, for the list.
    """

    total: float = 60.0
    step: float = 45.0
    reading: float = 90.0
    exchange: float = 45.0
    first_byte: float = 30.0
    listing: float = 10.0


UNHURRIED = Pace()
# A model that reasons first needs its time for several questions in one step.
THOROUGH = Pace(total=300.0, step=90.0)


@dataclass(slots=True)
class Run:
    """One test on its way.

    `target` gains quirks as the server refuses parameters. `found` is its model list once there is one, else
    `unlisted` says why there is none; `checked` is what the server had to say about a request without content.
    `software` is what it calls itself, `done` holds the steps so far. `completion` is how the endpoint's family has
    gaps in code filled; `clock` times the pieces of an answer, in seconds from any moment. `wordy` is a model that was
    cut short once, so that later questions leave it room to reason before it answers.
    """

    door: Door
    remedies: Remedies
    target: Target
    cancel: Cancel
    pace: Pace = UNHURRIED
    outlet: Outlet = DIRECT
    completion: Completion = IN_WORDS
    clock: Callable[[], float] = perf_counter
    found: tuple[FoundModel, ...] | None = None
    unlisted: Trouble | None = None
    checked: Trouble | None = None
    software: str = ""
    wordy: bool = False
    done: dict[StepName, StepResult] = field(default_factory=dict)
    deadline: Deadline = field(init=False)
    _step: Deadline = field(init=False)
    _hidden: ExitStack = field(default_factory=ExitStack)

    def __post_init__(self) -> None:
        self.deadline = Deadline(self.pace.total)
        self.begin_step()

    def begin_step(self, seconds: float | None = None) -> None:
        """Give a step its own time, the usual one unless told otherwise."""
        self._step = Deadline(self.pace.step if seconds is None else seconds)

    def passed(self, *names: StepName) -> bool:
        """Whether these steps came to what they looked for, with a warning or without."""
        good = (Outcome.PASSED, Outcome.WARNED)
        return all(name in self.done and self.done[name].outcome in good for name in names)

    @property
    def dialect(self) -> Dialect:
        """The platform's dialect."""
        return dialect_for(self.target.platform)

    @contextmanager
    def hiding(self) -> Iterator[None]:
        """The extent of the test, in which words can be made fit to be shown."""
        with self._hidden:
            self._hidden.enter_context(hiding_secrets(self.target))
            yield

    def obtain(self) -> None:
        """Get live credentials where the target takes more than a key; raises CredentialsRefused."""
        self.cancel.check()
        self.target = granted(self.target, self.outlet)
        self._hidden.enter_context(hiding_secrets(self.target))

    def send(self, call: Call) -> Answer:
        """One exchange within what is left of the test's time; raises OutboundError."""
        self.cancel.check()
        return self.door.send(call, self._limits(), self.cancel)

    def send_list(self, target: Target) -> Answer:
        """The same for the list of models, which may be longer and has to be quicker."""
        self.cancel.check()
        left = min(self.pace.listing, self._left())
        limits = Limits(total=left, first_byte=left, max_body=LIST_MAX_BYTES)
        return self.door.send(self.dialect.list_call(target), limits, self.cancel)

    @contextmanager
    def stream(self, call: Call) -> Iterator[Streaming]:
        """An exchange whose answer is read as it arrives; raises OutboundError."""
        self.cancel.check()
        with self.door.stream(call, self._limits(), self.cancel) as streaming:
            yield streaming

    def _limits(self) -> Limits:
        left = self._left()
        return Limits(total=min(self.pace.exchange, left), first_byte=min(self.pace.first_byte, left))

    def _left(self) -> float:
        return max(0.001, min(self.deadline.left(), self._step.left()))

    def trouble(self, answer: Answer) -> Trouble | None:
        """What the server complains of, or None."""
        return self.dialect.trouble(self.target, answer)

    def with_quirk(self, quirk: str) -> None:
        """Go on without what the server refused."""
        self.target = replace(self.target, quirks=self.target.quirks | {quirk})

    def fit(self, words: str, most: int = 300) -> str:
        """The server's words, fit to be shown."""
        return fit(words, self.target, most)

    def result(
        self, step: StepName, outcome: Outcome, message: str = "", *findings: Finding, **figures: Figure
    ) -> StepResult:
        """A result without a code: `message` says what was found."""
        return StepResult(name=step, outcome=outcome, message=message, figures=figures, findings=findings)

    def explained(
        self, step: StepName, code: str, fix: Fix | None = None, words: str = "", **values: str
    ) -> StepResult:
        """A result with the outcome and the texts that belong to its code; `words` are the server's own."""
        target = self.target
        known = {"host": target.address.host, "name": target.served_name, "header": target.key_header, **values}
        text = self.remedies.explain(code, {key: self.fit(value) for key, value in known.items()})
        figures: dict[str, Figure] = {"server_said": said} if (said := self.fit(words)) else {}
        return StepResult(step, text.outcome, None, code, text.message, text.cause, text.remedy, fix, figures)

    def troubled(self, step: StepName, trouble: Trouble, fix: Fix | None = None, **values: str) -> StepResult:
        """What the server complained of, as a result."""
        location = trouble.location.partition("?")[0]
        return self.explained(step, trouble.code, fix, trouble.words, location=location, **values)

    def outbound(self, step: StepName, error: OutboundError, fix: Fix | None = None) -> StepResult:
        """A failure below the platform's protocol; raises Stopped where the failure is our own stop."""
        if error.code is Code.STOPPED:
            raise Stopped
        refusal = error.refusal
        if refusal is None:
            return self.explained(step, str(error.code), fix)
        return self.explained(step, str(error.code), fix, rule=refusal.sentence, setting=refusal.setting or "")


def measured(result: StepResult, *findings: Finding, **figures: float | int | str) -> StepResult:
    """The result with what was found besides."""
    return replace(result, findings=(*result.findings, *findings), figures={**result.figures, **figures})
