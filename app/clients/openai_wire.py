"""OpenAI's chat completions on the wire, as every compatible server speaks it.

Source: OpenAI API reference, "Chat completions" and "Models".
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
    ToolChoice,
    Trouble,
    WireError,
)
from app.clients.json_wire import (
    at_path,
    count_in,
    event_in,
    json_of,
    key_headers,
    models_in,
    vector_in,
    without_pasted,
)
from app.clients.openai_calls import tool_calls, tool_pieces
from app.clients.sse_reader import SseReader
from app.clients.target import Target
from app.lib.http import Answer, Call

DONE = "[DONE]"
V1 = "/v1"
# What people paste behind the base URL, the longer first.
PASTED = ("/chat/completions", "/completions", "/embeddings", "/responses", "/models", "/chat")


class OpenAIWire:
    """The shared half of the three OpenAI-speaking dialects; they differ in addresses and headers."""

    lists_models = True
    version = 1
    relays = True
    # Of the hosted ones it changes from one answer to the next, with whichever machine answers.
    states_build = False

    def list_call(self, target: Target) -> Call:
        """GET .../models."""
        return self._call(target, "GET", "models")

    def chat_call(self, target: Target, ask: Ask) -> Call:
        """POST .../chat/completions, shaped by the target's quirks."""
        return self._call(target, "POST", "chat/completions", chat_body(target, ask))

    def forward_call(self, target: Target, operation: Operation, body: Mapping[str, Any]) -> Call | None:
        """The very body, with the served name and without what the target's quirks say it refuses."""
        return self._call(target, "POST", operation.value, forward_body(target, body))

    def key_check_call(self, target: Target) -> Call:
        """The chat request without messages: servers check the key before they miss the messages."""
        body = {"model": target.served_name, "messages": [], "max_tokens": 1}
        return self._call(target, "POST", "chat/completions", body)

    def read_list(self, target: Target, answer: Answer) -> tuple[FoundModel, ...]:
        """`data[].id`; raises WireError for anything else."""
        self._refuse(target, answer)
        return models_in(answer)

    def read_chat(self, target: Target, answer: Answer) -> ChatAnswer:
        """The first choice; raises WireError for a body of another shape."""
        self._refuse(target, answer)
        body = json_of(answer)
        choice = _first_choice(body)
        message = choice.get("message") if choice else None
        if not isinstance(message, dict):
            raise WireError(Trouble("bad_json"))
        return ChatAnswer(
            text=_text(message.get("content")),
            reasoning=_reasoning(message),
            finish=str(choice.get("finish_reason") or ""),
            model=str(body.get("model") or ""),
            prompt_tokens=count_in(body.get("usage"), "prompt_tokens"),
            completion_tokens=count_in(body.get("usage"), "completion_tokens"),
            tool_calls=tool_calls(message.get("tool_calls")),
            build=str(body.get("system_fingerprint") or "") if self.states_build else "",
        )

    def stream_reader(self) -> StreamReader:
        """Server-sent events, the last of which is [DONE]."""
        return SseReader(self.read_event)

    def gap_call(self, target: Target, gap: Gap) -> Call | None:
        """POST .../completions with a suffix, which OpenAI calls legacy and code models' servers keep."""
        body = {"model": target.served_name, "prompt": gap.prefix, "suffix": gap.suffix, "max_tokens": gap.max_tokens}
        if "no_temperature" not in target.quirks:
            body["temperature"] = 0.0
        return self._call(target, "POST", "completions", body)

    def read_gap(self, target: Target, answer: Answer) -> ChatAnswer:
        """The first choice's text; raises WireError for a body of another shape."""
        self._refuse(target, answer)
        body = json_of(answer)
        choice = _first_choice(body)
        if not isinstance(choice.get("text"), str):
            raise WireError(Trouble("bad_json"))
        return ChatAnswer(choice["text"], finish=str(choice.get("finish_reason") or ""))

    def embeddings_call(self, target: Target, text: str) -> Call | None:
        """POST .../embeddings."""
        return self._call(target, "POST", "embeddings", {"model": target.served_name, "input": text})

    def read_embeddings(self, target: Target, answer: Answer) -> tuple[float, ...]:
        """`data[0].embedding`; raises WireError for anything but numbers."""
        self._refuse(target, answer)
        body = json_of(answer)
        rows = body.get("data") if isinstance(body, dict) else None
        first = rows[0] if isinstance(rows, list) and rows else None
        return vector_in(first.get("embedding") if isinstance(first, dict) else None)

    def read_event(self, data: str) -> Piece:
        """One `data:` line of a stream; raises WireError when it is no event of a chat."""
        if data.strip() == DONE:
            return Piece(done=True)
        body = event_in(data)
        if body.get("error"):
            error = body["error"]
            words = error.get("message", "") if isinstance(error, dict) else error
            return Piece(failed=Trouble("error_in_200", str(words)[: complaints.WORDS_READ]))
        choice = _first_choice(body)
        delta = choice.get("delta") or {}
        # Only the usage event at the end has no choice.
        if not isinstance(delta, dict) or not (choice or body.get("choices") == []):
            raise WireError(Trouble("stream_not_sse"))
        return Piece(
            _text(delta.get("content")),
            _reasoning(delta),
            str(choice.get("finish_reason") or ""),
            tools=tool_pieces(delta.get("tool_calls")),
            prompt_tokens=count_in(body.get("usage"), "prompt_tokens"),
            completion_tokens=count_in(body.get("usage"), "completion_tokens"),
        )

    def trouble(self, target: Target, answer: Answer) -> Trouble | None:
        """What the server complains of."""
        return complaints.trouble_of(answer, has_key=bool(target.api_key))

    def alternatives(self, target: Target) -> Sequence[Alternative]:
        """The address with /v1 behind it, without what was pasted after it, and with /v1 alone."""
        typed = target.address.path
        cut = without_pasted(typed, PASTED)
        missing = cut if cut.endswith(V1) else cut + V1
        found = []
        for path in dict.fromkeys((missing, cut, V1)):
            if path != typed:
                code = "pasted_path" if cut != typed else "no_v1" if path == typed + V1 else "wrong_path"
                found.append(at_path(target, path, code))
        return found

    def _refuse(self, target: Target, answer: Answer) -> None:
        trouble = self.trouble(target, answer)
        if trouble is not None:
            raise WireError(trouble)

    def _call(self, target: Target, method: str, path: str, body: dict[str, Any] | None = None) -> Call:
        return Call(
            method=method,
            address=target.address.join(path),
            headers=key_headers(target),
            json=body,
            tls=target.tls,
            secret=target.carries_secret,
        )


def forward_body(target: Target, body: Mapping[str, Any]) -> dict[str, Any]:
    """A caller's body as the target takes it."""
    sent = {**body, "model": target.served_name}
    quirks = target.quirks
    if "max_completion_tokens" in quirks and "max_tokens" in sent:
        limit = sent.pop("max_tokens")
        sent.setdefault("max_completion_tokens", limit)
    if "no_temperature" in quirks:
        sent.pop("temperature", None)
    if "no_stop" in quirks:
        sent.pop("stop", None)
    return sent


def chat_body(target: Target, ask: Ask) -> dict[str, Any]:
    """A chat request's JSON; a quirk leaves out or renames what the server refuses."""
    user, system = ask.user, ask.system
    if system and "no_system" in target.quirks:
        user, system = f"{system}\n\n{user}", None
    messages = [{"role": "system", "content": system}] if system else []
    messages += [{"role": "assistant" if each.by_model else "user", "content": each.text} for each in ask.earlier]
    messages.append({"role": "user", "content": user})
    body: dict[str, Any] = {"model": target.served_name, "messages": messages, "stream": ask.stream}
    limit = "max_completion_tokens" if "max_completion_tokens" in target.quirks else "max_tokens"
    body[limit] = ask.max_tokens
    if ask.temperature is not None and "no_temperature" not in target.quirks:
        body["temperature"] = ask.temperature
    if ask.stop and "no_stop" not in target.quirks:
        body["stop"] = list(ask.stop)
    return body | _tools(ask) | _schema(ask)


def _tools(ask: Ask) -> dict[str, Any]:
    if not ask.tools:
        return {}
    functions = [
        {"name": each.name, "description": each.description, "parameters": dict(each.parameters)} for each in ask.tools
    ]
    choice = "required" if ask.tool_choice is ToolChoice.FORCED else "auto"
    return {"tools": [{"type": "function", "function": each} for each in functions], "tool_choice": choice}


def _schema(ask: Ask) -> dict[str, Any]:
    if ask.schema is None:
        return {}
    wanted = {"name": "answer", "strict": True, "schema": dict(ask.schema)}
    return {"response_format": {"type": "json_schema", "json_schema": wanted}}


def _first_choice(body: Any) -> dict[str, Any]:
    """The first of `choices`; {} where there is none."""
    choices = body.get("choices") if isinstance(body, dict) else None
    first = choices[0] if isinstance(choices, list) and choices else None
    return first if isinstance(first, dict) else {}


def _text(value: Any) -> str:
    """Content as text; some servers send a list of parts."""
    if isinstance(value, list):
        return "".join(str(part.get("text", "")) for part in value if isinstance(part, dict))
    return value if isinstance(value, str) else ""


def _reasoning(message: dict[str, Any]) -> str:
    return _text(message.get("reasoning_content") or message.get("reasoning"))
