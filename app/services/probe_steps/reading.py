"""One streamed answer as a step reads it: when its pieces came, how it ended, or why it is no answer."""

from dataclasses import dataclass, field

from app.clients.dialect import Ask, Piece, StreamReader, Trouble, WireError
from app.domain.cadence import Cadence
from app.domain.steps import BROKEN_STREAM, StepName, StepResult
from app.lib.bodies import read_capped
from app.lib.http import Answer, Streaming
from app.lib.http_errors import Code, OutboundError
from app.services.probe_run import NOT_JUDGED, Run

MAX_BYTES = 1 << 20
# As much of an answer as is looked at for a complaint.
OPENING = 64 << 10
# So many pieces for each token asked for, and it does not look as if the answer would end.
ENDLESS = 16


class _Ended(Exception):
    """The stream is judged before its end; the code says how."""

    def __init__(self, code: str, words: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.words = words


@dataclass(slots=True)
class Reading:
    """What came so far, until more than `most` pieces have come.

    `started` is when the request was sent and `times` when each event with text or reasoning came, both by the run's
    clock; `letters` is how long these texts are. `done`: the closing mark was seen.
    """

    run: Run
    most: int
    started: float = field(init=False)
    received: int = 0
    opening: bytes = b""
    events: int = 0
    times: list[float] = field(default_factory=list)
    letters: int = 0
    finish: str = ""
    done: bool = False
    reader: StreamReader = field(init=False)

    def __post_init__(self) -> None:
        self.reader = self.run.dialect.stream_reader()
        self.started = self.run.clock()

    @property
    def pieces(self) -> int:
        """How many events held text or reasoning."""
        return len(self.times)

    @property
    def first_ms(self) -> int:
        """Milliseconds to the first piece, of which there has to be one."""
        return round((self.times[0] - self.started) * 1000)

    def cadence(self, short_wait: float = 0.0) -> Cadence:
        """When the pieces came, of which there has to be one; `short_wait` is when a far shorter answer began."""
        return Cadence(tuple(each - self.started for each in self.times), self.letters, short_wait)

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
        self.finish = self.finish or piece.finish
        if letters := len(piece.text) + len(piece.reasoning):
            self.times.append(self.run.clock())
            self.letters += letters
        if self.pieces > self.most:
            raise _Ended("stream_endless")


def listen(run: Run, step: StepName, ask: Ask) -> Reading | StepResult:
    """The streamed answer read to its end, the closing mark there or not; else the result that says what came."""
    call = run.dialect.chat_call(run.target, ask)
    reading = Reading(run, ENDLESS * ask.max_tokens)
    with run.stream(call) as streaming:
        if streaming.status != 200:
            return _refused(run, step, streaming)
        return _faulty(run, step, streaming, reading) or reading


def _refused(run: Run, step: StepName, streaming: Streaming) -> StepResult:
    body, _ = read_capped(streaming.chunks(), OPENING)
    trouble = _complaint(run, streaming, body)
    if trouble is None or trouble.code in ("bad_request", "wrong_path"):
        return run.explained(step, "stream_refused", words=trouble.words if trouble else "")
    return run.troubled(step, trouble)


def _faulty(run: Run, step: StepName, streaming: Streaming, reading: Reading) -> StepResult | None:
    """Read; the result for what is no whole answer, else None."""
    try:
        for chunk in streaming.chunks():
            reading.take(chunk)
            if reading.done:
                break
    except OutboundError as error:
        if error.code is Code.STOPPED or not reading.events:
            return run.outbound(step, error)
        return run.explained(step, BROKEN_STREAM)
    except _Ended as end:
        return run.explained(step, end.code, words=end.words)
    except WireError:
        return run.explained(step, BROKEN_STREAM if reading.events else "stream_not_sse")
    if not reading.events:
        return run.troubled(step, _complaint(run, streaming, reading.opening) or Trouble("stream_not_sse"))
    if not reading.finish and not reading.done:
        return run.explained(step, BROKEN_STREAM)
    return None if reading.pieces else run.explained(step, "empty_answer")


def _complaint(run: Run, streaming: Streaming, body: bytes) -> Trouble | None:
    return run.trouble(Answer(streaming.status, streaming.headers, body, 0, 0))
