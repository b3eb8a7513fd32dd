"""The steps of the connection test: their order, their words, and the verdict over them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256

from app.domain.capabilities import Finding


class StepName(StrEnum):
    """In the order they run."""

    ADDRESS = "address"
    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    AUTH = "auth"
    MODEL = "model"
    CHAT = "chat"
    STREAM = "stream"
    SYSTEM = "system"
    TURNS = "turns"
    CADENCE = "cadence"
    TOOLS = "tools"
    JSON = "json"
    FIM = "fim"
    SUFFIX = "suffix"
    CONTEXT = "context"
    EMBEDDINGS = "embeddings"
    REASONING = "reasoning"
    PARAMETERS = "parameters"
    WARMTH = "warmth"


class Depth(StrEnum):
    """How far a test goes."""

    QUICK = "quick"
    FULL = "full"


class Outcome(StrEnum):
    """How a step stands. The first two are passing states; `unknown` means not judged, `skipped` pointless."""

    WAITING = "waiting"
    RUNNING = "running"
    PASSED = "passed"
    WARNED = "warned"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


class Verdict(StrEnum):
    """How a test stands."""

    RUNNING = "running"
    PASSED = "passed"
    WARNED = "warned"
    FAILED = "failed"
    UNKNOWN = "unknown"


ORDER = tuple(StepName)
# What must work for anything to work; a stream is apart, since a server may refuse to stream.
ESSENTIAL = ORDER[: ORDER.index(StepName.CHAT) + 1]
QUICK = ORDER[: ORDER.index(StepName.STREAM) + 1]

# Figures that tell one server, or one build of it, from another.
SHOWN_OF_ITSELF = ("software", "traits", "build")
BROKEN_STREAM = "stream_broken"
CUT_SHORT = frozenset({"stopped", "interrupted"})


@dataclass(frozen=True, slots=True)
class Words:
    """A step's line while it waits or runs, and once it has passed."""

    waiting: str
    passed: str


@dataclass(frozen=True, slots=True)
class Fix:
    """A change of one field that cures a failed step: the field's API name, its new value, the button's text."""

    field: str
    value: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class StepResult:
    """One finished step. `figures` are measurements by name, `findings` what they say of the endpoint's abilities;
    texts are scrubbed and plain.
    """

    name: StepName
    outcome: Outcome
    milliseconds: float | None = None
    code: str = ""
    message: str = ""
    cause: str = ""
    remedy: str = ""
    fix: Fix | None = None
    figures: Mapping[str, float | int | str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


WORDS: Mapping[StepName, Words] = {
    StepName.ADDRESS: Words("Look at the address", "The address may be called"),
    StepName.DNS: Words("Look up the host name", "The host name is known"),
    StepName.CONNECT: Words("Open a connection", "The server takes connections"),
    StepName.TLS: Words("Check the certificate", "The certificate is trusted"),
    StepName.AUTH: Words("Try the key", "The key is accepted"),
    StepName.MODEL: Words("Look for the model", "The model is served"),
    StepName.CHAT: Words("Ask for one answer", "The model answers"),
    StepName.STREAM: Words("Ask for a streamed answer", "The answer streams"),
    StepName.SYSTEM: Words("Send a system message", "The system message is followed"),
    StepName.TURNS: Words("Hold a conversation", "Earlier turns are remembered"),
    StepName.CADENCE: Words("Time the stream", "The stream flows evenly"),
    StepName.TOOLS: Words("Offer a tool", "Tools are called"),
    StepName.JSON: Words("Ask for JSON", "JSON comes as asked"),
    StepName.FIM: Words("Leave a gap in code", "The gap is filled"),
    StepName.SUFFIX: Words("Send what follows the cursor", "What follows is respected"),
    StepName.CONTEXT: Words("Send long texts", "Long texts are read"),
    StepName.EMBEDDINGS: Words("Ask for an embedding", "Embeddings are served"),
    StepName.REASONING: Words("Watch for reasoning", "Reasoning stays out of the answer"),
    StepName.PARAMETERS: Words("Try request parameters", "Parameters are taken"),
    StepName.WARMTH: Words("Ask a second time", "Speed is known, cold and warm"),
}


@dataclass(frozen=True, slots=True)
class Effort:
    """The most that something sends to a server, in requests, and in tokens both ways together."""

    requests: int
    tokens: int


# Upper bounds, which the tests hold every step to. A refusal may have a step ask again without what was refused.
EFFORTS: Mapping[StepName, Effort] = {
    StepName.ADDRESS: Effort(0, 0),
    StepName.DNS: Effort(0, 0),
    StepName.CONNECT: Effort(0, 0),
    StepName.TLS: Effort(0, 0),
    StepName.AUTH: Effort(6, 20),
    StepName.MODEL: Effort(3, 50),
    StepName.CHAT: Effort(6, 900),
    StepName.STREAM: Effort(1, 100),
    StepName.SYSTEM: Effort(2, 700),
    StepName.TURNS: Effort(2, 700),
    StepName.CADENCE: Effort(2, 300),
    StepName.TOOLS: Effort(5, 4000),
    StepName.JSON: Effort(3, 1700),
    StepName.FIM: Effort(4, 1200),
    StepName.SUFFIX: Effort(1, 200),
    StepName.CONTEXT: Effort(7, 70_000),
    StepName.EMBEDDINGS: Effort(1, 20),
    StepName.REASONING: Effort(1, 900),
    StepName.PARAMETERS: Effort(3, 800),
    StepName.WARMTH: Effort(1, 100),
}


def effort_of(depth: "Depth") -> Effort:
    """What a test of this depth sends at most."""
    efforts = [EFFORTS[name] for name in steps_of(depth)]
    return Effort(sum(each.requests for each in efforts), sum(each.tokens for each in efforts))


def steps_of(depth: Depth) -> tuple[StepName, ...]:
    """The steps that a test of this depth goes through."""
    return QUICK if depth is Depth.QUICK else ORDER


def fingerprint(steps: Iterable[StepResult]) -> str:
    """What the server showed of itself: software, model and build, as 16 hex characters; "" where no model answered."""
    results = {step.name: step for step in steps}
    chat = results.get(StepName.CHAT)
    if chat is None or chat.outcome not in (Outcome.PASSED, Outcome.WARNED):
        return ""
    figures = [step.figures for name in ESSENTIAL if (step := results.get(name))]
    shown = {name: each[name] for each in figures for name in SHOWN_OF_ITSELF if name in each}
    return sha256(repr(sorted(shown.items())).encode()).hexdigest()[:16]


def stated_context(steps: Iterable[StepResult]) -> int | None:
    """The context in tokens that the server's list states for the model, None where it states none."""
    stated = next((step.figures.get("context") for step in steps if step.name is StepName.MODEL), None)
    return stated if isinstance(stated, int) else None


def verdict(steps: Iterable[StepResult]) -> Verdict:
    """The verdict over finished steps.

    failed: a step up to `chat` failed, or a stream broke after it began. unknown: none of these failed, but one was
    not judged, `chat` never came to an answer, or the test was cut short. warned: any other step failed or warned.
    """
    results = {step.name: step for step in steps}
    essential = [results[name] for name in ESSENTIAL if name in results]
    stream = results.get(StepName.STREAM)
    broke = stream is not None and stream.outcome is Outcome.FAILED and stream.code == BROKEN_STREAM
    if broke or any(step.outcome is Outcome.FAILED for step in essential):
        return Verdict.FAILED
    if _unjudged(results):
        return Verdict.UNKNOWN
    if any(step.outcome in (Outcome.FAILED, Outcome.WARNED) for step in results.values()):
        return Verdict.WARNED
    return Verdict.PASSED


def _unjudged(results: Mapping[StepName, StepResult]) -> bool:
    chat = results.get(StepName.CHAT)
    if chat is None or chat.outcome not in (Outcome.PASSED, Outcome.WARNED):
        return True
    if any(results[name].outcome is Outcome.UNKNOWN for name in QUICK if name in results):
        return True
    return any(step.code in CUT_SHORT for step in results.values())
