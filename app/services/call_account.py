"""What one feature call came to: its times, its tokens and its end, told to the counters and the breaker."""

from collections.abc import Mapping
from time import perf_counter
from typing import Any

from app.domain.calls import FeatureCall
from app.domain.routing import Link, TokenRoute
from app.domain.usage import CallOutcome, estimate_tokens
from app.lib.http import Code
from app.services.call_streams import Telling
from app.services.switchboard import Switchboard

LEFT = "caller_left"
_BYTES_PER_TOKEN = 4
# Where a request has what a model reads.
_WORDS = ("messages", "prompt", "suffix", "input")


class Account:
    """Kept for one call; `link` is the endpoint that is asked just now. It is settled once."""

    def __init__(self, board: Switchboard, token: TokenRoute, call: FeatureCall) -> None:
        self.link: Link | None = None
        self._board = board
        self._token = token
        self._call = call
        self._started = perf_counter()
        self._first_ms: float | None = None
        self._body: Mapping[str, Any] = {}
        self._settled = False

    def sent(self, body: Mapping[str, Any]) -> None:
        """What goes to the endpoint: its tokens are estimated from it where nobody states them."""
        self._body = body

    def began(self) -> None:
        """The first bytes of a stream are here."""
        self._first_ms = self._passed()
        self._note(ok=True)

    def ended(self, telling: Telling, error: str) -> None:
        """A stream came to its end, or broke off for this reason; nothing new where that was said before."""
        if error == Code.STOPPED:
            error = LEFT
        if error not in ("", LEFT) and not self._settled:
            self._note(ok=False, reason=error)
        self._settle(error, telling.prompt_tokens, telling.completion_tokens, telling.seen)

    def whole(self, prompt_tokens: int | None, completion_tokens: int | None, size: int) -> None:
        """The whole answer is here; `size` is its bytes."""
        self._note(ok=True)
        self._settle("", prompt_tokens, completion_tokens, size // _BYTES_PER_TOKEN)

    def refused(self, code: str) -> None:
        """No answer, or none to its end."""
        self._settle(code, 0, 0, 0)

    def _note(self, *, ok: bool, reason: str = "") -> None:
        if self.link is not None:
            self._board.board.note(self.link.endpoint.id, ok=ok, reason=reason)

    def _passed(self) -> float:
        return (perf_counter() - self._started) * 1000

    def _settle(self, error: str, prompt: int | None, completion: int | None, seen: int) -> None:
        if self._settled:
            return
        self._settled = True
        estimated = prompt is None or completion is None
        prompt = estimated_prompt(self._body) if prompt is None else prompt
        completion = seen if completion is None else completion
        if self.link is None:
            # A name that nobody knows would be counted for ever.
            return
        endpoint, name = self.link.endpoint, self._call.wanted.name
        self._board.portions.spend(self._token.id, self._token.limits, name, prompt + completion)
        self._board.meter.note(
            CallOutcome(
                at=self._board.ports.clock(),
                operation=self._call.form.value,
                feature=name,
                endpoint_id=endpoint.id,
                endpoint=endpoint.slug,
                platform=endpoint.platform,
                served_name=endpoint.served_name,
                token_id=self._token.id,
                error=error,
                fallback=self.link.position > 0,
                estimated=estimated,
                prompt_tokens=prompt,
                completion_tokens=completion,
                first_token_ms=self._first_ms,
                duration_ms=self._passed(),
            )
        )


def estimated_prompt(body: Mapping[str, Any]) -> int:
    """Tokens of what was sent, by rule of thumb."""
    return sum(
        estimate_tokens(text) for name in ("messages", "prompt", "suffix", "input") for text in _texts(body.get(name))
    )


def _texts(value: Any) -> list[str]:
    """Every text in messages, parts, or lists of texts."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, Mapping):
        return _texts(value.get("content") or value.get("text"))
    return [text for each in value for text in _texts(each)] if isinstance(value, list | tuple) else []
