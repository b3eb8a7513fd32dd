"""What every platform's dialect can do: build calls and read answers, without sending anything itself.

A dialect is a set of pure functions over frozen values, so the connection test, the model search and
feature calls send the very same bytes through the same door.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from app.clients.target import Target
from app.lib.http import Answer, Call


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
class Turn:
    """One earlier turn of a conversation; `by_model`: the model said it."""

    text: str
    by_model: bool = False


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that the model may ask to be called; `parameters` is a JSON schema of type object."""

    name: str
    description: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A structured call; `arguments` is JSON text as the server sent it, `id` empty where the platform gives none.

    `extra` is what some models want back with the call, in the form of the field `extra_content` on OpenAI's wire.
    """

    name: str
    arguments: str
    id: str = ""
    extra: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class ToolPiece:
    """A part of a streamed call: `index` tells calls of one answer apart, `arguments` is the next part of their text.

    Name, id and `extra`, which is as in ToolCall, come with a call's first part.
    """

    index: int
    arguments: str = ""
    name: str = ""
    id: str = ""
    extra: Mapping[str, Any] | None = None


class ToolChoice(StrEnum):
    """Whether the model decides about calling a tool, or has to call one."""

    AUTO = "auto"
    FORCED = "forced"


@dataclass(frozen=True, slots=True)
class Ask:
    """One chat request: at most `max_tokens` tokens back; None and empty leave a parameter out.

    `earlier` turns come between the system text and `user`. `schema` is a JSON schema that the answer has to obey.
    """

    user: str
    system: str | None = None
    max_tokens: int = 16
    temperature: float | None = 0.0
    stream: bool = False
    earlier: tuple[Turn, ...] = ()
    tools: tuple[Tool, ...] = ()
    tool_choice: ToolChoice = ToolChoice.AUTO
    schema: Mapping[str, Any] | None = None
    stop: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gap:
    """A gap in code to be filled through the platform's completions address: what stands before it and after it."""

    prefix: str
    suffix: str
    max_tokens: int = 64


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A model that a server says it serves; `context` in tokens where the server states it.

    `traits` is what the server says of it that lasts from one question to the next, as one text.
    """

    name: str
    context: int | None = None
    traits: str = ""


@dataclass(frozen=True, slots=True)
class ChatAnswer:
    """What came back from one chat request; token counts are the server's own.

    `finish` is in OpenAI's words (stop, length, tool_calls, content_filter) where the platform's own have such a
    meaning. What a platform read from its cache counts among `prompt_tokens`. `build` names the server's build where it
    lasts from one answer to the next.
    """

    text: str
    reasoning: str = ""
    finish: str = ""
    model: str = ""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    build: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """One event of a streamed answer; `failed` holds the message of an error event.

    Token counts are the server's own, in whichever event it states them.
    """

    text: str = ""
    reasoning: str = ""
    finish: str = ""
    done: bool = False
    failed: "Trouble | None" = None
    tools: tuple[ToolPiece, ...] = ()
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


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


class Operation(StrEnum):
    """What feature calls ask for, named by the end of OpenAI's address."""

    CHAT = "chat/completions"
    COMPLETIONS = "completions"
    EMBEDDINGS = "embeddings"


class Untranslatable(Exception):
    """An OpenAI body says what the platform has no words for: at which field, and a sentence about it."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field
        self.sentence = sentence


class StreamReader(Protocol):
    """Reads one streamed answer; holds what is left of a chunk."""

    def feed(self, chunk: bytes) -> Iterable[Piece]:
        """The events that the chunk completes; raises WireError for what is no stream of this platform."""
        ...


class Dialect(Protocol):
    """One platform. `lists_models` is False where a key cannot list what it may call.

    `version` is raised when the same server would be measured differently. `relays`: its answers are on OpenAI's wire,
    so that a feature call hands them on byte for byte.
    """

    lists_models: bool
    version: int
    relays: bool

    def list_call(self, target: Target) -> Call:
        """The request for the model list."""
        ...

    def read_list(self, target: Target, answer: Answer) -> tuple[FoundModel, ...]:
        """The served models, embeddings included; raises WireError."""
        ...

    def chat_call(self, target: Target, ask: Ask) -> Call:
        """The request for one chat answer."""
        ...

    def forward_call(self, target: Target, operation: Operation, body: Mapping[str, Any]) -> Call | None:
        """The request for a feature call, from a checked body as OpenAI's API takes it, its model left out.

        None where the platform has no such address; raises Untranslatable. The parameters are shaped by the target's
        quirks, the messages are not: that is done before.
        """
        ...

    def key_check_call(self, target: Target) -> Call:
        """A request that a server refuses for its content, but only after it looked at the key."""
        ...

    def read_chat(self, target: Target, answer: Answer) -> ChatAnswer:
        """The answer to a chat request that was not streamed; raises WireError."""
        ...

    def stream_reader(self) -> StreamReader:
        """A reader for one streamed answer."""
        ...

    def gap_call(self, target: Target, gap: Gap) -> Call | None:
        """The request to fill a gap with the suffix as a field; None where the platform has no such address."""
        ...

    def read_gap(self, target: Target, answer: Answer) -> ChatAnswer:
        """What was put into the gap; raises WireError."""
        ...

    def embeddings_call(self, target: Target, text: str) -> Call | None:
        """The request for one text's embedding; None where the platform has no such address."""
        ...

    def read_embeddings(self, target: Target, answer: Answer) -> tuple[float, ...]:
        """The vector; raises WireError."""
        ...

    def trouble(self, target: Target, answer: Answer) -> Trouble | None:
        """What the server complains of, or None for an answer without complaint."""
        ...

    def alternatives(self, target: Target) -> Sequence[Alternative]:
        """Other addresses that may have been meant, the likeliest first."""
        ...
