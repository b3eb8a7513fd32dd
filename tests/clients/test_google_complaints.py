"""Google's errors, in the words that Vertex AI uses, and the codes they get."""

import json
from typing import Any

import pytest

from app.clients.dialect import Trouble
from app.clients.google_complaints import trouble_of
from app.lib.http import Answer
from tests.fakes import messages_server
from tests.fakes.vertex_server import LOST, error

MODEL = "projects/p/locations/us-central1/publishers/anthropic/models/claude-x@default"


def answer(status: int, body: Any) -> Answer:
    return Answer(status, {"content-type": "application/json"}, json.dumps(body).encode(), 1, 1)


def code(status: int, body: Any, *, has_token: bool = True) -> str | None:
    found = trouble_of(answer(status, body), has_token=has_token)
    return found.code if found else None


@pytest.mark.parametrize(
    ("status", "kind", "words", "expected"),
    [
        (401, "UNAUTHENTICATED", "Request had invalid authentication credentials.", "key_wrong"),
        (403, "PERMISSION_DENIED", "Permission 'aiplatform.endpoints.predict' denied on resource.", "key_forbidden"),
        (403, "PERMISSION_DENIED", "Method doesn't allow unregistered callers.", "key_missing"),
        (403, "PERMISSION_DENIED", "Vertex AI API has not been used in project 1 before.", "api_disabled"),
        (403, "PERMISSION_DENIED", "This API method requires billing to be enabled.", "billing_disabled"),
        (403, "PERMISSION_DENIED", "Permission denied on resource project p.", "project_wrong"),
        (400, "FAILED_PRECONDITION", "Organization Policy constraint violated for model x.", "key_forbidden"),
        (404, "NOT_FOUND", f"Publisher Model `{MODEL}` was not found or your project has no", "model_not_served"),
        (
            400,
            "FAILED_PRECONDITION",
            f"Publisher Model `{MODEL}` is not servable in region us-central1.",
            "model_not_in_region",
        ),
        (
            400,
            "FAILED_PRECONDITION",
            f"Project `1` is not allowed to use Publisher Model `{MODEL}`",
            "terms_not_accepted",
        ),
        (429, "RESOURCE_EXHAUSTED", "Resource exhausted. Please try again later.", "rate_limited"),
        (503, "UNAVAILABLE", "The service is currently unavailable.", "busy"),
        (500, "INTERNAL", "Internal error encountered.", "server_error"),
        (504, "DEADLINE_EXCEEDED", "Deadline expired before operation could complete.", "server_error"),
        (400, "INVALID_ARGUMENT", "Request contains an invalid argument.", "bad_request"),
        (400, "INVALID_ARGUMENT", "System instruction is not supported for this one.", "system_unsupported"),
        (400, "INVALID_ARGUMENT", "temperature is not supported with these settings", "temperature_unsupported"),
        (400, "INVALID_ARGUMENT", "The input token count (2) exceeds the maximum number of tokens", "context_error"),
    ],
)
def test_an_error_has_its_code(status: int, kind: str, words: str, expected: str) -> None:
    found = trouble_of(answer(*error(status, kind, words)), has_token=True)
    assert found == Trouble(expected, words, status)


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        ("SERVICE_DISABLED", "api_disabled"),
        ("BILLING_DISABLED", "billing_disabled"),
        ("CONSUMER_INVALID", "project_wrong"),
        ("IAM_PERMISSION_DENIED", "key_forbidden"),
    ],
)
def test_a_reason_goes_before_words_that_may_change(reason: str, expected: str) -> None:
    assert code(*error(403, "PERMISSION_DENIED", "Words of tomorrow.", reason)) == expected


def test_without_a_token_it_is_missing_and_not_wrong() -> None:
    assert code(*error(401, "UNAUTHENTICATED", "Invalid."), has_token=False) == "key_missing"
    assert code(*error(401, "UNAUTHENTICATED", "Expected a token.", "CREDENTIALS_MISSING")) == "key_missing"


def test_a_streaming_method_wraps_its_error_into_a_list() -> None:
    status, body = error(400, "INVALID_ARGUMENT", "The prompt is too long")
    assert trouble_of(answer(status, [body]), has_token=True) == Trouble("context_error", "The prompt is too long", 400)


def test_a_partners_own_error_is_understood_too() -> None:
    assert code(*messages_server.error(529, "overloaded_error", "Overloaded")) == "busy"
    assert code(*messages_server.error(404, "not_found_error", "model: claude-x")) == "model_not_served"


def test_googles_page_for_a_path_it_does_not_know_is_a_page() -> None:
    found = trouble_of(Answer(404, {"content-type": "text/html"}, LOST.encode(), 1, 1), has_token=True)
    assert found
    assert found.code == "html_answer"


@pytest.mark.parametrize(
    "body",
    [[], [7], [{}], {"error": 7}, {"error": {"status": 7}}, {"error": {"status": "X", "details": [7, {"reason": []}]}}],
)
def test_an_error_of_another_shape_still_has_a_code(body: Any) -> None:
    assert code(400, body) == "bad_request"


def test_an_answer_without_complaint_has_none() -> None:
    assert code(200, {"candidates": []}) is None
