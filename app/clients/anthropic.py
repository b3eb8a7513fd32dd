"""Anthropic's Messages API, as Anthropic, llama.cpp and several gateways serve it.

Source: Claude API reference, "Messages", "Streaming messages", "Models", "Versions" and "Errors".
"""

from collections.abc import Mapping, Sequence
from typing import Any

from app.clients import complaints
from app.clients.dialect import (
    Alternative,
    Ask,
    ChatAnswer,
    FoundModel,
    Gap,
    Operation,
    Piece,
    StreamReader,
    Trouble,
    WireError,
)
from app.clients.json_wire import at_path, event_in, json_of, key_headers, models_in, without_pasted
from app.clients.messages_request import request_of
from app.clients.messages_wire import messages_body, read_event, read_message
from app.clients.sse_reader import SseReader
from app.clients.target import Target
from app.lib.http import Answer, Call

V1 = "/v1"
VERSION = {"anthropic-version": "2023-06-01"}
# The most that one page of the list holds; more models than that have not been heard of.
PAGE = (("limit", "1000"),)
# What people paste behind the base URL, the longer first.
PASTED = ("/messages/count_tokens", "/messages", "/models", "/complete", "/chat/completions")
# Where gateways that speak several protocols serve this one.
GATEWAY_PATH = "/anthropic"


class Anthropic:
    """The base URL may end in /v1 or leave it out: both mean the same."""

    lists_models = True
    version = 1
    relays = False

    def list_call(self, target: Target) -> Call:
        """GET .../v1/models, the whole list in one page."""
        return _call(target, "GET", "models", query=PAGE)

    def chat_call(self, target: Target, ask: Ask) -> Call:
        """POST .../v1/messages, shaped by the target's quirks."""
        return _call(target, "POST", "messages", messages_body(target, ask))

    def forward_call(self, target: Target, operation: Operation, body: Mapping[str, Any]) -> Call | None:
        """POST .../v1/messages; None but for chat, since there is no other address."""
        if operation is not Operation.CHAT:
            return None
        return _call(target, "POST", "messages", request_of(target, body))

    def key_check_call(self, target: Target) -> Call:
        """The same without messages: the key is checked before they are missed."""
        return _call(target, "POST", "messages", {"model": target.served_name, "max_tokens": 1, "messages": []})

    def read_list(self, target: Target, answer: Answer) -> tuple[FoundModel, ...]:
        """`data[].id`; raises WireError for anything else."""
        self._refuse(target, answer)
        return models_in(answer)

    def read_chat(self, target: Target, answer: Answer) -> ChatAnswer:
        """The text blocks, and the thinking blocks as reasoning; raises WireError for a body of another shape."""
        self._refuse(target, answer)
        return read_message(json_of(answer))

    def stream_reader(self) -> StreamReader:
        """Server-sent events, the last of which is message_stop."""
        return SseReader(self.read_event)

    def gap_call(self, target: Target, gap: Gap) -> Call | None:  # noqa: ARG002 (the platform has no such address)
        """None: the platform fills gaps through messages alone."""
        return None

    def read_gap(self, target: Target, answer: Answer) -> ChatAnswer:
        """As a message; nothing is asked that it would be read from."""
        return self.read_chat(target, answer)

    def embeddings_call(self, target: Target, text: str) -> Call | None:  # noqa: ARG002 (as above)
        """None: the platform embeds no texts."""
        return None

    def read_embeddings(self, target: Target, answer: Answer) -> tuple[float, ...]:
        """Raises WireError: nothing is asked that it would be read from."""
        self._refuse(target, answer)
        raise WireError(Trouble("bad_json"))

    def read_event(self, data: str) -> Piece:
        """One event's data; kinds that are not known yet say nothing. Raises WireError when it is no event at all."""
        return read_event(event_in(data))

    def trouble(self, target: Target, answer: Answer) -> Trouble | None:
        """What the server complains of."""
        return complaints.trouble_of(answer, has_key=bool(target.api_key))

    def alternatives(self, target: Target) -> Sequence[Alternative]:
        """The address without what was pasted after it, without any path, and where gateways serve this protocol."""
        typed = target.address.path
        cut = without_pasted(typed, PASTED)
        code = "pasted_path" if cut != typed else "wrong_path"
        found = {typed.removesuffix(V1): typed}
        for path in (cut, "", GATEWAY_PATH):
            found.setdefault(path.removesuffix(V1), path)
        return [at_path(target, path, code) for path in found.values() if path != typed]

    def _refuse(self, target: Target, answer: Answer) -> None:
        trouble = self.trouble(target, answer)
        if trouble is not None:
            raise WireError(trouble)


def _call(
    target: Target,
    method: str,
    operation: str,
    body: dict[str, Any] | None = None,
    query: tuple[tuple[str, str], ...] = (),
) -> Call:
    own = operation if target.address.path.endswith(V1) else f"v1/{operation}"
    return Call(
        method=method,
        address=target.address.join(own),
        headers=VERSION | key_headers(target),
        query=query,
        json=body,
        tls=target.tls,
        secret=target.carries_secret,
    )
