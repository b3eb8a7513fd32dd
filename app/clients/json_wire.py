"""What every dialect over JSON does alike: where the key goes, and how a list, a body and an event are read."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from app.clients.dialect import Alternative, FoundModel, Trouble, WireError
from app.clients.target import Target
from app.lib.http import Answer

NAME_MAX = 255
LIST_MAX = 10_000
TRAITS_MAX = 4000
# vLLM makes these anew for each answer.
_PASSING = frozenset({"created", "permission"})
# Under these names vLLM, llama.cpp, LM Studio, Anthropic and others state a model's context.
_CONTEXT_NAMES = ("max_model_len", "context_length", "max_context_length", "max_input_tokens", "n_ctx", "n_ctx_train")


def key_headers(target: Target) -> dict[str, str]:
    """The extra headers, and the key in the header that the target wants it in."""
    headers = dict(target.headers)
    if target.api_key:
        bearer = target.key_header == "authorization"
        headers[target.key_header] = f"Bearer {target.api_key}" if bearer else target.api_key
    return headers


def without_pasted(path: str, operations: Sequence[str]) -> str:
    """A path without the single operation that was pasted with it."""
    return next((path.removesuffix(each) for each in operations if path.endswith(each)), path)


def at_path(target: Target, path: str, code: str) -> Alternative:
    """The target at another path of the same server."""
    address = replace(target.address, path=path)
    return Alternative(code, "base_url", str(address), replace(target, address=address))


def models_in(answer: Answer) -> tuple[FoundModel, ...]:
    """`data[].id`, each once, in the server's order; raises WireError for anything else.

    Names that no field and no header could carry (control characters, longer than 255) are left out.
    """
    body = json_of(answer)
    rows = body.get("data") if isinstance(body, dict) else None
    if not isinstance(rows, list):
        raise WireError(Trouble("model_list_malformed"))
    found: dict[str, FoundModel] = {}
    for row in rows[:LIST_MAX]:
        name = row.get("id") if isinstance(row, dict) else None
        if isinstance(name, str) and 0 < len(name) <= NAME_MAX and name.isprintable():
            found.setdefault(name, FoundModel(name, _context(row), traits_of(row)))
    if rows and not found:
        raise WireError(Trouble("model_list_malformed"))
    return tuple(found.values())


def traits_of(row: dict[str, Any]) -> str:
    """What does not change from one question to the next: servers state the time of asking as that of making."""
    lasting = {name: value for name, value in row.items() if name not in _PASSING}
    return json.dumps(lasting, sort_keys=True, default=str)[:TRAITS_MAX]


def json_of(answer: Answer) -> Any:
    """The body's value; raises WireError for what is no JSON."""
    try:
        return answer.json()
    except ValueError as error:
        raise WireError(Trouble("bad_json")) from error


def event_in(data: str) -> dict[str, Any]:
    """One event's object; raises WireError for anything else."""
    try:
        body = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise WireError(Trouble("stream_not_sse")) from error
    if not isinstance(body, dict):
        raise WireError(Trouble("stream_not_sse"))
    return body


def count_in(usage: Any, name: str) -> int | None:
    """A number of tokens, None where it is not stated."""
    value = usage.get(name) if isinstance(usage, dict) else None
    return value if _is_count(value) else None


def vector_in(value: Any) -> tuple[float, ...]:
    """A list of numbers; raises WireError for anything else."""
    if not isinstance(value, list) or not all(type(each) in (int, float) for each in value):
        raise WireError(Trouble("bad_json"))
    return tuple(map(float, value))


def _context(row: dict[str, Any]) -> int | None:
    meta = row.get("meta")
    for source in (row, meta if isinstance(meta, dict) else {}):
        for name in _CONTEXT_NAMES:
            value = source.get(name)
            if _is_count(value) and value:
                return int(value)
    return None


def _is_count(value: Any) -> bool:
    """Whether it is a number of tokens, and one that a database holds."""
    return type(value) is int and 0 <= value < 1 << 53
