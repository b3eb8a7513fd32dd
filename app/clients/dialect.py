"""What every platform's dialect can do: build calls and read answers, without sending anything itself.

A dialect is a set of pure functions over frozen values, so the connection test, the model search and
later the feature calls send the very same bytes through the same door.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from app.domain.credentials import Auth
from app.lib.http import Answer, Call
from app.lib.tls import SYSTEM_ROOTS, TlsOptions
from app.lib.urls import Address


@dataclass(frozen=True, slots=True)
class AwsKeys:
    """Live credentials that sign requests to AWS."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A live OAuth 2 token."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Cloud:
    """What a cloud platform wants to know beside the key.

    `auth` is the kind; the target's `api_key` is then the secret access key, or the service account's JSON.
    """

    region: str = ""
    project: str = ""
    auth: Auth = Auth.KEY
    access_key_id: str = ""
    session_token: str | None = field(default=None, repr=False)
    role_arn: str = ""
    external_id: str = ""


PLAIN_KEY = Cloud()


@dataclass(frozen=True, slots=True)
class Target:
    """One deployment as a dialect speaks to it; nothing secret shows in a repr.

    `granted` are the live credentials that `clients/credentials` obtained for `cloud`, where it takes more than a key.
    """

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
    cloud: Cloud = PLAIN_KEY
    granted: AwsKeys | AccessToken | None = field(default=None, repr=False)

    @property
    def carries_secret(self) -> bool:
        """Whether requests show who asks, which must not go over an open line to the outside."""
        return bool(self.api_key) or self.cloud.auth is not Auth.KEY

    @property
    def secrets(self) -> tuple[str, ...]:
        """Everything that must not be told: keys, tokens, and what was obtained with them."""
        found: list[str | None] = [self.api_key, self.cloud.session_token, self.tls.client_key]
        if isinstance(self.granted, AwsKeys):
            found += [self.granted.secret_access_key, self.granted.session_token]
        elif self.granted:
            found.append(self.granted.text)
        return tuple(each for each in found if each)


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
    """A structured call; `arguments` is JSON text as the server sent it."""

    name: str
    arguments: str


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

    `finish` is in OpenAI's words (stop, length, tool_calls) where the platform's own have such a meaning. `build` names
    the server's build where it lasts from one answer to the next.
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


class StreamReader(Protocol):
    """Reads one streamed answer; holds what is left of a chunk."""

    def feed(self, chunk: bytes) -> Iterable[Piece]:
        """The events that the chunk completes; raises WireError for what is no stream of this platform."""
        ...


class Dialect(Protocol):
    """One platform. `lists_models` is False where a key cannot list what it may call.

    `version` is raised when the same server would be measured differently.
    """

    lists_models: bool
    version: int

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
