"""What surrounds every page: the side navigation, and whether the page stands in a frame."""

from collections.abc import Iterator
from typing import Any

from flask import Flask, g, request, url_for

from app.domain.roles import Role
from app.queries import counts
from app.web.access import person
from app.web.context import context

Entry = tuple[str, str, str, bool, int | None]

# Section, label, view, icon, least role. An entry appears with its page.
ENTRIES: tuple[tuple[str, str, str, str, Role], ...] = (
    ("", "Overview", "overview.index", "home", Role.VIEWER),
    ("Models at work", "Endpoints", "endpoints.index", "api", Role.VIEWER),
    ("Models at work", "Features", "features.index", "feature-flag", Role.VIEWER),
    ("Knowledge", "Prompt families", "families.index", "doc-code", Role.VIEWER),
    ("Administration", "Audit", "audit.index", "log", Role.ADMIN),
    ("Administration", "Tokens", "tokens.index", "token", Role.ADMIN),
    ("Administration", "Settings", "settings.index", "settings", Role.ADMIN),
    ("Administration", "How you are signed in", "identity.show", "user", Role.VIEWER),
    ("Administration", "Help", "help.index", "question-o", Role.VIEWER),
)


def setup(app: Flask) -> None:
    """Give every page its surroundings."""
    app.context_processor(_surroundings)


def _surroundings() -> dict[str, Any]:
    return {
        "navigation": _navigation(),
        "instance_name": None,
        # The browser says what a page is loaded into; nothing is shown or hidden for safety by it.
        "embedded": request.headers.get("Sec-Fetch-Dest") == "iframe",
        "evaluation": context().evaluation,
    }


def counted(endpoints: int) -> None:
    """Let a page that has counted the endpoints say so, which saves the navigation a statement."""
    g.endpoints_counted = endpoints


def _navigation() -> Iterator[tuple[str, list[Entry]]]:
    """Sections with their entries, worked out when a page draws them: fragments and the pages of failures do not."""
    actor = person()
    if actor is None:
        return
    ports = context().ports
    endpoints = g.endpoints_counted if "endpoints_counted" in g else counts.endpoints(ports.store)
    numbers = {"endpoints.index": endpoints, "features.index": len(ports.facts.features)}
    sections: dict[str, list[Entry]] = {}
    for section, label, view, icon, least in ENTRIES:
        if actor.role.covers(least):
            here = request.blueprint == view.partition(".")[0]
            sections.setdefault(section, []).append((label, url_for(view), icon, here, numbers.get(view)))
    yield from sections.items()
