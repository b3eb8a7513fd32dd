"""Types and bounds of single parameters, as OpenAI's API states them; each check gives a sentence for what is wrong."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Check = Callable[[Any], str]
Fault = tuple[str, str]
MOST_TOOLS = 128
MOST_STOPS = 16
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,128}")
_PARTS = {"text": "text", "image_url": "image_url", "input_audio": "input_audio", "file": "file", "refusal": "refusal"}


def _number(least: float, most: float) -> Check:
    def check(value: Any) -> str:
        fits = type(value) in (int, float) and least <= value <= most
        return "" if fits else f"send a number from {least:g} to {most:g}."

    return check


def _whole(least: int, most: int) -> Check:
    def check(value: Any) -> str:
        fits = type(value) is int and least <= value <= most
        return "" if fits else f"send a whole number from {least} to {most:,}."

    return check


def _boolean(value: Any) -> str:
    return "" if isinstance(value, bool) else "send true or false."


def _object(value: Any) -> str:
    return "" if isinstance(value, dict) else "send an object."


def _text(value: Any) -> str:
    return "" if isinstance(value, str) else "send text."


def _stop(value: Any) -> str:
    words = value if isinstance(value, list) else [value]
    fits = len(words) <= MOST_STOPS and all(isinstance(each, str) for each in words)
    return "" if fits else f"send a text or a list of {MOST_STOPS} at most."


def _format(value: Any) -> str:
    kind = value.get("type") if isinstance(value, dict) else None
    if kind in ("text", "json_object"):
        return ""
    schema = value.get("json_schema") if kind == "json_schema" else None
    if isinstance(schema, dict) and isinstance(schema.get("schema", {}), dict):
        return ""
    return "send an object of type text, json_object, or json_schema with its json_schema."


def _stream_options(value: Any) -> str:
    if not isinstance(value, dict):
        return "send an object."
    return "" if isinstance(value.get("include_usage", False), bool) else "send include_usage as true or false."


_TOKENS = _whole(1, 10_000_000)
PARAMETERS: Mapping[str, Check] = {
    "temperature": _number(0, 2),
    "top_p": _number(0, 1),
    "presence_penalty": _number(-2, 2),
    "frequency_penalty": _number(-2, 2),
    "max_tokens": _TOKENS,
    "max_completion_tokens": _TOKENS,
    "n": _whole(1, 16),
    "seed": _whole(-(1 << 63), (1 << 63) - 1),
    "stop": _stop,
    "stream": _boolean,
    "stream_options": _stream_options,
    "response_format": _format,
    "logit_bias": _object,
    "parallel_tool_calls": _boolean,
    "user": _text,
    "dimensions": _whole(1, 100_000),
    "encoding_format": lambda value: "" if value in ("float", "base64") else "send float or base64.",
}


def fault_of_content(message: Mapping[str, Any]) -> Fault | None:
    """What is wrong with a message's content: the field and a sentence."""
    content = message.get("content")
    if isinstance(content, str):
        return None
    if content is None:
        return None if message.get("role") == "assistant" else ("content", "send text.")
    if not isinstance(content, list) or not content:
        return "content", "send text, or a list of parts."
    for at, part in enumerate(content):
        kind = part.get("type") if isinstance(part, dict) else None
        if not isinstance(kind, str) or kind not in _PARTS:
            return f"content[{at}].type", f"send one of {', '.join(_PARTS)}."
        value = part.get(_PARTS[kind])
        if not isinstance(value, str if kind in ("text", "refusal") else dict):
            return f"content[{at}].{_PARTS[kind]}", "send what the part's type says."
    return None


def fault_of_calls(message: Mapping[str, Any]) -> Fault | None:
    """What is wrong with the calls that a model made in an earlier turn."""
    calls = message.get("tool_calls")
    if calls is None or (isinstance(calls, list) and all(isinstance(each, dict) for each in calls)):
        return None
    return "tool_calls", "send a list of objects."


def fault_of_stream_options(body: Mapping[str, Any]) -> Fault | None:
    """OpenAI refuses them where nothing is streamed."""
    if body.get("stream_options") is None or body.get("stream"):
        return None
    return "stream_options", "send it with stream: true alone."


def is_input(given: Any) -> bool:
    """Whether it is what embeddings are made of: a text, a list of texts, tokens, or a list of lists of tokens."""
    if not isinstance(given, list):
        return isinstance(given, str) and bool(given)
    return bool(given) and (
        all(isinstance(each, str) and each for each in given) or _are_tokens(given) or all(map(_are_tokens, given))
    )


def _are_tokens(given: Any) -> bool:
    return isinstance(given, list) and bool(given) and all(type(each) is int for each in given)


def fault_of_tools(body: Mapping[str, Any]) -> Fault | None:
    """What is wrong with `tools` and `tool_choice`, as the field and a sentence."""
    tools = body.get("tools")
    if tools is None:
        return ("tool_choice", "send tools with it.") if body.get("tool_choice") not in (None, "none", "auto") else None
    if not isinstance(tools, list) or len(tools) > MOST_TOOLS:
        return "tools", f"send a list of {MOST_TOOLS} at most."
    for at, each in enumerate(tools):
        function = each.get("function") if isinstance(each, dict) and each.get("type") == "function" else None
        if not isinstance(function, dict):
            return f"tools[{at}]", "send an object of type function with its function."
        if not isinstance(function.get("name"), str) or not _NAME.fullmatch(function["name"]):
            return f"tools[{at}].function.name", "send a name of letters, digits, dots, underscores and dashes."
        if not isinstance(function.get("parameters", {}), dict):
            return f"tools[{at}].function.parameters", "send a JSON schema."
    return _fault_of_choice(body.get("tool_choice"), [each["function"]["name"] for each in tools])


def _fault_of_choice(choice: Any, names: Sequence[str]) -> Fault | None:
    if choice is None or choice in ("none", "auto", "required"):
        return None
    function = choice.get("function") if isinstance(choice, dict) else None
    if isinstance(function, dict) and function.get("name") in names:
        return None
    return "tool_choice", "send none, auto, required, or an object that names one of the tools."
