"""A portal whose gateway is called as programs call it, and endpoints on a real model server."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import Client, TestResponse

from app.cli.model_server import ModelServer
from app.domain.endpoints import EndpointDraft
from app.domain.roles import Actor
from app.domain.tokens import TokenDraft
from app.services import api_tokens, endpoints
from app.services.ports import Ports
from tests.fakes.upstream import Upstream
from tests.fixtures.stock import assign

MESSAGES = [{"role": "user", "content": "Hi"}]


class Caller:
    """Calls below /v1 with one token."""

    def __init__(self, app: Flask, token: str) -> None:
        self.token = token
        self._client = Client(app, use_cookies=False)

    def __call__(self, path: str, body: Any = None, **more: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers |= more.pop("headers", {})
        if body is not None:
            more["json"] = body
        method = more.pop("method", "GET" if body is None and not more else "POST")
        with self._client.open(f"/v1{path}", method=method, headers=headers, **more) as response:
            # A server reads an answer to its end and closes it; so does this.
            response.get_data()
        return response

    def chat(self, model: str = "duo_chat", **body: Any) -> TestResponse:
        """One chat call; without messages or inputs it says hello."""
        said = {} if "inputs" in body or "messages" in body else {"messages": MESSAGES}
        return self("/chat/completions", {"model": model, **said, **body})


CallerOf = Callable[..., Caller]


@pytest.fixture
def caller_of(app: Flask, ports: Ports, ada: Actor) -> CallerOf:
    """Somebody with a token of a role, or of features; `draft` says more of the token."""

    def equip(role: str = "", *features: str, **draft: Any) -> Caller:
        made = api_tokens.create(ports, ada, TokenDraft("of the gateway's tests", role, features, **draft))
        return Caller(app, made.text)

    return equip


@pytest.fixture
def caller(caller_of: CallerOf) -> Caller:
    """Somebody who may call everything."""
    return caller_of("editor")


def endpoint_at(ports: Ports, actor: Actor, url: str, name: str = "Here", served: str = "alpha", **values: Any) -> str:
    """Store an endpoint under this base URL; its id."""
    given = {"server": "llama_cpp", "family": "other", "base_url": url, "identifier": served, **values}
    return endpoints.create(ports, actor, EndpointDraft(name=name, **given))


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    """A model server in good health."""
    with Upstream() as server:
        yield server


@pytest.fixture
def endpoint(ports: Ports, ada: Actor, upstream: Upstream) -> str:
    """An endpoint there, which three features are given."""
    endpoint_id = endpoint_at(ports, ada, upstream.url)
    for feature in ("duo_chat", "code_completions", "generate_commit_message"):
        assign(ports, ada, feature, endpoint_id)
    return endpoint_id


@pytest.fixture
def llama(ports: Ports, ada: Actor, model_server: ModelServer) -> str:
    """An endpoint on the real llama.cpp server; its id."""
    return endpoint_at(ports, ada, model_server.url, "Llama", model_server.served_name)


def refused(answer: TestResponse, upstream: Upstream) -> dict[str, Any]:
    """The envelope of an answer that nobody was asked for."""
    assert answer.mimetype == "application/json"
    assert set(answer.json) == {"error"}
    error: dict[str, Any] = answer.json["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["type"] == "invalid_request_error"
    assert error["message"].endswith(".")
    assert len(error["message"]) < 500
    assert answer.headers["X-Request-Id"] != "-"
    assert upstream.bodies == []
    return error
