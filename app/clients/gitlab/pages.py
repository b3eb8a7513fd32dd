"""Lists that GitLab gives in pages: read to their end, or not at all."""

from collections.abc import Callable, Iterable
from typing import Any

from app.domain.instance_troubles import InstanceError

# Of a hundred rows each. Nobody has that many models; a chain that is longer leads nowhere.
MOST_PAGES = 100


def every_node(page: Callable[[str | None], Any]) -> tuple[dict[str, Any], ...]:
    """All rows of a connection; `page` takes the cursor after which to begin, None for the first page."""
    nodes: list[dict[str, Any]] = []
    after: str | None = None
    seen: set[str] = set()
    for _ in range(MOST_PAGES):
        connection = page(after)
        nodes += nodes_in(connection)
        after = _next(connection)
        if after is None:
            return tuple(nodes)
        if after in seen:
            raise InstanceError("incomplete", "its pages lead round in a circle.")
        seen.add(after)
    raise InstanceError("incomplete", "its pages do not end.")


def nodes_in(connection: Any) -> list[dict[str, Any]]:
    """The rows of one page; raises InstanceError where there is none, or where one of them is not told."""
    if connection is None:
        raise InstanceError("no_licence", "its answer is null.")
    nodes = connection.get("nodes") if isinstance(connection, dict) else None
    if not isinstance(nodes, list) or not all(isinstance(each, dict) for each in nodes):
        raise InstanceError("incomplete", "a page without its rows, or with an empty one among them.")
    return nodes


def once_each(names: Iterable[str]) -> None:
    """Raises InstanceError for a name that comes twice: the list changed while it was read."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise InstanceError("incomplete", "the same row came twice, so another one may be missing.")
        seen.add(name)


def _next(connection: dict[str, Any]) -> str | None:
    info = connection.get("pageInfo")
    more = info.get("hasNextPage") if isinstance(info, dict) else None
    if not isinstance(info, dict) or not isinstance(more, bool):
        raise InstanceError("incomplete", "a page that does not say whether it is the last.")
    if not more:
        return None
    cursor = info.get("endCursor")
    if not isinstance(cursor, str) or not cursor:
        raise InstanceError("incomplete", "a page that does not say where the next one begins.")
    return cursor
