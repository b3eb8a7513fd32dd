"""The step `stream`: events arrive, none is an error, and the end is marked."""

from dataclasses import dataclass, field, replace
from time import perf_counter

from app.clients.dialect import Ask, Piece, StreamReader, Trouble, WireError
from app.domain.capabilities import Finding, Grade
from app.domain.features import Ability
from app.domain.steps import BROKEN_STREAM, Outcome, StepName, StepResult
from app.lib.bodies import read_capped
from app.lib.http import Answer, Streaming
from app.lib.http_errors import Code, OutboundError
from app.services.probe_run import NOT_JUDGED, Run
from app.services.probe_steps.question import ANSWER_TOKENS, SYSTEM_TEXT, USER_TEXT

MAX_BYTES = 1 << 20
# As much of an answer as is looked at for a complaint.
OPENING = 64 << 10
# So many times the tokens asked for, and it does not look as if the answer would end.
ENDLESS_PIECES = 16 * ANSWER_TOKENS
# What code completion needs of the first token; later is too late for whoever types on.
QUICK_MS = 1000
NO_END_MARK = "stream_no_done"
# What shows that answers do not stream, as against a server that is busy or a line that is slow.
LACKING = frozenset({"stream_refused", "stream_not_sse", BROKEN_STREAM, "empty_answer", "stream_endless"})
STREAMS = Finding(Ability.STREAM, Grade.YES)


class _Ended(Exception):
    """The stream is judged before its end; the code says how."""

    def __init__(self, code: str, words: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.words = words


@dataclass(slots=True)
class _Reading:
    """What came so far: events with text or reasoning, the first's milliseconds, and which end was seen."""

    run: Run
    started: float = field(default_factory=perf_counter)
    received: int = 0
    opening: bytes = b""
    events: int = 0
    pieces: int = 0
    first_ms: float | None = None
    finished: bool = False
    done: bool = False
    reader: StreamReader = field(init=False)

    def __post_init__(self) -> None:
        self.reader = self.run.dialect.stream_reader()

    def take(self, chunk: bytes) -> None:
        """One chunk; raises _Ended and WireError."""
        self.received += len(chunk)
        if self.received > MAX_BYTES:
            raise _Ended("too_large")
        self.opening += chunk[: OPENING - len(self.opening)]
        for piece in self.reader.feed(chunk):
            self._event(piece)

    def _event(self, piece: Piece) -> None:
        if piece.failed:
            busy = piece.failed.code in NOT_JUDGED
            raise _Ended(BROKEN_STREAM if self.events and not busy else piece.failed.code, piece.failed.words)
        self.events += 1
        self.done = piece.done
        self.finished = self.finished or bool(piece.finish)
        if piece.text or piece.reasoning:
            self.pieces += 1
            self.first_ms = self.first_ms or (perf_counter() - self.started) * 1000
        if self.pieces > ENDLESS_PIECES:
            raise _Ended("stream_endless")


def stream(run: Run) -> StepResult:
    """The question of the step before, with a streamed answer."""
    result = _stream(run)
    if result.code in LACKING:
        return replace(result, findings=(Finding(Ability.STREAM, Grade.NO),))
    return replace(result, findings=(STREAMS,)) if result.code == NO_END_MARK else result


def _stream(run: Run) -> StepResult:
    call = run.dialect.chat_call(run.target, Ask(USER_TEXT, SYSTEM_TEXT, ANSWER_TOKENS, stream=True))
    with run.stream(call) as streaming:
        return _read(run, streaming) if streaming.status == 200 else _refused(run, streaming)


def _refused(run: Run, streaming: Streaming) -> StepResult:
    body, _ = read_capped(streaming.chunks(), OPENING)
    trouble = _complaint(run, streaming, body)
    if trouble is None or trouble.code in ("bad_request", "wrong_path"):
        return run.explained(StepName.STREAM, "stream_refused", words=trouble.words if trouble else "")
    return run.troubled(StepName.STREAM, trouble)


def _read(run: Run, streaming: Streaming) -> StepResult:
    reading = _Reading(run)
    try:
        for chunk in streaming.chunks():
            reading.take(chunk)
            if reading.done:
                break
    except OutboundError as error:
        if error.code is Code.STOPPED or not reading.events:
            return run.outbound(StepName.STREAM, error)
        return run.explained(StepName.STREAM, BROKEN_STREAM)
    except _Ended as end:
        return run.explained(StepName.STREAM, end.code, words=end.words)
    except WireError:
        return run.explained(StepName.STREAM, BROKEN_STREAM if reading.events else "stream_not_sse")
    return _judged(run, streaming, reading)


def _judged(run: Run, streaming: Streaming, reading: _Reading) -> StepResult:
    if not reading.events:
        trouble = _complaint(run, streaming, reading.opening) or Trouble("stream_not_sse")
        return run.troubled(StepName.STREAM, trouble)
    if not reading.finished and not reading.done:
        return run.explained(StepName.STREAM, BROKEN_STREAM)
    if not reading.pieces:
        return run.explained(StepName.STREAM, "empty_answer")
    if not reading.done:
        return run.explained(StepName.STREAM, NO_END_MARK)
    figures = {"pieces": reading.pieces}
    if reading.first_ms is not None:
        figures["first_token_ms"] = round(reading.first_ms)
    words = f"The answer came in {reading.pieces} piece{'' if reading.pieces == 1 else 's'}"
    return run.result(StepName.STREAM, Outcome.PASSED, words, *_findings(reading.first_ms), **figures)


def _findings(first_ms: float | None) -> tuple[Finding, ...]:
    if first_ms is None:
        return (STREAMS,)
    quick = Grade.YES if first_ms < QUICK_MS else Grade.NO
    return STREAMS, Finding(Ability.QUICK, quick, round(first_ms))


def _complaint(run: Run, streaming: Streaming, body: bytes) -> Trouble | None:
    return run.trouble(Answer(streaming.status, streaming.headers, body, 0, 0))
