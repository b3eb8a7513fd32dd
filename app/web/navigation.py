"""What surrounds every page: the side navigation, and what this installation is."""

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
    ("Models at work", "Usage", "usage.index", "chart", Role.VIEWER),
    ("Knowledge", "Prompt families", "families.index", "doc-code", Role.VIEWER),
    ("Knowledge", "Catalogue", "catalogue.index", "catalog-checkmark", Role.VIEWER),
    ("Administration", "Instance", "instance.index", "connected", Role.VIEWER),
    ("Administration", "Audit", "audit.index", "log", Role.ADMIN),
    ("Administration", "People", "people.index", "users", Role.ADMIN),
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
        "instance_name": instance.address.host if (instance := context().ports.instance) else None,
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
            here = view.partition(".")[0] in request.blueprints
            sections.setdefault(section, []).append((label, url_for(view), icon, here, numbers.get(view)))
    yield from sections.items()
