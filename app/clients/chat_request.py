"""A caller's chat body in OpenAI's words, taken apart for platforms that speak otherwise.

What a platform has no words for is refused by its field's name: dropped in silence, it would be the answer to another
question. Only what changes no answer is left out, such as who the user is.
Source: OpenAI API reference, "Create chat completion".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from app.clients.chat_messages import Said, read_messages
from app.clients.dialect import Untranslatable
from app.clients.foreign_wire import Wire

# Said on every wire here, or refused by the platform's own module.
_READ = frozenset(
    (
        *("max_completion_tokens", "max_tokens", "messages", "model", "response_format", "stop", "stream"),
        *("temperature", "tool_choice", "tools", "top_p"),
    )
)
# Notes beside the question.
_NOTES = frozenset(("metadata", "prompt_cache_key", "safety_identifier", "store", "stream_options", "user"))
# Values that ask for what happens anyway.
_ANYWAY: Mapping[str, Sequence[Any]] = {
    "frequency_penalty": (0,),
    "logit_bias": ({},),
    "logprobs": (False,),
    "modalities": (["text"],),
    "n": (1,),
    "parallel_tool_calls": (True,),
    "presence_penalty": (0,),
    "service_tier": ("auto", "default"),
    "top_logprobs": (0,),
}
_TAKES_NOTHING: Mapping[str, Any] = {"type": "object", "properties": {}}


class Choice(StrEnum):
    """Whether functions are called; DEFAULT where the caller said nothing."""

    DEFAULT = ""
    AUTO = "auto"
    NONE = "none"
    REQUIRED = "required"
    NAMED = "named"


@dataclass(frozen=True, slots=True)
class Function:
    """A function on offer; `parameters` is a JSON schema of type object, also where the caller gave none."""

    name: str
    description: str
    parameters: Mapping[str, Any]
    strict: bool


@dataclass(frozen=True, slots=True)
class Format:
    """An answer that has to be JSON: of this schema, or any JSON object where that is None."""

    schema: Mapping[str, Any] | None = None
    name: str = "answer"


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """What a caller asks for, in no platform's words; None and empty: not said.

    `choice` NAMED goes with `named`. `parallel` is False where at most one function may be called at a time. `more` are
    the parameters of the wire's `takes` that are set.
    """

    system: str
    said: tuple[Said, ...] = field(repr=False)
    max_tokens: int | None
    temperature: float | None
    top_p: float | None
    stop: tuple[str, ...]
    stream: bool
    functions: tuple[Function, ...]
    choice: Choice
    named: str
    parallel: bool
    format: Format | None
    more: Mapping[str, Any]

    def limits(self, max_tokens: str) -> dict[str, Any]:
        """How long and how freely to answer, in the names that Amazon and Google share; they differ in the first."""
        stated = {max_tokens: self.max_tokens, "temperature": self.temperature, "topP": self.top_p}
        found = {name: value for name, value in stated.items() if value is not None}
        return found | ({"stopSequences": list(self.stop)} if self.stop else {})


def read_request(body: Mapping[str, Any], quirks: frozenset[str], wire: Wire) -> ChatRequest:
    """A checked body, without what the target's quirks say it refuses; raises Untranslatable."""
    more = _more(body, wire)
    system, said = read_messages(body["messages"], wire)
    functions = _functions(body.get("tools") or ())
    choice, named = _choice(body.get("tool_choice"), functions)
    return ChatRequest(
        system=system,
        said=said,
        max_tokens=body.get("max_completion_tokens") or body.get("max_tokens"),
        temperature=None if "no_temperature" in quirks else _temperature(body.get("temperature"), wire),
        top_p=body.get("top_p"),
        stop=() if "no_stop" in quirks else _stop(body.get("stop"), wire),
        stream=bool(body.get("stream")),
        functions=functions,
        choice=choice,
        named=named,
        parallel=more.get("parallel_tool_calls", True),
        format=_format(body.get("response_format")),
        more=more,
    )


def _more(body: Mapping[str, Any], wire: Wire) -> dict[str, Any]:
    """The parameters that only some wires take; raises Untranslatable for those that this one does not."""
    found = {}
    for name, value in body.items():
        if value is None or name in _READ or name in _NOTES or value in _ANYWAY.get(name, ()):
            continue
        if name == "parallel_tool_calls" and not body.get("tools"):
            continue
        if name not in wire.takes:
            raise Untranslatable(name, _no_words(name, value, wire.label))
        found[name] = value
    return found


def _no_words(name: str, value: Any, label: str) -> str:
    if name == "n":
        return f"{label} gives one answer to a call; ask {value} times instead."
    if name == "parallel_tool_calls":
        return f"{label} cannot be told to call one function at a time; leave parallel_tool_calls out."
    return f"{label} cannot be told {name[:80]}; leave it out, or ask an endpoint of another platform."


def _temperature(value: float | None, wire: Wire) -> float | None:
    if value is not None and value > wire.hottest:
        raise Untranslatable("temperature", f"{wire.label} takes a temperature from 0 to {wire.hottest:g}.")
    return value


def _stop(value: Any, wire: Wire) -> tuple[str, ...]:
    found = tuple(filter(None, [value] if isinstance(value, str) else value or ()))
    if wire.most_stops is not None and len(found) > wire.most_stops:
        raise Untranslatable(
            "stop", f"{wire.label} takes {wire.most_stops} stop sequences at most; these are {len(found)}."
        )
    return found


def _functions(tools: Sequence[Mapping[str, Any]]) -> tuple[Function, ...]:
    found = []
    for each in (tool["function"] for tool in tools):
        description = each.get("description")
        found.append(
            Function(
                name=each["name"],
                description=description if isinstance(description, str) else "",
                parameters=each.get("parameters") or _TAKES_NOTHING,
                strict=each.get("strict") is True,
            )
        )
    return tuple(found)


def _choice(value: Any, functions: Sequence[Function]) -> tuple[Choice, str]:
    if value is None or (not functions and value in (Choice.AUTO, Choice.NONE)):
        return Choice.DEFAULT, ""
    if not functions:
        raise Untranslatable("tool_choice", "Send the tools with tool_choice.")
    if isinstance(value, str):
        return Choice(value), ""
    name = value["function"]["name"]
    if name not in {each.name for each in functions}:
        raise Untranslatable("tool_choice", "The function that tool_choice names is not among the tools.")
    return Choice.NAMED, name


def _format(value: Any) -> Format | None:
    """None for text; a schema's description goes into the schema, where every platform shows it to the model."""
    kind = value.get("type") if isinstance(value, Mapping) else None
    if kind == "json_object":
        return Format()
    if kind != "json_schema":
        return None
    given = value["json_schema"]
    schema = given.get("schema")
    if not schema:
        raise Untranslatable("response_format", "A response_format of type json_schema needs its schema.")
    name, description = given.get("name"), given.get("description")
    told = {"description": description} if isinstance(description, str) and description else {}
    return Format(told | schema, name if isinstance(name, str) and name else "answer")
