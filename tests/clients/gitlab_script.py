"""A GitLab whose answers a test writes down: a door with a script behind it, one line for each call.

The last line answers all further calls.
"""

import json
from collections.abc import Callable
from typing import Any

from app.clients.gitlab.client import GitLab, Instance
from app.domain.instance import ModelValues, Shape
from app.lib import urls
from app.lib.http import Answer, Call, Limits, OutboundError

TOKEN = "glpat-a-token-of-a-test"
KEY = "a-key-of-a-model-server"
NOT_YOURS = (
    "The resource that you are attempting to access does not exist or you don't have permission to perform this action"
)
SHAPE_19 = Shape(frozenset({"GPT"}), frozenset({"DUO_CHAT"}), frozenset({"API", "BEDROCK"}))
VALUES = ModelValues("GPU pool", "GPT", "API", "http://gpu/v1", "custom_openai/m")
Line = Answer | OutboundError | Callable[[Call], Answer]


def answer(body: Any, status: int = 200, kind: str = "application/json", **headers: str) -> Answer:
    """An answer; a body that is no text goes as JSON. Header names have _ for -."""
    text = body if isinstance(body, str) else json.dumps(body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, {"content-type": kind, **named}, text.encode(), 1, 1)


class ScriptedDoor:
    """Stands in for app.lib.http.Door."""

    def __init__(self, *lines: Line) -> None:
        self.calls: list[Call] = []
        self.limits: list[Limits] = []
        self._lines = list(lines)

    def send(self, call: Call, limits: Limits) -> Answer:
        """The next line of the script."""
        self.calls.append(call)
        self.limits.append(limits)
        line = self._lines.pop(0) if len(self._lines) > 1 else self._lines[0]
        if isinstance(line, OutboundError):
            raise line
        return line(call) if callable(line) else line


def page(title: str, body: str = "", status: int = 200) -> Answer:
    return answer(f"<!DOCTYPE html><title>{title}</title>{body}", status, "text/html; charset=utf-8")


def complaint(*messages: str, data: Any = None, status: int = 200) -> Answer:
    return answer({"data": data, "errors": [{"message": each} for each in messages]}, status)


def gitlab(*lines: Line) -> tuple[GitLab, ScriptedDoor, list[float]]:
    door, pauses = ScriptedDoor(*lines), list[float]()
    return GitLab(door, Instance(urls.parse("https://git.example/gitlab"), TOKEN), pauses.append), door, pauses


NODE = {"id": "gid://gitlab/Ai::SelfHostedModel/1", "name": "a", "model": "gpt", "provider": "API", "endpoint": None,
        "identifier": None, "hasApiToken": False}  # fmt: skip
LAST = {"hasNextPage": False, "endCursor": None}


def models_page(*nodes: Any, info: Any = LAST) -> Answer:
    return answer({"data": {"aiSelfHostedModels": {"nodes": list(nodes), "pageInfo": info}}})


def more(cursor: Any) -> dict[str, Any]:
    return {"hasNextPage": True, "endCursor": cursor}
