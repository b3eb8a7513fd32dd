"""The connection test and Find models on Vertex AI, for both publishers."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from app.clients.target import AccessToken, Cloud, Target
from app.domain.credentials import Auth
from app.domain.steps import Outcome
from app.services import discovery
from app.services.ports import Ports
from tests.fakes import messages_server
from tests.fakes.google_tokens import TOKEN
from tests.fakes.probe import probe, step, target_at, told
from tests.fakes.vertex_server import (
    ANTHROPICS,
    GOOGLES,
    LOST,
    PROJECT,
    REGION,
    Answer,
    VertexServer,
    content,
    error,
    streamed,
    text,
)

CLOUD = Cloud(region=REGION, project=PROJECT, auth=Auth.SERVICE_ACCOUNT)
BOTH = pytest.mark.parametrize("name", [GOOGLES, ANTHROPICS, f"publishers/anthropic/models/{ANTHROPICS}"])
DISABLED = error(403, "PERMISSION_DENIED", "Vertex AI API has not been used in project 1.", "SERVICE_DISABLED")
UNPAID = error(403, "PERMISSION_DENIED", "This API method requires billing to be enabled.", "BILLING_DISABLED")
NO_ROLE = error(403, "PERMISSION_DENIED", "Permission 'aiplatform.endpoints.predict' denied.", "IAM_PERMISSION_DENIED")
TERMS = error(400, "FAILED_PRECONDITION", "Project `1` is not allowed to use Publisher Model `claude-x`")
SLOW = error(429, "RESOURCE_EXHAUSTED", "Resource exhausted. Please try again later.")
BUSY = error(503, "UNAVAILABLE", "The service is currently unavailable.")


def vertex(server: VertexServer, name: str = GOOGLES, **more: Any) -> Target:
    granted = {"cloud": CLOUD, "granted": AccessToken(TOKEN), "api_key": '{"type": "service_account"}', **more}
    return target_at(server.origin, name, "vertex_ai", **granted)


@BOTH
def test_a_model_of_either_publisher_passes(engine: Ports, name: str) -> None:
    with VertexServer() as server:
        results = probe(engine, vertex(server, name))
        assert {each[2]["authorization"] for each in server.requests} == {f"Bearer {TOKEN}"}
    assert told(results) == "passed: "
    assert step(results, "model").outcome is Outcome.SKIPPED
    assert "It works." in step(results, "chat").message
    assert step(results, "stream").figures["pieces"] == 2


@BOTH
def test_a_token_that_is_wrong_or_missing_fails_before_anything_is_asked(engine: Ports, name: str) -> None:
    with VertexServer() as server:
        assert told(probe(engine, vertex(server, name, granted=AccessToken("old")))) == "failed: auth key_wrong"
        assert told(probe(engine, vertex(server, name, granted=None))) == "failed: auth service_account_refused"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda it: replace(it, served_name="gemini-9"), "failed: model model_not_served"),
        (lambda it: replace(it, served_name="claude-9@1"), "failed: model model_not_served"),
        (lambda it: replace(it, cloud=replace(CLOUD, region="us-central1")), "failed: chat model_not_in_region"),
        (lambda it: replace(it, cloud=replace(CLOUD, project="other")), "failed: chat project_wrong"),
        (lambda it: replace(it, cloud=replace(CLOUD, project="")), "failed: auth bad_address"),
    ],
)
def test_a_name_region_or_project_that_is_wrong_is_told_apart(
    engine: Ports, change: Callable[[Target], Target], expected: str
) -> None:
    with VertexServer() as server:
        assert told(probe(engine, change(vertex(server)))) == expected


@BOTH
@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (DISABLED, "failed: chat api_disabled"),
        (UNPAID, "failed: chat billing_disabled"),
        (NO_ROLE, "failed: auth key_forbidden"),
        (TERMS, "failed: chat terms_not_accepted"),
        (SLOW, "unknown: auth rate_limited, chat rate_limited, stream rate_limited"),
        (BUSY, "unknown: auth busy, chat busy, stream busy"),
        ((404, LOST), "failed: chat html_answer"),
    ],
)
def test_what_the_platform_complains_of_has_its_code(engine: Ports, name: str, answer: Answer, expected: str) -> None:
    with VertexServer(always=answer) as server:
        results = probe(engine, vertex(server, name))
    assert told(results) == expected
    assert all(each.remedy for each in results if each.outcome in (Outcome.FAILED, Outcome.UNKNOWN))


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ({"chat": (200, content(text("Well.", thought=True)))}, "warned: chat reasoning_only"),
        ({"chat": (200, content(finish="SAFETY"))}, "failed: chat empty_answer"),
        ({"chat": (200, {"promptFeedback": {"blockReason": "OTHER"}})}, "failed: chat empty_answer"),
        ({"chat": (200, {})}, "failed: chat bad_json"),
        ({"stream": (200, [])}, "warned: stream stream_not_sse"),
        ({"stream": (200, streamed("It ")[:-1])}, "failed: stream stream_broken"),
        ({"stream": (200, streamed())}, "warned: stream empty_answer"),
        ({"stream": (200, [BUSY[1]])}, "unknown: stream busy"),
        ({"stream": (200, [*streamed("It ")[:1], error(500, "INTERNAL", "Oh.")[1]])}, "failed: stream stream_broken"),
        ({"stream": SLOW}, "unknown: stream rate_limited"),
        ({"list": NO_ROLE}, "passed: "),
    ],
)
def test_trouble_of_googles_models_has_its_step(engine: Ports, script: dict[str, Any], expected: str) -> None:
    with VertexServer(**script) as server:
        assert told(probe(engine, vertex(server))) == expected


def test_trouble_of_a_partners_model_comes_in_its_own_form(engine: Ports) -> None:
    overloaded = messages_server.error(529, "overloaded_error", "Overloaded")
    with VertexServer(chat=overloaded, stream=overloaded) as server:
        assert told(probe(engine, vertex(server, ANTHROPICS))) == "unknown: chat busy, stream busy"


def test_a_pasted_method_is_cut_with_one_click(engine: Ports) -> None:
    with VertexServer() as server:
        pasted = f"{server.origin}/v1/projects/{PROJECT}/locations/{REGION}/publishers/google/models/{GOOGLES}:predict"
        results = probe(engine, replace(vertex(server), address=target_at(pasted).address))
    assert told(results) == "failed: auth pasted_path"
    fix = step(results, "auth").fix
    assert fix
    assert fix.value == server.origin


@pytest.mark.parametrize(("name", "family"), [(GOOGLES, "gemini"), (ANTHROPICS, "claude_3")])
def test_find_models_hints_at_the_publishers_catalogue(engine: Ports, name: str, family: str) -> None:
    with VertexServer() as server:
        found = discovery.find(engine, vertex(server, name))
    assert [(each.name, each.family.value) for each in found.models] == [(name, family)]
    assert found.hints_only
