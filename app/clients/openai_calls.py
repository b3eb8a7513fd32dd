"""Calls of functions as they stand in answers on OpenAI's wire, whole and in the parts of a stream.

Source: OpenAI API reference, "The chat completion object" and "The chat completion chunk object".
"""

import json
from typing import Any

from app.clients.dialect import ToolCall, ToolPiece


def tool_calls(value: Any) -> tuple[ToolCall, ...]:
    """The structured calls."""
    found = []
    for each in value if isinstance(value, list) else ():
        function = each.get("function") if isinstance(each, dict) else None
        if isinstance(function, dict) and isinstance(function.get("name"), str):
            arguments = _arguments(function.get("arguments"))
            found.append(ToolCall(function["name"], arguments, str(each.get("id") or ""), _extra(each)))
    return tuple(found)


def tool_pieces(value: Any) -> tuple[ToolPiece, ...]:
    """The parts of calls in one event; servers that send calls whole leave out their numbers."""
    found = []
    for at, each in enumerate(value if isinstance(value, list) else ()):
        function = each.get("function") if isinstance(each, dict) else None
        if isinstance(function, dict):
            index, given = each.get("index"), function.get("arguments")
            found.append(
                ToolPiece(
                    index if isinstance(index, int) else at,
                    _arguments(given),
                    str(function.get("name") or ""),
                    str(each.get("id") or ""),
                    _extra(each),
                )
            )
    return tuple(found)


def _arguments(given: Any) -> str:
    """Some servers send the object in place of its text, and nothing for none."""
    if given is None:
        return ""
    return given if isinstance(given, str) else json.dumps(given)


def _extra(call: dict[str, Any]) -> dict[str, Any] | None:
    extra = call.get("extra_content")
    return extra if isinstance(extra, dict) else None
