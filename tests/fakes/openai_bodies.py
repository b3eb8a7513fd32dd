"""Bodies of callers in OpenAI's words, for what other platforms are sent of them."""

from typing import Any

PIXEL = "iVBORw0KGgo="
SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
HI = [{"role": "user", "content": "Hi"}]


def tool(name: str = "weather", **more: Any) -> dict[str, Any]:
    """A function on offer."""
    return {"type": "function", "function": {"name": name, "description": "Tells it.", "parameters": SCHEMA, **more}}


def bare(name: str) -> dict[str, Any]:
    """A function that takes nothing and says nothing of itself."""
    return {"type": "function", "function": {"name": name}}


def call(call_id: str = "call_1", name: str = "weather", arguments: str = '{"city": "Bern"}') -> dict[str, Any]:
    """A call that the model made."""
    return {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}


def called(*calls: Any, content: str | None = None) -> dict[str, Any]:
    """The turn of a model that calls, with the fields that the official client writes."""
    return {"role": "assistant", "content": content, "refusal": None, "annotations": [], "tool_calls": list(calls)}


def result(call_id: str = "call_1", content: Any = "12 degrees") -> dict[str, Any]:
    """What a function gave back."""
    return {"role": "tool", "tool_call_id": call_id, "content": content}


def image(url: str = f"data:image/png;base64,{PIXEL}", **more: str) -> dict[str, Any]:
    """A part that is a picture."""
    return {"type": "image_url", "image_url": {"url": url, **more}}


def shown(*parts: dict[str, Any]) -> dict[str, Any]:
    """A user's turn of a text and pictures."""
    return {"role": "user", "content": [{"type": "text", "text": "Look."}, *parts]}


CONVERSATION = [
    {"role": "system", "content": "Be brief."},
    {"role": "developer", "content": [{"type": "text", "text": "Speak German."}]},
    shown(image()),
    {"role": "user", "content": "And the weather?"},
    called(call("call_1"), call("call_2", "now", ""), content="I look."),
    result("call_2", "noon"),
    result("call_1"),
    {"role": "user", "content": "Well?"},
]
