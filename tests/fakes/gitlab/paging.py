"""Relay's connections as GitLab makes them: cursors, no more than so many on a page, and honest page information."""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from graphql import GraphQLError

Item = TypeVar("Item")
MOST = 100


def page(
    items: Sequence[Item], position: Callable[[Item], int], asked: Mapping[str, Any], size: int = MOST
) -> dict[str, Any]:
    """One connection. `position` grows along `items` and makes the cursor, so that deletions do no harm to it.

    `size` is the page size without `first` and `last`, and the most that either gets.
    """
    after, before = _read(asked.get("after")), _read(asked.get("before"))
    left = [
        each
        for each in items
        if (after is None or position(each) > after) and (before is None or position(each) < before)
    ]
    last = asked.get("last") is not None and asked.get("first") is None
    count = min(size, asked["last"] if last else size if asked.get("first") is None else asked["first"])
    shown = (left[-count:] if count else []) if last else left[:count]
    return {
        "nodes": shown,
        "edges": [{"cursor": cursor(position(each)), "node": each} for each in shown],
        "pageInfo": {
            "hasNextPage": before is not None if last else len(left) > count,
            "hasPreviousPage": len(left) > count if last else after is not None,
            "startCursor": cursor(position(shown[0])) if shown else None,
            "endCursor": cursor(position(shown[-1])) if shown else None,
        },
    }


def cursor(position: int) -> str:
    """What stands for a place; opaque to clients."""
    return base64.urlsafe_b64encode(json.dumps({"id": str(position)}).encode()).decode().rstrip("=")


def _read(given: str | None) -> int | None:
    if given is None:
        return None
    try:
        padded = given + "=" * (-len(given) % 4)
        return int(json.loads(base64.urlsafe_b64decode(padded))["id"])
    except (ValueError, KeyError, TypeError):
        raise GraphQLError("Please provide a valid cursor") from None
