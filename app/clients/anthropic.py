"""Anthropic's Messages API, as Anthropic, llama.cpp and several gateways serve it.

Source: Claude API reference, "Messages", "Streaming messages", "Models", "Versions" and "Errors".
"""

import json
from collections.abc import Sequence
from typing import Any

from app.clients import complaints
from app.clients.dialect import (
    Alternative,
    Ask,
    ChatAnswer,
    FoundModel,
    Gap,
    Piece,
    StreamReader,
    Target,
    ToolCall,
    ToolChoice,
    Trouble,
    WireError,
)
from app.clients.json_wire import at_path, count_in, event_in, json_of, key_headers, models_in, without_pasted
from app.clients.sse_reader import SseReader
from app.lib.http import Answer, Call

V1 = "/v1"
VERSION = {"anthropic-version": "2023-06-01"}
# The most that one page of the list holds; more models than that have not been heard of.
PAGE = (("limit", "1000"),)
# What people paste behind the base URL, the longer first.
PASTED = ("/messages/count_tokens", "/messages", "/models", "/complete", "/chat/completions")
# Where gateways that speak several protocols serve this one.
GATEWAY_PATH = "/anthropic"
_FINISH = {"end_turn": "stop", "stop_sequence": "stop", "max_tokens": "length", "tool_use": "tool_calls"}
# A stream may begin with status 200 and then say what a status would have said.
_IN_STREAM = {"overloaded_error": "busy", "rate_limit_error": "rate_limited"}


class Anthropic:
    """The base URL may end in /v1 or leave it out: both mean the same."""

    lists_models = True
    version = 1

    def list_call(self, target: Target) -> Call:
        """GET .../v1/models, the whole list in one page."""
        return _call(target, "GET", "models", query=PAGE)

    def chat_call(self, target: Target, ask: Ask) -> Call:
        """POST .../v1/messages, shaped by the target's quirks."""
        return _call(target, "POST", "messages", messages_body(target, ask))

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
        body = json_of(answer)
        blocks = body.get("content") if isinstance(body, dict) else None
        if not isinstance(blocks, list):
            raise WireError(Trouble("bad_json"))
        pieces = [_piece(block) for block in blocks]
        return ChatAnswer(
            text="".join(each.text for each in pieces),
            reasoning="".join(each.reasoning for each in pieces),
            finish=_finish(body),
            model=str(body.get("model") or ""),
            prompt_tokens=count_in(body.get("usage"), "input_tokens"),
            completion_tokens=count_in(body.get("usage"), "output_tokens"),
            tool_calls=_tool_calls(blocks),
        )

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
        body = event_in(data)
        if body.get("error"):
            return Piece(failed=_failure(body["error"]))
        match body.get("type"):
            case "content_block_start":
                return _piece(body.get("content_block"))
            case "content_block_delta":
                return _piece(body.get("delta"))
            case "message_delta":
                return Piece(finish=_finish(body.get("delta")))
            case "message_stop":
                return Piece(done=True)
            case str():
                return Piece()
        raise WireError(Trouble("stream_not_sse"))

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


def messages_body(target: Target, ask: Ask) -> dict[str, Any]:
    """A request's JSON: `max_tokens` is never left out, and system text is a field, not a message."""
    user, system = ask.user, ask.system
    if system and "no_system" in target.quirks:
        user, system = f"{system}\n\n{user}", None
    body: dict[str, Any] = {
        "model": target.served_name,
        "max_tokens": ask.max_tokens,
        "messages": [
            *({"role": "assistant" if each.by_model else "user", "content": each.text} for each in ask.earlier),
            {"role": "user", "content": user},
        ],
        "stream": ask.stream,
    }
    if system:
        body["system"] = system
    if ask.temperature is not None and "no_temperature" not in target.quirks:
        body["temperature"] = ask.temperature
    if ask.stop and "no_stop" not in target.quirks:
        body["stop_sequences"] = list(ask.stop)
    if ask.tools:
        body["tools"] = [
            {"name": each.name, "description": each.description, "input_schema": dict(each.parameters)}
            for each in ask.tools
        ]
        body["tool_choice"] = {"type": "any" if ask.tool_choice is ToolChoice.FORCED else "auto"}
    if ask.schema is not None:
        body["output_config"] = {"format": {"type": "json_schema", "schema": dict(ask.schema)}}
    return body


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
        secret=bool(target.api_key),
    )


def _tool_calls(blocks: list[Any]) -> tuple[ToolCall, ...]:
    used = (each for each in blocks if isinstance(each, dict) and each.get("type") == "tool_use")
    return tuple(ToolCall(str(each.get("name") or ""), json.dumps(each.get("input"))) for each in used)


def _piece(block: Any) -> Piece:
    """The text or thinking of a content block, or of a change to one."""
    if not isinstance(block, dict):
        return Piece()
    text, thinking = block.get("text"), block.get("thinking")
    return Piece(text if isinstance(text, str) else "", thinking if isinstance(thinking, str) else "")


def _finish(holder: Any) -> str:
    reason = str(holder.get("stop_reason") or "") if isinstance(holder, dict) else ""
    return _FINISH.get(reason, reason)


def _failure(error: Any) -> Trouble:
    if not isinstance(error, dict):
        return Trouble("error_in_200", str(error)[: complaints.WORDS_READ])
    code = _IN_STREAM.get(str(error.get("type")), "error_in_200")
    return Trouble(code, str(error.get("message") or "")[: complaints.WORDS_READ])
