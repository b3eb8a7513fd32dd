"""Google's generateContent: what a request says, and how an answer and an event of a stream are read.

Source: Vertex AI REST reference v1, "GenerateContentRequest" and "GenerateContentResponse".
"""

import json
from typing import Any

from app.clients import google_complaints
from app.clients.dialect import Ask, ChatAnswer, Piece, ToolCall, ToolChoice, ToolPiece, Trouble, WireError
from app.clients.json_wire import count_in
from app.clients.target import Target

_FILTERED = "content_filter"
_FINISH = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    **dict.fromkeys(("SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "MODEL_ARMOR"), _FILTERED),
}
# One of them is in every event of a stream.
_EVENT_FIELDS = frozenset({"candidates", "promptFeedback", "usageMetadata"})


def content_body(target: Target, ask: Ask) -> dict[str, Any]:
    """A request's JSON; a quirk leaves out what the model refuses.

    Schemas go in as JSON schemas: the older fields take only a part of what a JSON schema may say.
    """
    user, system = ask.user, ask.system
    if system and "no_system" in target.quirks:
        user, system = f"{system}\n\n{user}", None
    turns = [_turn("model" if each.by_model else "user", each.text) for each in ask.earlier]
    body: dict[str, Any] = {"contents": [*turns, _turn("user", user)], "generationConfig": _config(target, ask)}
    if system:
        body["systemInstruction"] = {"parts": [{"text": system}]}
    if ask.tools:
        functions = [
            {"name": each.name, "description": each.description, "parametersJsonSchema": dict(each.parameters)}
            for each in ask.tools
        ]
        mode = "ANY" if ask.tool_choice is ToolChoice.FORCED else "AUTO"
        body["tools"] = [{"functionDeclarations": functions}]
        body["toolConfig"] = {"functionCallingConfig": {"mode": mode}}
    return body


def read_content(body: Any) -> ChatAnswer:
    """The first candidate, its thoughts as reasoning; a filtered question is an empty answer with the reason.

    Thoughts count among the completion's tokens, as they do in OpenAI's words. Raises WireError for another shape.
    """
    if not isinstance(body, dict) or not (_candidate(body) or _is_blocked(body)):
        raise WireError(Trouble("bad_json"))
    parts = _parts(body)
    piece, calls = _piece(parts), _tool_calls(parts)
    prompt_tokens, completion_tokens = _counts(body)
    return ChatAnswer(
        text=piece.text,
        reasoning=piece.reasoning,
        finish="tool_calls" if calls else _finish(body),
        model=str(body.get("modelVersion") or ""),
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
        tool_calls=calls,
    )


def read_event(body: dict[str, Any], calls_before: int = 0) -> Piece:
    """One event; the one with a reason to finish is the last. Raises WireError when it is no event of an answer.

    Calls come whole and without a number, so it takes to be told how many came in the events before.
    """
    if body.get("error"):
        return Piece(failed=google_complaints.failure(body["error"]))
    if not _EVENT_FIELDS & body.keys():
        raise WireError(Trouble("stream_not_sse"))
    parts, finish = _parts(body), _finish(body)
    piece, calls = _piece(parts), _tool_calls(parts)
    prompt_tokens, completion_tokens = _counts(body)
    return Piece(
        piece.text,
        piece.reasoning,
        finish,
        done=bool(finish),
        tools=tuple(
            ToolPiece(number, each.arguments, each.name, each.id, each.extra)
            for number, each in enumerate(calls, calls_before)
        ),
        prompt_tokens=prompt_tokens,
        completion_tokens=completion_tokens,
    )


def _turn(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "parts": [{"text": text}]}


def _config(target: Target, ask: Ask) -> dict[str, Any]:
    config: dict[str, Any] = {"maxOutputTokens": ask.max_tokens}
    if ask.temperature is not None and "no_temperature" not in target.quirks:
        config["temperature"] = ask.temperature
    if ask.stop and "no_stop" not in target.quirks:
        config["stopSequences"] = list(ask.stop)
    if ask.schema is not None:
        config |= {"responseMimeType": "application/json", "responseJsonSchema": dict(ask.schema)}
    return config


def _candidate(body: dict[str, Any]) -> dict[str, Any]:
    """The first of `candidates`; {} where there is none."""
    candidates = body.get("candidates")
    first = candidates[0] if isinstance(candidates, list) and candidates else None
    return first if isinstance(first, dict) else {}


def _is_blocked(body: dict[str, Any]) -> bool:
    feedback = body.get("promptFeedback")
    return isinstance(feedback, dict) and bool(feedback.get("blockReason"))


def _parts(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The parts; a model that spent its tokens on thoughts sends content without any."""
    content = _candidate(body).get("content")
    parts = content.get("parts") if isinstance(content, dict) else None
    return [each for each in parts if isinstance(each, dict)] if isinstance(parts, list) else []


def _piece(parts: list[dict[str, Any]]) -> Piece:
    said = [each for each in parts if isinstance(each.get("text"), str)]
    return Piece(
        text="".join(each["text"] for each in said if each.get("thought") is not True),
        reasoning="".join(each["text"] for each in said if each.get("thought") is True),
    )


def _finish(body: dict[str, Any]) -> str:
    if _is_blocked(body) and not _candidate(body):
        return _FILTERED
    reason = str(_candidate(body).get("finishReason") or "")
    return _FINISH.get(reason, reason)


def _tool_calls(parts: list[dict[str, Any]]) -> tuple[ToolCall, ...]:
    return tuple(_tool_call(each, each["functionCall"]) for each in parts if isinstance(each.get("functionCall"), dict))


def _tool_call(part: dict[str, Any], used: dict[str, Any]) -> ToolCall:
    """The signature of the thoughts before it goes where Google's own OpenAI-compatible API puts it."""
    signature = part.get("thoughtSignature")
    extra = {"google": {"thought_signature": signature}} if isinstance(signature, str) else None
    return ToolCall(str(used.get("name") or ""), json.dumps(used.get("args") or {}), str(used.get("id") or ""), extra)


def _counts(body: dict[str, Any]) -> tuple[int | None, int | None]:
    """Tokens of prompt, cached ones among them, and answer, thoughts among them; None where they are not stated."""
    usage = body.get("usageMetadata")
    answered = [count_in(usage, name) for name in ("candidatesTokenCount", "thoughtsTokenCount")]
    known = [each for each in answered if each is not None]
    return count_in(usage, "promptTokenCount"), sum(known) if known else None
