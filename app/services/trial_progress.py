"""What one side of a try has come to: read by one thread, looked at by another, and kept as a snapshot."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from time import perf_counter
from typing import Any

from app.clients.openai_chunks import ReadAnswer
from app.domain.contracts import Breach, Called
from app.domain.trials import MOST_CALLS, MOST_TEXT, Figures, SideState, readable
from app.domain.usage import estimate_tokens
from app.lib import redact
from app.services.call_account import estimated_prompt
from app.services.call_streams import Telling

WORDS_MAX = 400


@dataclass(frozen=True, slots=True)
class Snapshot:
    """How far a side is, fit to be stored."""

    state: SideState = SideState.RUNNING
    text: str = ""
    calls: tuple[Called, ...] = ()
    code: str = ""
    words: str = ""
    breaches: tuple[Breach, ...] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)


class Progress:
    """What one side has come to; its thread writes it, another may look at any time. Keeps a call's count as well."""

    def __init__(self) -> None:
        self.answer = ReadAnswer()
        self.end: Snapshot | None = None
        self.secrets: Sequence[str] = ()
        self._started = perf_counter()
        self._first_ms: float | None = None
        self._body: Mapping[str, Any] = {}
        self._counts: tuple[int | None, int | None] = (None, None)

    def look(self) -> Snapshot:
        """As it stands now."""
        if self.end:
            return self.end
        return Snapshot(text=self.readable(self.answer.text[:MOST_TEXT]), calls=self._calls())

    def sent(self, body: Mapping[str, Any]) -> None:
        """What goes to the endpoint; from now on time counts."""
        self._body = body
        self._started = perf_counter()

    def began(self) -> None:
        """The first bytes are here, which need not hold a token yet."""

    def noticed(self) -> None:
        """Something was read: the first token, once."""
        if self._first_ms is None and self.answer.began:
            self._first_ms = self._passed()

    def ended(self, telling: Telling, _error: str) -> None:
        """What the server stated of its tokens."""
        self._counts = (telling.prompt_tokens, telling.completion_tokens)

    def whole(self, prompt_tokens: int | None, completion_tokens: int | None, _size: int) -> None:
        """The same of an answer that came in one piece."""
        self._counts = (prompt_tokens, completion_tokens)

    def finish(self, state: SideState, code: str = "", words: str = "", judged: Sequence[Breach] = ()) -> None:
        """The side is over."""
        self.end = Snapshot(
            state,
            self.readable(self.answer.text[:MOST_TEXT]),
            self._calls(),
            code,
            self.readable(words)[:WORDS_MAX],
            tuple(Breach(each.code, self.readable(each.sentence)) for each in judged),
            asdict(self._figures()) if self.answer.began or state is SideState.ANSWERED else {},
        )

    def readable(self, text: str) -> str:
        """Without the endpoint's secrets, which a server may send back, and without what controls a terminal."""
        for secret in self.secrets:
            text = text.replace(secret, redact.MASK)
        return readable(text)

    def _calls(self) -> tuple[Called, ...]:
        found = self.answer.tool_calls[:MOST_CALLS]
        return tuple(
            Called(self.readable(each.name)[:WORDS_MAX], self.readable(each.arguments)[: MOST_TEXT // MOST_CALLS])
            for each in found
        )

    def _figures(self) -> Figures:
        prompt, completion = self._counts
        said = self.answer.text + "".join(each.arguments for each in self.answer.tool_calls)
        return Figures(
            duration_ms=self._passed(),
            first_token_ms=self._first_ms,
            prompt_tokens=estimated_prompt(self._body) if prompt is None else prompt,
            completion_tokens=estimate_tokens(said) if completion is None else completion,
            estimated=prompt is None or completion is None,
        )

    def _passed(self) -> float:
        return (perf_counter() - self._started) * 1000
