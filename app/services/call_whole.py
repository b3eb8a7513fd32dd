"""Answers to feature calls that come as a whole, on OpenAI's wire."""

import json
from dataclasses import dataclass, field, replace
from typing import Any

from app.clients import openai_answers
from app.clients.dialect import Dialect, Trouble, WireError
from app.clients.json_wire import count_in
from app.clients.openai_answers import ChatChunks, CompletionChunks
from app.clients.target import Target
from app.domain.calls import FeatureCall
from app.domain.reasoning import ReasoningCut, without_reasoning
from app.lib import clock, tokens
from app.lib.http import Answer
from app.services.call_bodies import Sent


@dataclass(frozen=True, slots=True)
class Told:
    """An answer for the caller as JSON text; token counts are None where the server stated none."""

    body: bytes = field(repr=False)
    prompt_tokens: int | None
    completion_tokens: int | None


def told(dialect: Dialect, target: Target, sent: Sent, got: Answer) -> Told:
    """The answer for the caller, the server's very bytes where nothing is to be changed; raises WireError."""
    if not dialect.relays or sent.retold:
        return _anew(dialect, target, sent, got)
    body = _checked(dialect, target, got)
    usage = body.get("usage")
    text = json.dumps(_cut(body)).encode() if sent.strips else got.body
    return Told(
        text, count_in(usage, "prompt_tokens"), count_in(usage, "completion_tokens") if "choices" in body else 0
    )


def _checked(dialect: Dialect, target: Target, got: Answer) -> dict[str, Any]:
    """The body where it is an answer at all; raises WireError."""
    try:
        body = got.json()
    except ValueError:
        body = None
    if isinstance(body, dict) and ("choices" in body or "data" in body) and not body.get("error"):
        return body
    raise WireError(dialect.trouble(target, got) or Trouble("bad_json", "", got.status))


def _cut(body: dict[str, Any]) -> dict[str, Any]:
    """Without the reasoning that leaked into the contents."""
    for choice in body.get("choices") or ():
        message = choice.get("message") if isinstance(choice, dict) else None
        if isinstance(message, dict) and isinstance(message.get("content"), str):
            message["content"] = without_reasoning(message["content"])
    return body


def _anew(dialect: Dialect, target: Target, sent: Sent, got: Answer) -> Told:
    answer = dialect.read_chat(target, got)
    if sent.strips:
        answer = replace(answer, text=without_reasoning(answer.text), reasoning="")
    write = openai_answers.completion_answer if sent.retold else openai_answers.chat_answer
    body = write(answer, id=_id(sent), created=_now(), model=target.served_name)
    return Told(json.dumps(body).encode(), answer.prompt_tokens, answer.completion_tokens)


def chunks_for(sent: Sent, target: Target, call: FeatureCall) -> ChatChunks | CompletionChunks:
    """What writes a streamed answer anew."""
    kind = CompletionChunks if sent.retold else ChatChunks
    return kind(_id(sent), _now(), target.served_name, include_usage=call.tells_usage)


def cut_for(sent: Sent) -> ReasoningCut | None:
    """What takes the reasoning out of a streamed answer."""
    return ReasoningCut(opened=sent.opened) if sent.strips else None


def _id(sent: Sent) -> str:
    return f"{'cmpl' if sent.retold else 'chatcmpl'}-{tokens.new_id()}"


def _now() -> int:
    return int(clock.now().timestamp())
