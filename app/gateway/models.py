"""What a token may call, as OpenAI lists models: features, the same with their messages left alone, endpoints."""

from collections.abc import Iterator
from typing import Any

from flask import Blueprint

from app.domain import routing
from app.domain.errors import CallRefused
from app.domain.routing import ENDPOINT, RAW, Link, Routes, TokenRoute
from app.gateway.access import current_token
from app.gateway.context import context

models = Blueprint("models", __name__)


@models.get("/models")
def index() -> dict[str, Any]:
    """All of them."""
    return {"object": "list", "data": list(_models())}


@models.get("/models/<path:name>")
def show(name: str) -> dict[str, Any]:
    """One of them."""
    found = next((each for each in _models() if each["id"] == name.removeprefix(routing.GITLABS_PREFIX)), None)
    if found is None:
        raise CallRefused(404, "model_not_found", "There is no such model, or this token may not call it.", "model")
    return found


def _models() -> Iterator[dict[str, Any]]:
    routes, token = context().switchboard.book.current(), current_token()
    yield from _features(routes, token)
    if routing.may_call_endpoints(token):
        for slug, endpoint in sorted(routes.endpoints.items()):
            if endpoint.enabled:
                yield _model(ENDPOINT + slug, Link(endpoint, endpoint.family, endpoint.tier))


def _features(routes: Routes, token: TokenRoute) -> Iterator[dict[str, Any]]:
    for name in context().switchboard.ports.facts.features:
        route = routes.features.get(name)
        if route and route.answering and routing.may_call(token, name):
            yield _model(name, route.answering[0])
            yield _model(name + RAW, route.answering[0])


def _model(name: str, link: Link) -> dict[str, Any]:
    return {
        "id": name,
        "object": "model",
        "created": 0,
        "owned_by": "modelport",
        "endpoint": link.endpoint.slug,
        "family": link.family,
        "tier": link.tier,
    }
