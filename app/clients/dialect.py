"""What every platform's dialect can do: build calls and read answers, without sending anything itself.

A dialect is a set of pure functions over frozen values, so the connection test, the model search and
later the feature calls send the very same bytes through the same door.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from app.lib.http import Answer, Call
from app.lib.tls import SYSTEM_ROOTS, TlsOptions
from app.lib.urls import Address


@dataclass(frozen=True, slots=True)
class Target:
    """One deployment as a dialect speaks to it; the key never shows in a repr."""

    platform: str
    server: str
    address: Address
    served_name: str
    api_key: str | None = field(default=None, repr=False)
    key_header: str = "authorization"
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    api_version: str = ""
    quirks: frozenset[str] = frozenset()
    tls: TlsOptions = SYSTEM_ROOTS


@dataclass(frozen=True, slots=True)
class Alternative:
    """What somebody may have meant by an address at which nothing answers.

    `field` with `value` is the change to the endpoint, `target` the endpoint after it, and `code` what was wrong
    should the target answer.
    """

    code: str
    field: str
    value: str
    target: Target


@dataclass(frozen=True, slots=True)
class Ask:
    """One chat request: at most `max_tokens` tokens back; None leaves a parameter out."""

    user: str
    system: str | None = None
    max_tokens: int = 16
    temperature: float | None = 0.0
    stream: bool = False


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A model that a server says it serves; `context` in tokens where the server states it."""

    name: str
    context: int | None = None


@dataclass(frozen=True, slots=True)
class ChatAnswer:
    """What came back from one chat request; token counts are the server's own.

    `finish` is in OpenAI's words (stop, length, tool_calls) where the platform's own have such a meaning.
    """

    text: str
    reasoning: str = ""
    finish: str = ""
    model: str = ""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """One event of a streamed answer; `failed` holds the message of an error event."""

    text: str = ""
    reasoning: str = ""
    finish: str = ""
    done: bool = False
    failed: "Trouble | None" = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """A failure that the server itself reported: our code, and its words and redirect, not yet scrubbed."""

    code: str
    words: str = ""
    status: int = 0
    location: str = ""


class WireError(Exception):
    """An answer that is not what the platform's protocol promises."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.code)
        self.trouble = trouble


class Dialect(Protocol):
    """One platform. `lists_models` is False where a key cannot list what it may call."""

    lists_models: bool

    def list_call(self, target: Target) -> Call:
        """The request for the model list."""
        ...

    def read_list(self, target: Target, answer: Answer) -> tuple[FoundModel, ...]:
        """The served models, embeddings included; raises WireError."""
        ...

    def chat_call(self, target: Target, ask: Ask) -> Call:
        """The request for one chat answer."""
        ...

    def key_check_call(self, target: Target) -> Call:
        """A request that a server refuses for its content, but only after it looked at the key."""
        ...

    def read_chat(self, target: Target, answer: Answer) -> ChatAnswer:
        """The answer to a chat request that was not streamed; raises WireError."""
        ...

    def read_event(self, data: str) -> Piece:
        """One event's data of a streamed answer; raises WireError."""
        ...

    def trouble(self, target: Target, answer: Answer) -> Trouble | None:
        """What the server complains of, or None for an answer without complaint."""
        ...

    def alternatives(self, target: Target) -> Sequence[Alternative]:
        """Other addresses that may have been meant, the likeliest first."""
        ...
