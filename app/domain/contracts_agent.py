"""Answers of agents: text, or structured calls of tools that were offered."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from app.domain.contracts_fences import Block, parts, prose
from app.domain.contracts_json import read
from app.domain.contracts_schema import fits
from app.domain.contracts_values import Breach, Called, shown
from app.domain.prompts import SampleTool

# How models and their chat templates write calls into text.
_MARK = re.compile(
    r"</?(?:tool_calls?|function_calls?|tool_use|invoke|toolcall)\b[^<>\n]*>|<function=[^<>\n]*>"
    r"|<[|｜]/?(?:tool|python_tag|plugin)[^<>\n]{0,40}[|｜]?>|\[/?TOOL_CALLS\]|\[TOOL_REQUEST\]"  # noqa: RUF001 (so it is written)
)
_ACTION = re.compile(r"(?m)^[ \t]*(?:\*\*)?Action:(?:\*\*)?[ \t]*(?P<name>[\w.-]+)[ \t]*$")
_ACTION_INPUT = re.compile(r"(?m)^[ \t]*(?:\*\*)?Action Input:")
_CALL_INFO = frozenset({"tool_code", "tool_call", "tool_calls", "function_call"})
_ARGUMENTS = frozenset({"arguments", "parameters", "args", "input"})


def agent(answer: str, called: Sequence[Called], tools: Sequence[SampleTool]) -> Iterator[Breach]:
    """Every fault of the calls, and calls that were written as text."""
    offered = {tool.name: tool for tool in tools}
    for call in called:
        yield from _call(call, offered.get(call.name), tuple(offered))
    if written := _written(answer, frozenset(offered)):
        yield Breach("call_as_text", f"A call is written as text instead of made: {shown(written)}.")


def _call(call: Called, tool: SampleTool | None, offered: Sequence[str]) -> Iterator[Breach]:
    if tool is None:
        known = f"offered are {', '.join(offered)}" if offered else "none was offered"
        yield Breach("unknown_tool", f"There is no tool {shown(call.name)}; {known}.")
        return
    reading = read(call.arguments)
    for each in reading.breaches or _arguments(tool, reading.value):
        yield Breach(each.code, f"Call of {call.name}: {each.sentence}")


def _arguments(tool: SampleTool, value: Any) -> Iterator[Breach]:
    if isinstance(value, dict):
        yield from fits(tool.parameters, value)
    else:
        yield Breach("arguments_not_object", "The arguments are JSON, but no object.")


def _written(answer: str, offered: frozenset[str]) -> str:
    """The piece of text that is a call, empty where there is none."""
    text = prose(answer)
    if found := _MARK.search(text):
        return found[0]
    has_input = _ACTION_INPUT.search(text) is not None
    for found in _ACTION.finditer(text):
        if has_input or found["name"] in offered:
            return found[0]
    blocks = (*parts(answer).blocks, Block("json", answer, closed=True))
    written = next((block.content for block in blocks if _is_call(block)), "")
    return written or _as_function(text, offered)


def _is_call(block: Block) -> bool:
    if block.info in _CALL_INFO:
        return True
    # Spares the reading of what cannot be a call.
    if '"name"' not in block.content:
        return False
    value = read(block.content).value
    values = value if isinstance(value, list) else [value]
    return any(isinstance(each, dict) and _names_call(each) for each in values)


def _names_call(value: dict[str, Any]) -> bool:
    inner: Any = value
    while isinstance(inner, dict):
        value, inner = inner, inner.get("function")
    return isinstance(value.get("name"), str) and not _ARGUMENTS.isdisjoint(value)


def _as_function(text: str, offered: frozenset[str]) -> str:
    """A line that is nothing but an offered tool's name with arguments in brackets."""
    if not offered:
        return ""
    names = "|".join(map(re.escape, sorted(offered)))
    found = re.search(rf"(?m)^[ \t]*(?:{names})[ \t]*(?:\(.*\)|\{{.*\}})[ \t]*$", text)
    return found[0] if found else ""
