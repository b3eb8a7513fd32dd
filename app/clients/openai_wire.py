"""OpenAI's chat completions on the wire, as every compatible server speaks it.

Source: OpenAI API reference, "Chat completions" and "Models".
"""

import json
from typing import Any

from app.clients import complaints
from app.clients.dialect import Ask, ChatAnswer, FoundModel, Piece, Target, Trouble, WireError
from app.lib.http import Answer, Call

DONE = "[DONE]"
NAME_MAX = 255
LIST_MAX = 2000


class OpenAIWire:
    """The shared half of the three OpenAI-speaking dialects; they differ in addresses and headers."""

    lists_models = True

    def list_call(self, target: Target) -> Call:
        """GET .../models."""
        return self._call(target, "GET", "models")

    def chat_call(self, target: Target, ask: Ask) -> Call:
        """POST .../chat/completions, shaped by the target's quirks."""
        return self._call(target, "POST", "chat/completions", self.body(target, ask))

    def key_check_call(self, target: Target) -> Call:
        """The chat request without messages: servers check the key before they miss the messages."""
        return self._call(
            target, "POST", "chat/completions", {"model": target.served_name, "messages": [], "max_tokens": 1}
        )

    def body(self, target: Target, ask: Ask) -> dict[str, Any]:
        """The request's JSON; a quirk leaves out or renames what the server refuses."""
        system = ask.system
        user = ask.user
        if system and "no_system" in target.quirks:
            user, system = f"{system}\n\n{user}", None
        messages = [{"role": "system", "content": system}] if system else []
        messages.append({"role": "user", "content": user})
        body: dict[str, Any] = {"model": target.served_name, "messages": messages, "stream": ask.stream}
        limit = "max_completion_tokens" if "max_completion_tokens" in target.quirks else "max_tokens"
        body[limit] = ask.max_tokens
        if ask.temperature is not None and "no_temperature" not in target.quirks:
            body["temperature"] = ask.temperature
        return body

    def read_list(self, answer: Answer) -> tuple[FoundModel, ...]:
        """`data[].id`, each once, in the server's order; raises WireError for anything else."""
        self._refuse(answer)
        body = _json(answer)
        rows = body.get("data") if isinstance(body, dict) else None
        if not isinstance(rows, list):
            raise WireError(Trouble("model_list_malformed"))
        found: dict[str, FoundModel] = {}
        for row in rows[:LIST_MAX]:
            name = row.get("id") if isinstance(row, dict) else None
            if isinstance(name, str) and 0 < len(name) <= NAME_MAX:
                found.setdefault(name, FoundModel(name, _context(row)))
        if rows and not found:
            raise WireError(Trouble("model_list_malformed"))
        return tuple(found.values())

    def read_chat(self, answer: Answer) -> ChatAnswer:
        """The first choice; raises WireError for a body of another shape."""
        self._refuse(answer)
        body = _json(answer)
        try:
            choice = body["choices"][0]
            message = choice["message"]
            usage = body.get("usage") or {}
        except (KeyError, IndexError, TypeError, AttributeError) as error:
            raise WireError(Trouble("bad_json")) from error
        return ChatAnswer(
            text=_text(message.get("content")),
            reasoning=_text(message.get("reasoning_content") or message.get("reasoning")),
            finish=str(choice.get("finish_reason") or ""),
            model=str(body.get("model") or ""),
            prompt_tokens=_count(usage, "prompt_tokens"),
            completion_tokens=_count(usage, "completion_tokens"),
        )

    def read_event(self, data: str) -> Piece:
        """One `data:` line of a stream; raises WireError when it is not JSON."""
        if data.strip() == DONE:
            return Piece(done=True)
        try:
            body = json.loads(data)
        except ValueError as error:
            raise WireError(Trouble("stream_not_sse")) from error
        if isinstance(body, dict) and body.get("error"):
            words = body["error"].get("message", "") if isinstance(body["error"], dict) else str(body["error"])
            return Piece(failed=Trouble("error_in_200", str(words)))
        choices = body.get("choices") if isinstance(body, dict) else None
        if not isinstance(choices, list):
            raise WireError(Trouble("stream_not_sse"))
        if not choices:  # the usage event at the end
            return Piece()
        delta = choices[0].get("delta") or {}
        return Piece(
            text=_text(delta.get("content")),
            reasoning=_text(delta.get("reasoning_content") or delta.get("reasoning")),
            finish=str(choices[0].get("finish_reason") or ""),
        )

    def trouble(self, answer: Answer) -> Trouble | None:
        """What the server complains of."""
        return complaints.trouble_of(answer)

    def _refuse(self, answer: Answer) -> None:
        trouble = self.trouble(answer)
        if trouble is not None:
            raise WireError(trouble)

    def _call(self, target: Target, method: str, path: str, body: dict[str, Any] | None = None) -> Call:
        return Call(
            method=method,
            address=target.address.join(path),
            headers=key_headers(target),
            json=body,
            tls=target.tls,
            secret=bool(target.api_key),
        )


def key_headers(target: Target) -> dict[str, str]:
    """The extra headers, and the key in the header that the target wants it in."""
    headers = dict(target.headers)
    if target.api_key:
        bearer = target.key_header == "authorization"
        headers[target.key_header] = f"Bearer {target.api_key}" if bearer else target.api_key
    return headers


def _json(answer: Answer) -> Any:
    try:
        return json.loads(answer.body)
    except ValueError as error:
        raise WireError(Trouble("html_answer" if complaints.is_html(answer) else "bad_json")) from error


def _text(value: Any) -> str:
    """Content as text; some servers send a list of parts."""
    if isinstance(value, list):
        return "".join(str(part.get("text", "")) for part in value if isinstance(part, dict))
    return value if isinstance(value, str) else ""


def _count(usage: Any, name: str) -> int | None:
    value = usage.get(name) if isinstance(usage, dict) else None
    return value if isinstance(value, int) and value >= 0 else None


def _context(row: dict[str, Any]) -> int | None:
    """The stated context, under the names that vLLM, llama.cpp, LM Studio and others give it."""
    meta = row.get("meta")
    for source in (row, meta if isinstance(meta, dict) else {}):
        for name in ("max_model_len", "context_length", "max_context_length", "n_ctx", "n_ctx_train"):
            value = source.get(name)
            if isinstance(value, int) and value > 0:
                return value
    return None
