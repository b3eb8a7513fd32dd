"""What a model is sent: a family's prompt and a caller's words, in the shape that the model takes.

A shape is what the family says of its models and what tests found out about the endpoint, the narrower of both.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.domain.code_gaps import marks
from app.domain.families import Family, Parameters, SystemRole

Message = Mapping[str, Any]
COMPLETIONS, GENERATIONS = "code_completions", "code_generations"
_SYSTEM_ROLES = frozenset({"system", "developer"})
_TURNS = frozenset({"user", "assistant"})
_BETWEEN = "\n\n"
# Of a context that is known, so much is left to the answer where only the family says how long it may be.
_SHARE = 4
_LEAST = 64


@dataclass(frozen=True, slots=True)
class Shape:
    """How messages have to look. `alternating`: no two neighbours of one role. `context` in tokens, None: unknown."""

    system: SystemRole = SystemRole.SEPARATE
    alternating: bool = False
    context: int | None = None


def shape_of(family: Family, *, no_system: bool, no_turns: bool, context: int | None) -> Shape:
    """The shape for a family at an endpoint that takes no system text, or whose turns have to alternate."""
    system = SystemRole.MERGED if no_system else family.system
    return Shape(system, no_turns or system is SystemRole.MERGED, context)


def in_front(system: str, messages: Sequence[Message], shape: Shape) -> list[Message]:
    """The caller's messages with our system text before them; nothing of what the caller said is lost."""
    ours = [{"role": "system", "content": system}] if system else []
    composed: list[Message] = [*ours, *messages]
    if shape.system is not SystemRole.SEPARATE:
        composed = _gathered(composed, merged=shape.system is SystemRole.MERGED)
    return _alternating(composed) if shape.alternating else composed


def from_prompt(system: str, user: str, shape: Shape) -> list[Message]:
    """A feature's own two texts as messages."""
    return in_front(system, [{"role": "user", "content": user}], shape)


def _gathered(messages: Sequence[Message], *, merged: bool) -> list[Message]:
    """All system text in one place: a message at the start, or the start of the first user turn."""
    texts = [_text(each.get("content")) for each in messages if each.get("role") in _SYSTEM_ROLES]
    rest = [each for each in messages if each.get("role") not in _SYSTEM_ROLES]
    system = _BETWEEN.join(filter(None, texts))
    if not system:
        return rest
    if not merged:
        return [{"role": "system", "content": system}, *rest]
    first = next((at for at, each in enumerate(rest) if each.get("role") == "user"), None)
    if first is None:
        return [{"role": "user", "content": system}, *rest]
    told = {**rest[first], "content": _joined(system, rest[first].get("content"))}
    return [*rest[:first], told, *rest[first + 1 :]]


def _alternating(messages: Sequence[Message]) -> list[Message]:
    """Neighbours of one role as one message; what carries tool calls or their results stays as it is."""
    found: list[Message] = []
    for each in messages:
        last = found[-1] if found else None
        if last is not None and _may_join(last, each):
            found[-1] = {**last, "content": _joined(last.get("content"), each.get("content"))}
        else:
            found.append(each)
    return found


def _may_join(one: Message, other: Message) -> bool:
    plain = not (one.get("tool_calls") or other.get("tool_calls"))
    return plain and one.get("role") == other.get("role") and one.get("role") in _TURNS


def _joined(one: Any, other: Any) -> Any:
    """Two contents one after the other: a text, or a list of parts where either of them is one."""
    if isinstance(one, list) or isinstance(other, list):
        return [*_parts(one), *_parts(other)]
    return _BETWEEN.join(filter(None, (one or "", other or "")))


def _parts(content: Any) -> list[Any]:
    if isinstance(content, list):
        return content
    return [{"type": "text", "text": content}] if content else []


def _text(content: Any) -> str:
    if isinstance(content, list):
        return _BETWEEN.join(str(part.get("text", "")) for part in content if isinstance(part, Mapping))
    return content if isinstance(content, str) else ""


def parameters_for(feature: str, family: Family) -> Parameters:
    """What a family sets for a feature."""
    if feature == COMPLETIONS:
        return family.completion.parameters
    return family.generation if feature == GENERATIONS else family.parameters


def with_parameters(body: Mapping[str, Any], parameters: Parameters, shape: Shape) -> dict[str, Any]:
    """The body with the family's parameters where the caller set none; stop words of both hold.

    Our own limit of the answer stays below a quarter of a context that is known: servers refuse what does not fit.
    """
    found = dict(body)
    if parameters.temperature is not None:
        found.setdefault("temperature", parameters.temperature)
    if parameters.max_tokens is not None and "max_completion_tokens" not in found:
        found.setdefault("max_tokens", _room(parameters.max_tokens, shape.context))
    if parameters.stop:
        found["stop"] = list(dict.fromkeys([*_stops(body.get("stop")), *parameters.stop]))
    return found


def _room(most: int, context: int | None) -> int:
    return most if context is None else min(most, max(_LEAST, context // _SHARE))


def _stops(stop: Any) -> list[str]:
    return [stop] if isinstance(stop, str) else list(stop or ())


def takes_system(feature: str, family: Family) -> bool:
    """Whether a system text goes with a feature's prompt: gaps in some families' own form stand alone."""
    return feature != COMPLETIONS or family.completion.system


def without_marks(inputs: Mapping[str, str], feature: str, family: Family) -> Mapping[str, str]:
    """The inputs without the marks of the family's form, which would move the gap to another place."""
    if feature != COMPLETIONS or not family.completion.form:
        return inputs
    # <s> is a tag of HTML as well, and moves no gap.
    forbidden = sorted(marks(family.completion) - {"<s>"}, key=len, reverse=True)
    # A blank keeps what stands on both sides from becoming a mark; once over the text is enough, so time is bounded.
    pattern = re.compile("|".join(map(re.escape, forbidden)))
    return {name: pattern.sub(" ", text) for name, text in inputs.items()}


def estimated_messages(messages: Sequence[Message]) -> int:
    """Tokens of messages by rule of thumb: a token is about four bytes, and each message costs four beside."""
    size = sum(len(_text(each.get("content")).encode()) for each in messages)
    return math.ceil(size / 4) + 4 * len(messages)
